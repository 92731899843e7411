"""First magnitudes from the P wave in triggers: its peak displacement and its period.

Mpd = 5.39 + 1.23 log10(Pd / cm) + 1.38 log10(R / km), from Kuyuk and Allen (2013), A global
approach to provide magnitude estimates for earthquake early warning alerts, Geophysical Research
Letters 40, 6329-6333. Their R is the epicentral distance, of shallow earthquakes mostly; here it is
the hypocentral one, which is about the same for those, and right for the deeper ones of a
subduction zone (chosen on the OpenEEW events of 2017 and 2018, which lose a third of their error).

Mtc = 3.373 log10(tau_c / s) + 5.787 +- 0.41, from Wu, Kanamori, Allen and Hauksson (2007),
Determination of earthquake early warning parameters, tau_c and Pd, for southern California,
Geophysical Journal International 170, 711-717. The paper and its scope (3 s of P, high-passed at
0.075 Hz, two poles, M above 4) were confirmed, these three numbers are from memory and were not.

A few seconds of P see the beginning of a large source only, so both saturate, at the latest at
about 6.5 with 3 s (Rydelek and Horiuchi 2006, Nature 442, E5-E6; Colombelli et al. 2012, Bulletin
of the Seismological Society of America 102, 2859-2867, who let the window grow up to S). Stations
tell Pd for windows that grow; the longest one that ends before S counts, and the error upwards says
what the window cannot see.
"""

from collections.abc import Sequence
from math import hypot, log10

from cloud.association.explanation import Pick
from cloud.magnitude.config import MagnitudeConfig
from cloud.magnitude.model import MagnitudeEstimate, MagnitudeType, StationMagnitude
from edge.messages import Phase, QualityFlag, Trigger

_PD_CONSTANT, _PD_SLOPE, _PD_DISTANCE = 5.39, 1.23, 1.38
_TAU_C_CONSTANT, _TAU_C_SLOPE = 5.787, 3.373
_FIRST_WINDOW_S = 3.0
_S_MINUS_P_KM_S = 8.6
"""Distance over S-P time: 6.2 km/s for P and 3.6 km/s for S."""
_BEFORE_S = 0.9
"""A window may fill so much of the S-P time: the origin may be wrong."""
_SEEN_WHOLE = 5.2
"""Up to this magnitude the source is over within 3 s of P, with a margin for a slow one."""
_DURATION_SLOPE = 2.0
"""Ten times the window sees sources of two more magnitudes whole: duration goes as M0^(1/3)."""
_SPOILS = {QualityFlag.CLIPPED, QualityFlag.STUCK, QualityFlag.GAP}


def pd_magnitude(pd_m: float, distance_km: float) -> float:
    """Return the magnitude by a peak displacement.

    Args:
        pd_m: Peak vertical displacement of P, m, above 0.
        distance_km: Hypocentral distance, km, above 0.
    """
    return _PD_CONSTANT + _PD_SLOPE * log10(100 * pd_m) + _PD_DISTANCE * log10(distance_km)


def tau_c_magnitude(tau_c_s: float) -> float:
    """Return the magnitude by a period of P, s, above 0."""
    return _TAU_C_CONSTANT + _TAU_C_SLOPE * log10(tau_c_s)


def early_stations(
    picks: Sequence[Pick], depth_km: float, config: MagnitudeConfig
) -> tuple[StationMagnitude, ...]:
    """Return what the triggers say that hold P.

    Args:
        picks: Of an origin.
        depth_km: Its depth.
        config: How magnitudes are made.
    """
    found: list[StationMagnitude] = []
    for pick in picks:
        trigger = pick.onset.trigger
        if pick.phase is Phase.P and not _SPOILS & set(trigger.quality):
            found += _of_station(pick, trigger, depth_km, config)
    return tuple(found)


def combined(estimates: Sequence[MagnitudeEstimate]) -> MagnitudeEstimate | None:
    """Return both kinds of first magnitude weighted by their errors; None without both."""
    by_type = {each.type: each for each in estimates}
    pd, tau_c = by_type.get(MagnitudeType.PD), by_type.get(MagnitudeType.TAU_C)
    if pd is None or tau_c is None:
        return None
    weights = pd.uncertainty**-2, tau_c.uncertainty**-2
    value = (weights[0] * pd.value + weights[1] * tau_c.value) / sum(weights)
    return MagnitudeEstimate(
        type=MagnitudeType.EARLY,
        value=round(value, 2),
        uncertainty=round(sum(weights) ** -0.5, 2),
        stations=pd.stations,
        window_s=pd.window_s,
    )


def widened(estimate: MagnitudeEstimate) -> MagnitudeEstimate:
    """Return a first magnitude with its error upwards, where its window may not see the source."""
    window_s = max(estimate.window_s or 0.0, _FIRST_WINDOW_S)
    beyond = estimate.value - _SEEN_WHOLE - _DURATION_SLOPE * log10(window_s / _FIRST_WINDOW_S)
    up = round(hypot(estimate.uncertainty, max(beyond, 0.0)), 2)
    if up <= estimate.uncertainty:
        return estimate
    return estimate.model_copy(update={"uncertainty_up": up})


def _of_station(
    pick: Pick, trigger: Trigger, depth_km: float, config: MagnitudeConfig
) -> list[StationMagnitude]:
    station, distance_km = pick.onset.station.key, hypot(pick.distance_km, depth_km)
    found = []
    pd_m, window_s = _longest(trigger, distance_km)
    if pd_m and window_s >= config.least_window_s:
        value = pd_magnitude(pd_m, max(distance_km, config.nearest_km))
        error = config.station_error
        found.append(StationMagnitude(station, MagnitudeType.PD, value, error, window_s=window_s))
    if trigger.tau_c_s and trigger.window_s >= _FIRST_WINDOW_S:
        value = tau_c_magnitude(trigger.tau_c_s)
        error = config.tau_c_error
        found.append(
            StationMagnitude(station, MagnitudeType.TAU_C, value, error, window_s=_FIRST_WINDOW_S)
        )
    return found


def _longest(trigger: Trigger, hypocentral_km: float) -> tuple[float | None, float]:
    """Return the displacement of the longest window that holds P alone, m, and its length, s."""
    until_s = _BEFORE_S * hypocentral_km / _S_MINUS_P_KM_S
    best = trigger.pd_m, min(trigger.window_s, _FIRST_WINDOW_S)
    for grown in trigger.pd_growth:
        if best[1] < grown.window_s <= until_s:
            best = grown.pd_m, grown.window_s
    return best
