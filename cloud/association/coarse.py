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

    least_p: int
    """A node at which fewer stations than this may have seen P is not wanted."""
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
    """What one node shows of the triggers; room that the next node uses again."""

    distance_km: Floats
    """Shape (stations with triggers,)."""
    gain: Floats
    """Of each onset in its best reading, shape (depths, onsets); `reading` likewise."""
    reading: Indices
    of_station: Floats
    """Best gain, shape (depths, stations with triggers)."""
    total: Floats
    """Log odds at each reach, shape (reaches,)."""


class _Fit(NamedTuple):
    """How one onset lies to the waves of a node."""

    after_p_s: float
    after_s_s: float
    sigma_s: float
    log_p: float
    log_s: float
    log_late: float


class _Node(NamedTuple):
    """One node of the grid, km."""

    x_km: float
    y_km: float
    spacing_km: float


class _Hints(NamedTuple):
    """What each onset says of its phase, arrays of shape (onsets,): the seed is what it is."""

    after_seed_s: Floats
    log_p: Floats
    log_s: Floats
    log_late: Floats


@compiled
def starts(
    seen: Seen, nodes: Nodes, odds: Odds, seed: Seed, least_log_odds: float
) -> tuple[Indices, Indices, Floats]:
    """Return the best nodes, and what each takes its onsets for; no two alike.

    Returns:
        Nodes of shape (starts,), readings of shape (starts, onsets): 0 for P, 1 for S, -1 for an
        onset that is not used, and log odds of shape (starts,). No node where the odds of all
        together are too low.
    """
    count, onsets = len(nodes.x_km), len(seen.time_s)
    hints, view = _hints(seen, seed), _view(seen, odds)
    bar = least_log_odds - _COARSE_SLACK
    idle = bar - _IDLE - np.log(count)
    log_odds = np.empty(count)
    for node in range(count):
        at = _Node(nodes.x_km[node], nodes.y_km[node], nodes.spacing_km[node])
        log_odds[node] = _weigh(seen, at, odds, seed, hints, view, idle)
    largest = log_odds.max()
    chosen, readings = np.empty(_NODES_TRIED, np.intp), np.empty((_NODES_TRIED, onsets), np.intp)
    found = 0
    if largest > -np.inf and largest + np.log(np.exp(log_odds - largest).sum()) >= bar:
        for node in np.argsort(-log_odds, kind="mergesort")[:_NODES_LOOKED_AT]:
            if found == _NODES_TRIED or log_odds[node] == -np.inf:
                break
            at = _Node(nodes.x_km[node], nodes.y_km[node], nodes.spacing_km[node])
            _weigh(seen, at, odds, seed, hints, view, -np.inf)
            readings[found] = _taken_for(seen, odds, seed, view)
            stations = np.zeros(seen.heard, np.bool_)
            for onset in range(onsets):
                if readings[found, onset] != _UNUSED:
                    stations[seen.station_of[onset]] = True
            again = found == 1 and bool((readings[0] == readings[1]).all())
            if stations.sum() > 1 and not again:
                chosen[found] = node
                found += 1
    return chosen[:found], readings[:found], log_odds[chosen[:found]]


@compiled
def _hints(seen: Seen, seed: Seed) -> _Hints:
    """Return what each onset says of its phase."""
    log_p, log_s, late = seen.log_p.copy(), seen.log_s.copy(), np.zeros(len(seen.time_s))
    late[seed.onset] = -np.inf
    (log_s if seed.is_p else log_p)[seed.onset] = -np.inf
    return _Hints(seen.time_s - seen.time_s[seed.onset], log_p, log_s, late)


@compiled
def _view(seen: Seen, odds: Odds) -> View:
    """Return room for one node."""
    depths, onsets = odds.p_s.shape[1], len(seen.time_s)
    return View(
        np.empty(seen.heard),
        np.empty((depths, onsets)),
        np.empty((depths, onsets), np.intp),
        np.empty((depths, seen.heard)),
        np.empty(len(odds.log_reach)),
    )


@compiled
def _weigh(
    seen: Seen,
    node: _Node,
    odds: Odds,
    seed: Seed,
    hints: _Hints,
    view: View,
    least: float,
) -> float:
    """Return the log odds of a node, minus infinity where it is certain to be too low."""
    for station in range(seen.heard):
        x, y = node.x_km - seen.x_km[station], node.y_km - seen.y_km[station]
        view.distance_km[station] = np.sqrt(x * x + y * y)
    spacing = node.spacing_km
    widening = CELL_SLOWNESS_S_KM * spacing
    most_p = 0
    for depth in range(len(view.gain)):
        p_stations = _read_onsets(seen, odds, seed, hints, widening, depth, view)
        most_p = max(most_p, p_stations)
    if most_p < odds.limits.least_p:
        return -np.inf
    volume = odds.limits.log_density + np.log(spacing**3 * np.sqrt(2 * np.pi) * CELL_SLOWNESS_S_KM)
    origin_s = _origin(seen, odds, seed, view)
    _weigh_triggers(seen, odds, origin_s, view)
    # Silence takes away only.
    if view.total.max() + volume < least:
        return -np.inf
    _weigh_silence(seen, node.x_km, node.y_km, odds, origin_s, view.total)
    return float(view.total.max() + volume)


