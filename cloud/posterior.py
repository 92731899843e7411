"""The posterior of a location on a grid, and the zoom into it: the compiled half of `location`."""

from typing import Final, NamedTuple

import numpy as np

from cloud.compiled import compiled
from cloud.velocity.model import Floats, Indices

_NODES_A_SIDE: Final = 9
_FINEST_STEP_KM: Final = 2.0
_MOST_LEVELS: Final = 8
_ZOOM_SIGMAS: Final = 2.5
_LEAST_ZOOM: Final = 0.6
_ABOUT_AS_GOOD: Final = 1.0
"""Difference of log posterior that does not matter."""
_RESOLVED: Final = 1.5
"""The grid is fine enough when one standard deviation spans this many steps."""
_LARGE: Final = 1e100
"""Products of errors stay within this and its inverse, and give their log then."""
_REACH_EXPONENT: Final = 1.9
_LEAST_REACH_KM: Final = 25.0


class Arrivals(NamedTuple):
    """Arrivals to locate from, arrays of shape (arrivals,), P before S.

    `x_km` and `y_km` are the stations in the plane; `time_s` is relative to one common moment
    and has the delay of the station's elevation taken off; `sigma_s` is the error of the onset
    and of the clock; `p_count` says how many of them are P.
    """

    x_km: Floats
    y_km: Floats
    time_s: Floats
    sigma_s: Floats
    p_count: int


class Silence(NamedTuple):
    """Stations that have not triggered, arrays of shape (stations,), and until when, seconds."""

    x_km: Floats
    y_km: Floats
    until_s: float


class Medium(NamedTuple):
    """Travel times at whole kilometres, and what else the posterior is made of."""

    p_s: Floats
    """Shape (distances, depths); `s_s` likewise."""
    s_s: Floats
    silence_s: Floats
    """P of the depth at which silence is judged, shape (distances,)."""
    depths_km: Floats
    log_prior: Floats
    """Of the depths."""
    model_error_s: float
    model_error_share: float
    best_probability: float
    grace_s: float


class Look(NamedTuple):
    """What one grid shows of the posterior."""

    x_km: float
    y_km: float
    depth_km: float
    origin_s: float
    east_km: float
    """Standard deviation; `north_km` likewise."""
    north_km: float
    depth_deviation_km: float
    log_mass: float
    """Log of the posterior's integral over the grid, km2."""
    log_likelihood: float
    """Log likelihood at the location."""
    mean_km: tuple[float, float, float]
    """Of east, north and depth."""
    cross_km2: tuple[float, float, float]
    """Covariances: east with north, east with depth, north with depth."""


@compiled
def _distance(x: float, y: float) -> float:
    """Return the length of a vector: `hypot` without its care for overflow."""
    return float(np.sqrt(x * x + y * y))


@compiled
def zoom(
    arrivals: Arrivals,
    silence: Silence,
    medium: Medium,
    start: tuple[float, float, float],
) -> tuple[Look, Look]:
    """Return the grid that holds the posterior just resolved, and the finest.

    Args:
        arrivals: At least two of them.
        silence: Stations near by that have not triggered.
        medium: Travel times and priors.
        start: East and north of the first guess, and half the side of the first square, km.
    """
    x, y, half = start
    wide = look(arrivals, silence, medium, x, y, half)
    for _ in range(_MOST_LEVELS - 1):
        step = 2 * half / (_NODES_A_SIDE - 1)
        spread = max(wide.east_km, wide.north_km)
        if spread > _RESOLVED * step or step <= _FINEST_STEP_KM:
            break
        half = min(max(_ZOOM_SIGMAS * spread, 1.5 * step), _LEAST_ZOOM * half)
        wide = look(arrivals, silence, medium, wide.x_km, wide.y_km, half)
    best = wide
    step = 2 * half / (_NODES_A_SIDE - 1)
    while step > _FINEST_STEP_KM:
        best = look(arrivals, silence, medium, best.x_km, best.y_km, 2 * step)
        step = 4 * step / (_NODES_A_SIDE - 1)
    return wide, best


