"""One event of a catalogue: located from the picks of a node, judged, and noted."""

from typing import Final, NamedTuple

import numpy as np

from cloud.association.evidence import LATE, NO_CHANCE, NOTHING, P, Place, S, weigh
from cloud.association.scene import Seen
from cloud.catalogue.world import FREE, LEAST_HALF_WIDTH_KM, Candidate, Found, Picks, World
from cloud.compiled import compiled
from cloud.posterior import Arrivals, Look, Silence, zoom
from cloud.velocity.model import Floats, Indices

_BEFORE_S: Final = 5.0
"""Picks may be so long before an origin time that is somewhat wrong."""
_TIMES_LOCATED: Final = 3
_LEAST_AREA_KM2: Final = 1.0
_LEAST_ORIGIN_ERROR_S: Final = 0.1
_REACH_FACTOR: Final = 2.5


class _Judged(NamedTuple):
    """What the evidence makes of a location: of each onset of the scene its phase, or -1."""

    phase: Indices
    late: Indices
    residual_s: Floats
    error_s: Floats
    distance_km: Floats
    reach: int
    evidence: float
    log_odds: float


@compiled
def nothing() -> Found:
    """Return no event."""
    return Found(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -np.inf)


@compiled
def located(
    picks: Picks,
    world: World,
    candidate: Candidate,
    number: int,
) -> Found:
    """Locate from picks, judge, locate again from what that explains; note an event's picks."""
    search, rules = world.search, world.rules
    used, start = candidate.used, candidate.start
    for _ in range(_TIMES_LOCATED):
        arrivals = arrivals_of(picks, world, used)
        wide, look = zoom(arrivals, _no_silence(), world.medium, start)
        scene = _scene(picks, world, look)
        judged = _judge(picks, world, look, wide, scene)
        again = _used(scene, judged.phase)
        if len(again) < search.least_picks or judged.log_odds < search.least_log_odds:
            return nothing()
        if len(again) == len(used) and (np.sort(again) == np.sort(used)).all():
            break
        used = again
        start = (look.x_km, look.y_km, LEAST_HALF_WIDTH_KM)
    p_count = (judged.phase == P).sum()
    if p_count < max(search.least_p, search.least_p_share * len(again)):
        return nothing()
    if _misfit(judged) > search.largest_misfit:
        for each in again:
            picks.refused[each if each >= 0 else -1 - each] += 1
        return nothing()
    _note(picks, world, scene, judged, look, number)
    area = np.exp(wide.log_mass - look.log_likelihood)
    spread = np.sqrt(wide.east_km**2 + wide.north_km**2)
    reach = rules.reaches_km[judged.reach]
    return Found(
        look.x_km,
        look.y_km,
        look.depth_km,
        look.origin_s,
        spread,
        wide.depth_deviation_km,
        area,
        reach,
        judged.evidence,
        judged.log_odds,
    )


@compiled
def _misfit(judged: _Judged) -> float:
    """Return the mean residual of the picks, in standard errors."""
    total, count = 0.0, 0
    for onset in range(len(judged.phase)):
        if judged.phase[onset] != NOTHING:
            total += abs(judged.residual_s[onset]) / judged.error_s[onset]
            count += 1
    return total / max(1, count)


@compiled
def _no_silence() -> Silence:
    """Return no silent stations: they judge a place, and are not needed to find it here."""
    return Silence(np.empty(0), np.empty(0), 0.0)


@compiled
def arrivals_of(picks: Picks, world: World, used: Indices) -> Arrivals:
    """Return the earliest arrivals, P before S; see `_Candidate` for what `used` says."""
    sites, rules = world.sites, world.rules
    index = np.where(used >= 0, used, -1 - used)
    order = np.argsort(index, kind="mergesort")[: world.search.most_arrivals]
    is_p = used[order] >= 0
    chosen = np.concatenate((index[order][is_p], index[order][~is_p]))
    p_count = int(is_p.sum())
    station = picks.station[chosen]
    delay = np.full(len(chosen), rules.s_delay_s_m)
    delay[:p_count] = rules.p_delay_s_m
    return Arrivals(
        sites.x_km[station],
        sites.y_km[station],
        picks.time_s[chosen] - delay * sites.elevation_m[station],
        picks.sigma_s[chosen],
        p_count,
    )


@compiled
def _scene(picks: Picks, world: World, look: Look) -> Indices:
    """Return the free picks that a located source may have made."""
    sites, search = world.sites, world.search
    begin = np.searchsorted(picks.time_s, look.origin_s - _BEFORE_S)
    end = np.searchsorted(picks.time_s, look.origin_s + search.window_s)
    scene = np.empty(end - begin, np.intp)
    count = 0
    for each in range(begin, end):
        station = picks.station[each]
        east, north = sites.x_km[station] - look.x_km, sites.y_km[station] - look.y_km
        if picks.event[each] == FREE and east * east + north * north <= search.farthest_km**2:
            scene[count] = each
            count += 1
    return scene[:count]