@compiled
def _read_onsets(
    seen: Seen,
    odds: Odds,
    seed: Seed,
    hints: _Hints,
    widening_s: float,
    depth: int,
    view: View,
) -> int:
    """Fill in the best reading of each onset at a depth; return how many stations' fit as P."""
    times, last = (odds.p_s if seed.is_p else odds.s_s), len(odds.p_s) - 1
    seed_at = min(int(view.distance_km[seen.station_of[seed.onset]] + 0.5), last)
    travel = times[seed_at, depth]
    gains, readings, of_station = view.gain[depth], view.reading[depth], view.of_station[depth]
    of_station[:] = _NO_FIT
    p_stations, before = 0, -1
    for onset in range(len(gains)):
        station = seen.station_of[onset]
        at = min(int(view.distance_km[station] + 0.5), last)
        p, s = odds.p_s[at, depth], odds.s_s[at, depth]
        model = odds.limits.model_error_s + odds.limits.model_error_share * p
        sigma = np.sqrt(seen.sigma_s[onset] ** 2 + model * model) + widening_s
        fit = _Fit(
            hints.after_seed_s[onset] + travel - p,
            hints.after_seed_s[onset] + travel - s,
            sigma,
            hints.log_p[onset],
            hints.log_s[onset],
            hints.log_late[onset] + odds.log_late[at, depth],
        )
        gain, readings[onset] = _best_reading(odds.limits, fit)
        gains[onset] = gain - seen.log_rate[onset]
        of_station[station] = max(of_station[station], gains[onset])
        if abs(fit.after_p_s) <= odds.limits.fit_sigmas * sigma and station != before:
            p_stations, before = p_stations + 1, station
    return p_stations


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
def _deepest(view: View) -> int:
    """Return the depth, as an index, that explains most triggers."""
    best, most = 0, -np.inf
    for depth in range(len(view.of_station)):
        explained = 0.0
        for gain in view.of_station[depth]:
            explained += max(gain, 0.0)
        if explained > most:
            best, most = depth, explained
    return best


@compiled
def _origin(seen: Seen, odds: Odds, seed: Seed, view: View) -> float:
    """Return the origin time, s, from the depth at which silence is judged."""
    times = odds.silence_p_s if seed.is_p else odds.silence_s_s
    travel = _along(times, view.distance_km[seen.station_of[seed.onset]])
    return float(seen.time_s[seed.onset] - travel)


@compiled
def _weigh_triggers(seen: Seen, odds: Odds, origin_s: float, view: View) -> None:
    """Fill in what the stations with triggers say at each reach."""
    gains = view.of_station[_deepest(view)]
    view.total[:] = odds.log_reach
    for station in range(seen.heard):
        distance, gain = view.distance_km[station], gains[station]
        passed = _passed(seen, odds, origin_s, distance)
        left = min(int(distance), len(odds.log_silence) - 2)
        share = distance - left
        for reach in range(len(odds.log_reach)):
            start, end = odds.log_trigger[left, reach], odds.log_trigger[left + 1, reach]
            heard = gain + start + share * (end - start)
            start, end = odds.log_silence[left, reach], odds.log_silence[left + 1, reach]
            silent = start + share * (end - start) if passed else 0.0
            view.total[reach] += max(heard, silent)


@compiled
def _weigh_silence(
    seen: Seen, x_km: float, y_km: float, odds: Odds, origin_s: float, total: Floats
) -> None:
    """Add what the stations without triggers say at each reach."""
    for station in range(seen.heard, len(seen.x_km)):
        x, y = x_km - seen.x_km[station], y_km - seen.y_km[station]
        distance = np.sqrt(x * x + y * y)
        if _passed(seen, odds, origin_s, distance):
            left = min(int(distance), len(odds.log_silence) - 2)
            share = distance - left
            for reach in range(len(odds.log_reach)):
                start, end = odds.log_silence[left, reach], odds.log_silence[left + 1, reach]
                total[reach] += start + share * (end - start)


@compiled
def _taken_for(seen: Seen, odds: Odds, seed: Seed, view: View) -> Indices:
    """Return what a node takes each onset for: the best of each station that fits, or nothing."""
    reach, depth = view.total.argmax(), _deepest(view)
    origin_s = _origin(seen, odds, seed, view)
    result = np.full(len(seen.time_s), _UNUSED, np.intp)
    taken = np.zeros(seen.heard, np.bool_)
    for onset in range(len(seen.time_s)):
        station = seen.station_of[onset]
        distance, gain = view.distance_km[station], view.of_station[depth, station]
        silent = 0.0
        if _passed(seen, odds, origin_s, distance):
            silent = _along(odds.log_silence[:, reach], distance)
        fits = gain + _along(odds.log_trigger[:, reach], distance) > silent
        if fits and not taken[station] and view.gain[depth, onset] == gain:
            taken[station] = True
            if view.reading[depth, onset] != LATE:  # which would locate nothing
                result[onset] = view.reading[depth, onset]
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