@compiled
def look(
    arrivals: Arrivals,
    silence: Silence,
    medium: Medium,
    x_km: float,
    y_km: float,
    half_width_km: float,
) -> Look:
    """Return what one grid shows of the posterior."""
    step = 2 * half_width_km / (_NODES_A_SIDE - 1)
    nodes, depths = _NODES_A_SIDE**2, len(medium.depths_km)
    x, y = np.empty(nodes), np.empty(nodes)
    log_posterior, origin = np.empty((nodes, depths)), np.empty((nodes, depths))
    order = np.arange(len(arrivals.time_s))
    for node in range(nodes):
        x[node] = x_km - half_width_km + step * (node // _NODES_A_SIDE)
        y[node] = y_km - half_width_km + step * (node % _NODES_A_SIDE)
        reach = _fill(arrivals, medium, x[node], y[node], order, log_posterior[node], origin[node])
        likely = origin[node, log_posterior[node].argmax()]
        log_posterior[node] += _plausibility(silence, medium, x[node], y[node], reach, likely)
    largest = log_posterior.max()
    weight = np.exp(log_posterior - largest)
    mass = weight.sum()
    flat, by_depth = weight.sum(axis=1) / mass, weight.sum(axis=0) / mass
    from_x, from_y = x - (flat * x).sum(), y - (flat * y).sum()
    # The mean of a curved posterior may fit badly: of the nodes that fit about as well as
    # the best one, take that nearest to the mean.
    best, nearest = -1, np.inf
    for node in range(nodes):
        away = np.hypot(from_x[node], from_y[node])
        if away < nearest and log_posterior[node].max() >= largest - _ABOUT_AS_GOOD:
            best, nearest = node, away
    depth = log_posterior[best].argmax()
    mean_depth = (by_depth * medium.depths_km).sum()
    leaning = (weight * (medium.depths_km - mean_depth)).sum(axis=1) / mass
    return Look(
        x[best],
        y[best],
        medium.depths_km[depth],
        origin[best, depth],
        np.sqrt((flat * from_x**2).sum()),
        np.sqrt((flat * from_y**2).sum()),
        np.sqrt((by_depth * (medium.depths_km - mean_depth) ** 2).sum()),
        largest + np.log(mass) + 2 * np.log(step),
        log_posterior[best, depth] - medium.log_prior[depth],
        ((flat * x).sum(), (flat * y).sum(), mean_depth),
        (
            (flat * from_x * from_y).sum(),
            (leaning * from_x).sum(),
            (leaning * from_y).sum(),
        ),
    )


@compiled
def _fill(
    arrivals: Arrivals,
    medium: Medium,
    x_km: float,
    y_km: float,
    order: Indices,
    log_posterior: Floats,
    origin: Floats,
) -> float:
    """Fill in one node's log posterior and origin time (s) at each depth; return its reach, km."""
    count = len(arrivals.time_s)
    left, share = np.empty(count, np.intp), np.empty(count)
    says, weight = np.empty(count), np.empty(count)
    reach = 0.0
    for each in range(count):
        distance = _distance(x_km - arrivals.x_km[each], y_km - arrivals.y_km[each])
        reach = max(reach, distance)
        left[each] = min(int(distance), len(medium.silence_s) - 2)
        share[each] = distance - left[each]
    for depth in range(len(medium.depths_km)):
        product, log_errors = 1.0, 0.0
        for each in range(count):
            rows = medium.p_s if each < arrivals.p_count else medium.s_s
            before = rows[left[each], depth]
            time = before + share[each] * (rows[left[each] + 1, depth] - before)
            says[each] = arrivals.time_s[each] - time
            model = medium.model_error_s + medium.model_error_share * time
            sigma = np.sqrt(arrivals.sigma_s[each] ** 2 + model**2)
            weight[each] = 1 / sigma
            product *= sigma
            if not 1 / _LARGE < product < _LARGE:
                log_errors += np.log(product)
                product = 1.0
        origin[depth] = weighted_median(says, weight, order)
        misfit = log_errors + np.log(product)
        for each in range(count):
            misfit += abs(says[each] - origin[depth]) * weight[each]
        log_posterior[depth] = medium.log_prior[depth] - misfit
    return reach


@compiled
def weighted_median(values: Floats, weights: Floats, order: Indices) -> float:
    """Return the weighted median: half of the weight lies on either side.

    Args:
        values: Shape (n,).
        weights: Shape (n,), above 0.
        order: Any permutation of the indices; sorts the values afterwards. That of similar values
            makes the sorting short.
    """
    total = 0.0
    for place in range(len(order)):
        total += weights[place]
        moved, back = order[place], place
        while back > 0 and values[order[back - 1]] > values[moved]:
            order[back] = order[back - 1]
            back -= 1
        order[back] = moved
    heaped, place = weights[order[0]], 0
    while heaped < total / 2 and place < len(order) - 1:
        place += 1
        heaped += weights[order[place]]
    return float(values[order[place]])


@compiled
def _plausibility(
    silence: Silence, medium: Medium, x_km: float, y_km: float, reach_km: float, origin_s: float
) -> float:
    """Return the log probability of the reach and of the silence."""
    product = 1.0
    result = -_REACH_EXPONENT * np.log(max(reach_km / _LEAST_REACH_KM, 1.0))
    for each in range(len(silence.x_km)):
        distance = _distance(x_km - silence.x_km[each], y_km - silence.y_km[each])
        left = min(int(distance), len(medium.silence_s) - 2)
        before = medium.silence_s[left]
        time = before + (distance - left) * (medium.silence_s[left + 1] - before)
        if origin_s + time + medium.grace_s >= silence.until_s:
            continue
        ratio = distance / reach_km
        square = ratio * ratio
        product *= 1 - medium.best_probability / (1 + square * square * ratio)
        if product < 1 / _LARGE:
            result += np.log(product)
            product = 1.0
    return float(result + np.log(product))
