"""Magnitudes of stations become the event's."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from cloud.magnitude.config import MagnitudeConfig
from cloud.magnitude.model import MagnitudeEstimate, MagnitudeType, StationMagnitude

Corrections = Mapping[tuple[str, MagnitudeType], float]
"""What is taken off a station's magnitudes of a kind, by NETWORK.STATION and kind."""

_DEFAULT = MagnitudeConfig()
_SATURATES_FROM = {MagnitudeType.LOCAL: 6.3}
_COMMON_ERROR = 0.1
"""What all stations err alike: radiation towards one side, the path's model."""


def network_magnitudes(
    magnitudes: Sequence[StationMagnitude], corrections: Corrections
) -> tuple[MagnitudeEstimate, ...]:
    """Return the event's magnitude of each kind that any station gave.

    The value is the weighted median of the stations', each less its correction. Its error is from
    their errors or from their scatter, whichever is larger, and what they err alike.

    Args:
        magnitudes: Of all stations and kinds, refusals among them.
        corrections: What stations are known to say too much.
    """
    by_type: dict[MagnitudeType, list[StationMagnitude]] = defaultdict(list)
    for each in magnitudes:
        if each.value is not None and each.uncertainty is not None:
            by_type[each.type].append(each)
    return tuple(
        _estimate(kind, by_type[kind], corrections) for kind in MagnitudeType if by_type[kind]
    )


def preferred(
    estimates: Sequence[MagnitudeEstimate], config: MagnitudeConfig = _DEFAULT
) -> MagnitudeEstimate | None:
    """Return the magnitude to show: Mw from enough stations, else ML, else an early one."""
    by_type = {each.type: each for each in estimates}
    for kind in (MagnitudeType.MOMENT, MagnitudeType.LOCAL):
        found = by_type.get(kind)
        if found is not None and found.stations >= config.least_stations:
            return found
    order = (
        MagnitudeType.EARLY,
        MagnitudeType.PD,
        MagnitudeType.MOMENT,
        MagnitudeType.LOCAL,
        MagnitudeType.TAU_C,
    )
    return next((by_type[kind] for kind in order if kind in by_type), None)


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """Return the value on either side of which half of the weight lies, interpolated."""
    order = np.argsort(values)
    ordered, weight = np.asarray(values)[order], np.asarray(weights)[order]
    middle = (np.cumsum(weight) - weight / 2) / weight.sum()
    return float(np.interp(0.5, middle, ordered))


def _estimate(
    kind: MagnitudeType, found: Sequence[StationMagnitude], corrections: Corrections
) -> MagnitudeEstimate:
    values = [(m.value or 0.0) - corrections.get((m.station, kind), 0.0) for m in found]
    errors = np.array([m.uncertainty for m in found], float)
    value = weighted_median(values, list(errors**-2))
    stated = float(np.sum(errors**-2) ** -0.5)
    scatter = 1.4826 * float(np.median(np.abs(np.array(values) - value))) / len(found) ** 0.5
    # The median's standard error is 1.25 times the mean's.
    error = float(np.hypot(1.25 * max(stated, scatter), _COMMON_ERROR))
    windows = [m.window_s for m in found if m.window_s is not None]
    beyond = max(0.0, value - _SATURATES_FROM.get(kind, np.inf))
    up = float(np.hypot(error, beyond))
    return MagnitudeEstimate(
        type=kind.value,
        value=round(value, 2),
        uncertainty=round(error, 2),
        uncertainty_up=round(up, 2) if round(up, 2) > round(error, 2) else None,
        stations=len({m.station for m in found}),
        window_s=round(max(windows), 1) if windows else None,
    )
