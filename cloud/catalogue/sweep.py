"""The sweep through picks in order of time: the compiled half of `own`.

Each P that nothing explains yet is a seed. A grid of sources around its station gives an origin
time at each node, and the picks that fit it are counted, each the less the worse it fits. Around
the best node the source is located from those that fit, with the same posterior that locates
online, and judged by the same evidence: how well the picks fit, how often each station picks for
nothing, and which stations have no pick though the wave passed them. What an event explains is
no seed any more.
"""

from typing import Final

import numpy as np

from cloud.association.coarse import CELL_SLOWNESS_S_KM
from cloud.catalogue.event import located, nothing
from cloud.catalogue.world import (
    FIT_SIGMAS,
    FREE,
    LEAST_HALF_WIDTH_KM,
    Candidate,
    Found,
    Picks,
    World,
)
from cloud.compiled import compiled
from cloud.velocity.model import Indices

_FIT_S: Final = 1.0
"""Residual that fits at a node, beside the size of its cell and the model's error, s."""
_OTHER_SEEDS: Final = 2
_EVENTS_A_SEED: Final = 4
_REFUSALS: Final = 3
"""A pick of so many events that were refused is no seed: it would be of one more."""


@compiled
def sweep(
    picks: Picks,
    world: World,
    span: tuple[int, int, int],
) -> list[Found]:
    """Return the events whose seeds lie in a stretch of the picks, and note their picks.

    Args:
        picks: All of them.
        world: Where to look, and what is likely.
        span: First seed, the one after the last, and the number of the first event.
    """
    found = [nothing()][:0]
    first, end, number = span
    for seed in range(first, end):
        if picks.refused[seed] >= _REFUSALS:
            continue
        begin = np.searchsorted(picks.time_s, picks.time_s[seed] - world.search.before_s)
        for _ in range(_EVENTS_A_SEED):
            if picks.event[seed] != FREE or picks.log_p[seed] < picks.log_s[seed]:
                break
            event = _event_of(picks, world, seed, begin, number + len(found))
            if event.log_odds < world.search.least_log_odds:
                break
            found.append(event)
    return found


@compiled
def _event_of(picks: Picks, world: World, seed: int, begin: int, number: int) -> Found:
    """Return the event that a seed leads to, its picks noted, or none."""
    near = _neighbours(picks, world, seed, begin)
    if len(near) >= world.search.least_picks:
        candidate = _best_node(picks, world, near, 0)
        if len(candidate.used) >= world.search.least_picks:
            return located(picks, world, _better(picks, world, near, candidate), number)
    return nothing()


@compiled
def _neighbours(picks: Picks, world: World, seed: int, begin: int) -> Indices:
    """Return the free picks that a source near a seed's station may have made, the seed first."""
    sites, search = world.sites, world.search
    end = np.searchsorted(picks.time_s, picks.time_s[seed] + search.window_s)
    near = np.empty(end - begin, np.intp)
    near[0] = seed
    count, last = 1, len(search.p_s) - 1
    radius = min(int(search.radius_km), last)
    x, y = sites.x_km[picks.station[seed]], sites.y_km[picks.station[seed]]
    for other in range(begin, end):
        if picks.event[other] != FREE or other == seed:
            continue
        east, north = sites.x_km[picks.station[other]] - x, sites.y_km[picks.station[other]] - y
        distance = np.sqrt(east * east + north * north)
        if distance > search.farthest_km:
            continue
        # P cannot come earlier than from the other side, nor S later than from the farthest source.
        after, apart = picks.time_s[other] - picks.time_s[seed], min(int(distance) + 1, last)
        latest = search.s_s[min(radius + apart, last), 0] - search.p_s[radius, 0]
        if -search.p_s[apart, 0] - _FIT_S <= after <= latest + _FIT_S:
            near[count] = other
            count += 1
    return near[:count]


