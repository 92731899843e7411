"""The coarse half of the search for origins: the odds of every node of a grid.

At each node one trigger, the seed, taken for P or for S, gives the origin time. Each station adds
the best of what its triggers may be there, or its silence, at that depth of a few which explains
most triggers. A node's stations with triggers alone already bound what it can have; where that is
too little the silent ones are not looked at.
"""

from typing import Final, NamedTuple

import numpy as np

from cloud.association.evidence import LATE, LATE_AFTER_S_S, P, S
from cloud.association.scene import Seen
from cloud.compiled import compiled
from cloud.velocity.model import Floats, Indices

CELL_SLOWNESS_S_KM: Final = 0.1
"""Error in time for each km between neighbouring nodes: half a spacing, obliquely, at 5-6 km/s."""
_NODES_TRIED: Final = 2
_NODES_LOOKED_AT: Final = 16
_COARSE_SLACK: Final = 5.0
"""How much odds, in logs, an origin may gain by being located properly."""
_IDLE: Final = 3.0
"""Nodes are left out that, all together, cannot have e to minus this of the odds wanted."""
_NO_FIT: Final = -1e3
_UNUSED: Final = -1


class Nodes(NamedTuple):
    """Nodes of a grid, arrays of one shape, km."""

    x_km: Floats
    y_km: Floats
    spacing_km: Floats

    def around(self, x_km: float, y_km: float) -> "Nodes":
        """Return the grid moved to another centre."""
        return Nodes(self.x_km + x_km, self.y_km + y_km, self.spacing_km)


class Limits(NamedTuple):
    """Numbers that the odds of a node are made of."""

    log_s_share: float
    log_density: float
    fit_sigmas: float
    model_error_s: float
    model_error_share: float
    grace_s: float


class Odds(NamedTuple):
    """What the odds of a node are made of, by the distance in whole kilometres."""

    p_s: Floats
    """P travel times, shape (distances, depths); `s_s` likewise."""
    s_s: Floats
    log_late: Floats
    """Log density of a late trigger, shape (distances, depths)."""
    silence_p_s: Floats
    """P from the depth at which silence is judged, shape (distances,); `silence_s_s` likewise."""
    silence_s_s: Floats
    log_trigger: Floats
    """Log probability of a trigger, shape (distances, reaches); `log_silence` likewise."""
    log_silence: Floats
    log_reach: Floats
    limits: Limits


class Seed(NamedTuple):
    """The trigger that gives origin times."""

    onset: int
    is_p: bool


class View(NamedTuple):
    """What each node shows of the triggers."""

    distance_km: Floats
    """Shape (nodes, stations with triggers)."""
    gain: Floats
    """Of each onset in its best reading, shape (nodes, depths, onsets); `reading` likewise."""
    reading: Indices
    of_station: Floats
    """Best gain at the node's depth, shape (nodes, stations with triggers)."""
    depth: Indices
    """The depth that explains most triggers, shape (nodes,)."""
    origin_s: Floats
    """From the depth at which silence is judged, shape (nodes,)."""
    total: Floats
    """Log odds at each reach, shape (nodes, reaches)."""


class _Fit(NamedTuple):
    """How one onset lies to the waves of a node."""

    after_p_s: float
    after_s_s: float
    sigma_s: float
    log_p: float
    log_s: float
    log_late: float