@compiled
def _judge(
    picks: Picks,
    world: World,
    look: Look,
    wide: Look,
    scene: Indices,
) -> _Judged:
    """Return what a location explains of a scene, with the silence of all others around."""
    search, rules = world.search, world.rules
    seen = _seen(picks, world, look, scene)
    place = Place(look.x_km, look.y_km, look.depth_km, look.origin_s)
    evidence, reach, readings, best, taken_for, epicentral = weigh(seen, place, rules, NO_CHANCE)
    count = len(scene)
    phase, late = np.full(count, NOTHING), np.zeros(count, np.intp)
    residual, error = np.zeros(count), np.zeros(count)
    sigma, used = _LEAST_ORIGIN_ERROR_S, 0
    for station in range(seen.heard):
        p, s, after = best.p[station], best.s[station], best.s_after_p[station]
        if taken_for[station] == P:
            phase[p], residual[p], error[p] = P, readings.p_residual_s[p], readings.p_sigma_s[p]
            if after != NOTHING:
                phase[after], residual[after] = S, readings.s_residual_s[after]
                error[after] = readings.s_sigma_s[after]
        elif taken_for[station] == S:
            phase[s], residual[s], error[s] = S, readings.s_residual_s[s], readings.s_sigma_s[s]
    for onset in range(count):
        if phase[onset] != NOTHING:
            sigma, used = max(sigma, error[onset]), used + 1
        elif taken_for[seen.station_of[onset]] == LATE and readings.late_gain[onset] > -np.inf:
            late[onset] = 1
    area = max(np.exp(wide.log_mass - look.log_likelihood), _LEAST_AREA_KM2)
    # At one place the origin time is as uncertain as the mean of the onsets.
    duration = np.sqrt(2 * np.pi) * sigma / np.sqrt(max(1, used))
    volume = search.log_density + np.log(area) + np.log(duration)
    distance = epicentral[seen.station_of]
    return _Judged(phase, late, residual, error, distance, reach, evidence, evidence + volume)


@compiled
def _seen(picks: Picks, world: World, look: Look, scene: Indices) -> Seen:
    """Return a scene in numbers, with all stations within reach of it."""
    sites, search = world.sites, world.search
    count = len(sites.x_km)
    index = np.full(count, NOTHING)
    order = np.empty(count, np.intp)
    heard = 0
    for each in scene:
        if index[picks.station[each]] == NOTHING:
            index[picks.station[each]], order[heard] = heard, picks.station[each]
            heard += 1
    there = heard
    for station in range(count):
        east, north = sites.x_km[station] - look.x_km, sites.y_km[station] - look.y_km
        near = east * east + north * north <= search.farthest_km**2
        if near and index[station] == NOTHING:
            order[there] = station
            there += 1
    return Seen(
        picks.time_s[scene],
        picks.sigma_s[scene],
        picks.log_p[scene],
        picks.log_s[scene],
        np.log(picks.rate_hz[scene]),
        sites.elevation_m[picks.station[scene]],
        index[picks.station[scene]],
        sites.x_km[order[:there]],
        sites.y_km[order[:there]],
        heard,
        np.inf,
    )


@compiled
def _used(scene: Indices, phase: Indices) -> Indices:
    """Return the picks of an event in the form of a candidate."""
    used = np.empty(len(scene), np.intp)
    count = 0
    for each in range(len(scene)):
        if phase[each] != NOTHING:
            used[count] = scene[each] if phase[each] == P else -1 - scene[each]
            count += 1
    return used[:count]


@compiled
def _note(
    picks: Picks,
    world: World,
    scene: Indices,
    judged: _Judged,
    look: Look,
    number: int,
) -> None:
    """Note the picks of an event, and that others in its waves are likely to be its coda."""
    search, rules = world.search, world.rules
    reach = rules.reaches_km[judged.reach]
    for each in range(len(scene)):
        pick = scene[each]
        if judged.phase[each] != NOTHING:
            picks.event[pick], picks.phase[pick] = number, judged.phase[each]
            picks.residual_s[pick] = judged.residual_s[each]
            picks.error_s[pick] = judged.error_s[each]
            picks.distance_km[pick] = judged.distance_km[each]
        elif judged.late[each]:
            picks.event[pick] = -2 - number
        elif judged.distance_km[each] < _REACH_FACTOR * reach:
            at = min(int(judged.distance_km[each]), len(search.p_s) - 1)
            after = picks.time_s[pick] - look.origin_s
            if search.p_s[at, 0] < after < search.s_s[at, 0] + search.coda_s:
                picks.rate_hz[pick] += search.coda_rate_hz
