"""What one origin explains of triggers and silence: the compiled half of `explainer`."""

from typing import Final, NamedTuple

import numpy as np

from cloud.association.scene import Seen
from cloud.compiled import compiled
from cloud.velocity.model import Floats, Indices

LATE_AFTER_S_S: Final = 10.0
"""A late trigger may come so long after S."""
NO_CHANCE: Final = -1
"""No onset is to be taken for chance."""
P: Final = 0
S: Final = 1
LATE: Final = 2
NOTHING: Final = -1
_TINY: Final = 1e-6
_STEEPNESS: Final = 5
_S_REACH: Final = 1.7


class Place(NamedTuple):
    """Where and when an earthquake is taken to be."""

    x_km: float
    y_km: float
    depth_km: float
    origin_s: float


class Rules(NamedTuple):
    """Travel times of P and S, and what is likely of onsets and silence."""

    p_s: Floats
    """Shape (depths, distances at whole kilometres); `s_s` likewise."""
    s_s: Floats
    depth_step_km: float
    p_delay_s_m: float
    """Delay for each metre above sea level, s/m; `s_delay_s_m` likewise."""
    s_delay_s_m: float
    reaches_km: Floats
    log_reach: Floats
    best_probability: float
    grace_s: float
    fit_sigmas: float
    model_error_s: float
    model_error_share: float
    log_s_share: float
    log_late_share: float
    log_coda: float


class Readings(NamedTuple):
    """Onsets taken for P, for S and for something late, arrays of shape (onsets,).

    Gains are logs of densities over the rate of chance, minus infinity where nothing fits.
    """

    p_gain: Floats
    s_gain: Floats
    late_gain: Floats
    p_residual_s: Floats
    s_residual_s: Floats
    p_sigma_s: Floats
    s_sigma_s: Floats


class Best(NamedTuple):
    """Of each station: its best P, its best S, its best S beside that P; indices, or -1."""

    p: Indices
    s: Indices
    s_after_p: Indices
    late_gain: Floats


@compiled
def weigh(
    seen: Seen, place: Place, rules: Rules, chance: int
) -> tuple[float, int, Readings, Best, Indices, Floats]:
    """Return the evidence for an earthquake, and what it makes of each onset.

    Args:
        seen: Triggers and silent stations.
        place: The earthquake.
        rules: What is likely.
        chance: An onset that is taken for chance, or -1.

    Returns:
        The evidence, the reach as an index, the readings, the best ones of each station, what of
        them each station is taken for (0 for P, 1 for S alone, 2 for late, -1 for nothing), and
        the epicentral distances in km.
    """
    epicentral = np.empty(len(seen.x_km))
    p_time, s_time = np.empty(len(seen.x_km)), np.empty(len(seen.x_km))
    for station in range(len(seen.x_km)):
        x, y = seen.x_km[station] - place.x_km, seen.y_km[station] - place.y_km
        epicentral[station] = np.sqrt(x * x + y * y)
        p_time[station] = travel_time(rules.p_s, rules, epicentral[station], place.depth_km)
        s_time[station] = travel_time(rules.s_s, rules, epicentral[station], place.depth_km)
    readings = _read(seen, place, rules, p_time, s_time, chance)
    best = _best(seen, readings)
    count = len(rules.reaches_km)
    total, option = np.empty(count), np.empty((count, seen.heard), np.intp)
    for reach in range(count):
        total[reach] = rules.log_reach[reach] + _silence(
            seen, place, rules, epicentral, p_time, rules.reaches_km[reach]
        )
        for station in range(seen.heard):
            ratio = np.sqrt(epicentral[station] ** 2 + place.depth_km**2) / rules.reaches_km[reach]
            due = place.origin_s + p_time[station] + rules.grace_s < seen.now_s
            value, reading = _station(seen, readings, best, rules, station, ratio)
            missed = np.log(1 - probability(rules.best_probability, ratio)) if due else 0.0
            option[reach, station] = reading if value > missed else NOTHING
            total[reach] += max(value, missed)
    best_reach = int(total.argmax())
    return total[best_reach], best_reach, readings, best, option[best_reach], epicentral


@compiled
def travel_time(table: Floats, rules: Rules, distance_km: float, depth_km: float) -> float:
    """Return a travel time between the tabulated depths and distances, s."""
    deepest = (len(table) - 1) * rules.depth_step_km
    at = min(max(depth_km, 0.0), deepest) / rules.depth_step_km
    row = min(int(at), len(table) - 2)
    column = min(int(distance_km), table.shape[1] - 2)
    down, along = at - row, distance_km - column
    left = (1 - down) * table[row, column] + down * table[row + 1, column]
    right = (1 - down) * table[row, column + 1] + down * table[row + 1, column + 1]
    return float(left + along * (right - left))