@compiled
def _better(picks: Picks, world: World, near: Indices, candidate: Candidate) -> Candidate:
    """Return what other seeds among a candidate's picks find, where it explains more.

    A pick of chance before an earthquake finds a source as well, far away, whose waves pass the
    stations much like those of the earthquake; another of its picks finds the earthquake itself.
    """
    others = candidate.used[candidate.used >= 0]
    best = candidate
    for part in range(1, _OTHER_SEEDS + 1):
        other = others[(len(others) - 1) * part // (_OTHER_SEEDS + 1)]
        if other != near[0]:
            found = _best_node(picks, world, near, int(np.flatnonzero(near == other)[0]))
            if found.score > best.score:
                best = found
    return best


@compiled
def _best_node(picks: Picks, world: World, near: Indices, seed: int) -> Candidate:
    """Return the node that one of some picks, taken for P, explains most of the others from."""
    sites, search = world.sites, world.search
    station = picks.station[near[seed]]
    count, last = len(near), len(search.p_s) - 1
    x, y = sites.x_km[picks.station[near]], sites.y_km[picks.station[near]]
    after = picks.time_s[near] - picks.time_s[near[seed]]
    log_p, log_s = picks.log_p[near], picks.log_s[near]
    worth = -np.log(picks.rate_hz[near])
    place = np.empty(count, np.intp)
    best, best_node, best_depth = -1.0, 0, 0
    for node in range(len(search.nodes.x_km)):
        node_x = sites.x_km[station] + search.nodes.x_km[node]
        node_y = sites.y_km[station] + search.nodes.y_km[node]
        slack = _FIT_S + CELL_SLOWNESS_S_KM * search.nodes.spacing_km[node]
        # Log density of what fits without a residual.
        density = -np.log(2 * slack / FIT_SIGMAS)
        for each in range(count):
            east, north = x[each] - node_x, y[each] - node_y
            place[each] = min(int(np.sqrt(east * east + north * north) + 0.5), last)
        for depth in range(len(search.depths_km)):
            travel = search.p_s[place[seed], depth]
            score = 0.0
            for each in range(count):
                fit = _fit(world, place[each], depth, log_p[each], log_s[each], slack)
                away = _away(fit, after[each] + travel)
                if away < 1:
                    score += max(0.0, worth[each] + density - FIT_SIGMAS * away)
            if score > best:
                best, best_node, best_depth = score, node, depth
    node_x = sites.x_km[station] + search.nodes.x_km[best_node]
    node_y = sites.y_km[station] + search.nodes.y_km[best_node]
    spacing = search.nodes.spacing_km[best_node]
    slack = _FIT_S + CELL_SLOWNESS_S_KM * spacing
    for each in range(count):
        east, north = x[each] - node_x, y[each] - node_y
        place[each] = min(int(np.sqrt(east * east + north * north) + 0.5), last)
    travel = search.p_s[place[seed], best_depth]
    used, found = np.empty(count, np.intp), 0
    for each in range(count):
        fit = _fit(world, place[each], best_depth, log_p[each], log_s[each], slack)
        if _away(fit, after[each] + travel) < 1:
            as_p = abs(after[each] + travel - fit[0]) <= abs(after[each] + travel - fit[1])
            used[found] = near[each] if as_p else -1 - near[each]
            found += 1
    half_width = max(LEAST_HALF_WIDTH_KM, 1.5 * spacing)
    return Candidate(used[:found], (node_x, node_y, half_width), best)


@compiled
def _fit(
    world: World,
    at: int,
    depth: int,
    log_p: float,
    log_s: float,
    slack_s: float,
) -> tuple[float, float, float]:
    """Return when P and S come, infinity where the pick is not of that phase, and what fits, s."""
    p, s = world.search.p_s[at, depth], world.search.s_s[at, depth]
    if log_p > log_s:
        s = np.inf
    elif log_s > log_p:
        p = np.inf
    return p, s, slack_s + world.rules.model_error_share * min(p, s)


@compiled
def _away(fit: tuple[float, float, float], after_s: float) -> float:
    """Return the residual over what fits."""
    return float(min(abs(after_s - fit[0]), abs(after_s - fit[1])) / fit[2])