@compiled
def starts(
    seen: Seen, nodes: Nodes, odds: Odds, seed: Seed, least_log_odds: float
) -> tuple[Indices, Indices]:
    """Return the best nodes, and what each takes its onsets for; no two alike.

    Returns:
        Nodes of shape (starts,), and readings of shape (starts, onsets): 0 for P, 1 for S, -1 for
        an onset that is not used. No node where the odds of all together are too low.
    """
    count, onsets, depths = len(nodes.x_km), len(seen.time_s), odds.p_s.shape[1]
    view = View(
        np.empty((count, seen.heard)),
        np.empty((count, depths, onsets)),
        np.empty((count, depths, onsets), np.intp),
        np.empty((count, seen.heard)),
        np.empty(count, np.intp),
        np.empty(count),
        np.empty((count, len(odds.log_reach))),
    )
    bar = least_log_odds - _COARSE_SLACK
    _read_onsets(seen, nodes, odds, seed, view)
    _weigh_triggers(seen, odds, seed, view)
    log_odds = _weigh_silence(seen, nodes, odds, view, bar - _IDLE - np.log(count))
    largest = log_odds.max()
    if largest == -np.inf or largest + np.log(np.exp(log_odds - largest).sum()) < bar:
        return np.empty(0, np.intp), np.empty((0, onsets), np.intp)
    chosen, readings = np.empty(_NODES_TRIED, np.intp), np.empty((_NODES_TRIED, onsets), np.intp)
    found = 0
    for node in np.argsort(-log_odds, kind="mergesort")[:_NODES_LOOKED_AT]:
        if found == _NODES_TRIED or log_odds[node] == -np.inf:
            break
        readings[found] = _taken_for(seen, odds, view, node)
        stations = np.zeros(seen.heard, np.bool_)
        for onset in range(onsets):
            if readings[found, onset] != _UNUSED:
                stations[seen.station_of[onset]] = True
        again = found == 1 and bool((readings[0] == readings[1]).all())
        if stations.sum() > 1 and not again:
            chosen[found] = node
            found += 1
    return chosen[:found], readings[:found]


@compiled
def _read_onsets(seen: Seen, nodes: Nodes, odds: Odds, seed: Seed, view: View) -> None:
    """Fill in the best reading of each onset at each node and depth, and the distances."""
    place = np.empty(seen.heard, np.intp)
    after_seed = seen.time_s - seen.time_s[seed.onset]
    # The seed is what it is taken for.
    log_p, log_s, late = seen.log_p.copy(), seen.log_s.copy(), np.zeros(len(after_seed))
    late[seed.onset] = -np.inf
    (log_s if seed.is_p else log_p)[seed.onset] = -np.inf
    times = odds.p_s if seed.is_p else odds.s_s
    for node in range(len(nodes.x_km)):
        widening = CELL_SLOWNESS_S_KM * nodes.spacing_km[node]
        for station in range(seen.heard):
            x, y = nodes.x_km[node] - seen.x_km[station], nodes.y_km[node] - seen.y_km[station]
            distance = np.sqrt(x * x + y * y)
            view.distance_km[node, station] = distance
            place[station] = min(int(distance + 0.5), len(times) - 1)
        for depth in range(times.shape[1]):
            travel = times[place[seen.station_of[seed.onset]], depth]
            for onset in range(len(after_seed)):
                at = place[seen.station_of[onset]]
                p, s = odds.p_s[at, depth], odds.s_s[at, depth]
                model = odds.limits.model_error_s + odds.limits.model_error_share * p
                fit = _Fit(
                    after_seed[onset] + travel - p,
                    after_seed[onset] + travel - s,
                    np.sqrt(seen.sigma_s[onset] ** 2 + model**2) + widening,
                    log_p[onset],
                    log_s[onset],
                    late[onset] + odds.log_late[at, depth],
                )
                gain, view.reading[node, depth, onset] = _best_reading(odds.limits, fit)
                view.gain[node, depth, onset] = gain - seen.log_rate[onset]


@compiled
def _best_reading(limits: Limits, fit: _Fit) -> tuple[float, int]:
    """Return the log density of an onset in its best reading, and which one that is."""
    best, reading = _NO_FIT, P
    largest = limits.fit_sigmas * fit.sigma_s
    if abs(fit.after_p_s) <= largest or abs(fit.after_s_s) <= largest:
        log_width = np.log(2 * fit.sigma_s)
        if abs(fit.after_p_s) <= largest:
            best = max(best, fit.log_p - abs(fit.after_p_s) / fit.sigma_s - log_width)
        if abs(fit.after_s_s) <= largest:
            value = fit.log_s + limits.log_s_share - log_width - abs(fit.after_s_s) / fit.sigma_s
            if value > best:
                best, reading = value, S
    if fit.after_p_s > 0 and fit.after_s_s < LATE_AFTER_S_S and fit.log_late > best:
        best, reading = fit.log_late, LATE
    return best, reading