@compiled
def _read(
    seen: Seen, place: Place, rules: Rules, p_time: Floats, s_time: Floats, chance: int
) -> Readings:
    """Return the readings of all onsets."""
    count = len(seen.time_s)
    p_gain, s_gain, late_gain = np.empty(count), np.empty(count), np.empty(count)
    p_residual, s_residual = np.empty(count), np.empty(count)
    p_sigma, s_sigma = np.empty(count), np.empty(count)
    for onset in range(count):
        p, s = p_time[seen.station_of[onset]], s_time[seen.station_of[onset]]
        after, high = seen.time_s[onset] - place.origin_s, seen.elevation_m[onset]
        p_residual[onset] = after - p - rules.p_delay_s_m * high
        s_residual[onset] = after - s - rules.s_delay_s_m * high
        p_sigma[onset] = _sigma_s(rules, seen.sigma_s[onset], p)
        s_sigma[onset] = _sigma_s(rules, seen.sigma_s[onset], s)
        rate = seen.log_rate[onset] if onset != chance else np.inf
        p_gain[onset] = seen.log_p[onset] - rate
        p_gain[onset] += _log_fit(rules, p_residual[onset], p_sigma[onset])
        s_gain[onset] = seen.log_s[onset] + rules.log_s_share - rate
        s_gain[onset] += _log_fit(rules, s_residual[onset], s_sigma[onset])
        late_gain[onset] = -np.inf
        if p_residual[onset] > 0 and s_residual[onset] < LATE_AFTER_S_S:
            late_gain[onset] = rules.log_late_share - np.log(s - p + LATE_AFTER_S_S) - rate
    return Readings(p_gain, s_gain, late_gain, p_residual, s_residual, p_sigma, s_sigma)


@compiled
def _sigma_s(rules: Rules, onset_sigma_s: float, travel_time_s: float) -> float:
    """Return the standard error of an arrival: of its onset, and of the velocity model, s."""
    model = rules.model_error_s + rules.model_error_share * travel_time_s
    return float(np.sqrt(onset_sigma_s**2 + model**2))


@compiled
def _log_fit(rules: Rules, residual_s: float, sigma_s: float) -> float:
    """Return the log density of a residual, minus infinity beyond what fits."""
    away = abs(residual_s) / sigma_s
    return -np.inf if away > rules.fit_sigmas else float(-away - np.log(2 * sigma_s))


@compiled
def _best(seen: Seen, readings: Readings) -> Best:
    """Return the best onsets of each station."""
    best = Best(
        np.full(seen.heard, NOTHING),
        np.full(seen.heard, NOTHING),
        np.full(seen.heard, NOTHING),
        np.full(seen.heard, -np.inf),
    )
    for onset in range(len(seen.time_s)):
        station = seen.station_of[onset]
        _keep(best.p, station, onset, readings.p_gain)
        _keep(best.s, station, onset, readings.s_gain)
        best.late_gain[station] = max(best.late_gain[station], readings.late_gain[onset])
    for onset in range(len(seen.time_s)):
        station = seen.station_of[onset]
        p = best.p[station]
        if p not in (NOTHING, onset) and seen.time_s[onset] >= seen.time_s[p]:
            _keep(best.s_after_p, station, onset, readings.s_gain)
    return best


@compiled
def _keep(best: Indices, station: int, onset: int, gain: Floats) -> None:
    """Let an onset be its station's best, where it is better than the one before."""
    if gain[onset] > (gain[best[station]] if best[station] != NOTHING else -np.inf):
        best[station] = onset


@compiled
def _silence(
    seen: Seen, place: Place, rules: Rules, epicentral: Floats, p_time: Floats, reach_km: float
) -> float:
    """Return the log probability that the stations without triggers are silent."""
    product, result = 1.0, 0.0
    for station in range(seen.heard, len(seen.x_km)):
        if place.origin_s + p_time[station] + rules.grace_s < seen.now_s:
            distance = np.sqrt(epicentral[station] ** 2 + place.depth_km**2)
            product *= 1 - probability(rules.best_probability, distance / reach_km)
            if product < _TINY:
                result += np.log(product)
                product = 1.0
    return float(result + np.log(product))


@compiled
def probability(best_probability: float, ratio: float) -> float:
    """Return the probability that a station triggers at so many times the reach."""
    return float(best_probability / (1 + ratio**_STEEPNESS))


@compiled
def _station(
    seen: Seen,
    readings: Readings,
    best: Best,
    rules: Rules,
    station: int,
    ratio: float,
) -> tuple[float, int]:
    """Return what a station with triggers says at most, and as what, so many reaches away."""
    near = probability(rules.best_probability, ratio)
    as_s = probability(rules.best_probability, ratio / _S_REACH)
    log_trigger = np.log(near + _TINY)
    value, taken_for = -np.inf, NOTHING
    if best.p[station] != NOTHING:
        as_p = readings.p_gain[best.p[station]] + log_trigger
        after = best.s_after_p[station]
        if after != NOTHING:
            # Once shaken, a station triggers more often than in quiet.
            more = max(0.0, rules.log_coda - seen.log_rate[after])
            as_p += max(0.0, readings.s_gain[after] - more)
        if as_p > value:
            value, taken_for = as_p, P
    if best.s[station] != NOTHING:
        alone = readings.s_gain[best.s[station]] + np.log((1 - near) * as_s + _TINY)
        if alone > value:
            value, taken_for = alone, S
    if best.late_gain[station] + log_trigger > value:
        value, taken_for = best.late_gain[station] + log_trigger, LATE
    return value, taken_for
