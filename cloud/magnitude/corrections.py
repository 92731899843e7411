"""What stations say too much of magnitudes, learnt from the events that they measured.

A station on soft ground says more than the rest, event after event. Its residual of one event is
its own value less the weighted mean of all; its correction is the weighted mean of its residuals,
drawn towards 0 while there are few of them: knowing nothing counts as `correction_events` more with
residual 0 (the mean of a normal posterior; the number is the ratio of the variance of a station's
residuals from event to event to that of corrections between stations). A value that its station is
unsure of, as noise hides most of the spectrum, weighs less, by the square of its error: far
stations are heard only when they are loud, and would teach that all are.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cloud.magnitude.config import MagnitudeConfig
from cloud.magnitude.model import MagnitudeType, StationMagnitude


@dataclass(frozen=True, slots=True)
class Residual:
    """What one station said too much of one event.

    Attributes:
        station: NETWORK.STATION.
        type: The kind of magnitude.
        value: Its magnitude, uncorrected, less the event's.
        weight: Of that, 1 for the surest station of the event.
    """

    station: str
    type: MagnitudeType
    value: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Correction:
    """What is taken off the magnitudes of one station.

    Attributes:
        station: NETWORK.STATION.
        type: The kind of magnitude.
        events: How many events it was learnt from.
        mean: Weighted mean of the residuals.
        spread: Weighted standard deviation of the residuals; 0 of a single one.
        value: The correction.
    """

    station: str
    type: MagnitudeType
    events: int
    mean: float
    spread: float
    value: float


def residuals_of(
    stations: Sequence[StationMagnitude], config: MagnitudeConfig
) -> tuple[Residual, ...]:
    """Return the residuals of one event, of the kinds that enough stations gave.

    Args:
        stations: What every station said, uncorrected.
        config: How magnitudes are made.
    """
    by_type: dict[MagnitudeType, list[tuple[str, float, float]]] = defaultdict(list)
    for each in stations:
        if each.value is not None and each.uncertainty:
            by_type[each.type].append((each.station, each.value, each.uncertainty**-2))
    found: list[Residual] = []
    for kind, said in by_type.items():
        if len(said) < config.correction_stations:
            continue
        surest = max(weight for _, _, weight in said)
        mean = sum(value * weight for _, value, weight in said) / sum(w for _, _, w in said)
        found += [
            Residual(station, kind, value - mean, weight / surest)
            for station, value, weight in said
        ]
    return tuple(found)


def corrections_of(
    residuals: Iterable[Residual], config: MagnitudeConfig
) -> tuple[Correction, ...]:
    """Return the correction of each station and kind, in their order.

    Args:
        residuals: Of all events that are to count.
        config: How magnitudes are made.
    """
    by_station: dict[tuple[str, MagnitudeType], list[Residual]] = defaultdict(list)
    for residual in residuals:
        by_station[residual.station, residual.type].append(residual)
    return tuple(
        _correction(station, kind, found, config)
        for (station, kind), found in sorted(by_station.items())
    )


def _correction(
    station: str, kind: MagnitudeType, residuals: Sequence[Residual], config: MagnitudeConfig
) -> Correction:
    values = np.array([residual.value for residual in residuals])
    weights = np.array([residual.weight for residual in residuals])
    mean = float(np.average(values, weights=weights))
    return Correction(
        station,
        kind,
        events=len(residuals),
        mean=mean,
        spread=float(np.sqrt(np.average(np.square(values - mean), weights=weights))),
        value=float((values * weights).sum() / (weights.sum() + config.correction_events)),
    )