@compiled
def _weigh_triggers(seen: Seen, odds: Odds, seed: Seed, view: View) -> None:
    """Choose each node's depth, and fill in what the stations with triggers say of it."""
    times = odds.silence_p_s if seed.is_p else odds.silence_s_s
    gain = np.empty(seen.heard)
    for node in range(len(view.depth)):
        most = -np.inf
        for depth in range(view.gain.shape[1]):
            gain[:] = _NO_FIT
            for onset in range(len(seen.time_s)):
                station = seen.station_of[onset]
                gain[station] = max(gain[station], view.gain[node, depth, onset])
            explained = 0.0
            for station in range(seen.heard):
                explained += max(gain[station], 0.0)
            if explained > most:
                most, view.depth[node] = explained, depth
                view.of_station[node] = gain
        travel = _along(times, view.distance_km[node, seen.station_of[seed.onset]])
        view.origin_s[node] = seen.time_s[seed.onset] - travel
        view.total[node] = odds.log_reach
        for station in range(seen.heard):
            distance = view.distance_km[node, station]
            passed = _passed(seen, odds, view.origin_s[node], distance)
            left = min(int(distance), len(odds.log_silence) - 2)
            share = distance - left
            for reach in range(len(odds.log_reach)):
                start, end = odds.log_trigger[left, reach], odds.log_trigger[left + 1, reach]
                heard = view.of_station[node, station] + start + share * (end - start)
                start, end = odds.log_silence[left, reach], odds.log_silence[left + 1, reach]
                silent = start + share * (end - start) if passed else 0.0
                view.total[node, reach] += max(heard, silent)


@compiled
def _weigh_silence(seen: Seen, nodes: Nodes, odds: Odds, view: View, least: float) -> Floats:
    """Add what the stations without triggers say; return the log odds of each node.

    Those that are less than wanted without it are minus infinity.
    """
    log_odds = np.full(len(view.depth), -np.inf)
    for node in range(len(view.depth)):
        spacing = nodes.spacing_km[node]
        duration = np.sqrt(2 * np.pi) * CELL_SLOWNESS_S_KM * spacing
        volume = odds.limits.log_density + np.log(spacing**2 * duration)
        if view.total[node].max() + volume < least:
            continue
        for station in range(seen.heard, len(seen.x_km)):
            x, y = nodes.x_km[node] - seen.x_km[station], nodes.y_km[node] - seen.y_km[station]
            distance = np.sqrt(x * x + y * y)
            if _passed(seen, odds, view.origin_s[node], distance):
                left = min(int(distance), len(odds.log_silence) - 2)
                share = distance - left
                for reach in range(len(odds.log_reach)):
                    start, end = odds.log_silence[left, reach], odds.log_silence[left + 1, reach]
                    view.total[node, reach] += start + share * (end - start)
        log_odds[node] = view.total[node].max() + volume
    return log_odds


@compiled
def _taken_for(seen: Seen, odds: Odds, view: View, node: int) -> Indices:
    """Return what a node takes each onset for: the best of each station that fits, or nothing."""
    reach, depth = view.total[node].argmax(), view.depth[node]
    result = np.full(len(seen.time_s), _UNUSED, np.intp)
    taken = np.zeros(seen.heard, np.bool_)
    for onset in range(len(seen.time_s)):
        station = seen.station_of[onset]
        distance, gain = view.distance_km[node, station], view.of_station[node, station]
        silent = 0.0
        if _passed(seen, odds, view.origin_s[node], distance):
            silent = _along(odds.log_silence[:, reach], distance)
        fits = gain + _along(odds.log_trigger[:, reach], distance) > silent
        if fits and not taken[station] and view.gain[node, depth, onset] == gain:
            taken[station] = True
            if view.reading[node, depth, onset] != LATE:  # which would locate nothing
                result[onset] = view.reading[node, depth, onset]
    return result


@compiled
def _passed(seen: Seen, odds: Odds, origin_s: float, distance_km: float) -> bool:
    """Return whether P must have passed a station."""
    travel = _along(odds.silence_p_s, distance_km)
    return bool(origin_s + travel + odds.limits.grace_s < seen.now_s)


@compiled
def _along(values: Floats, distance_km: float) -> float:
    """Return a value between those at whole kilometres."""
    left = min(int(distance_km), len(values) - 2)
    return float(values[left] + (distance_km - left) * (values[left + 1] - values[left]))
