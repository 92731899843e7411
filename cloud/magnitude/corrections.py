"""What stations say too much of magnitudes, learnt from the events that they measured.

A station on soft ground says more than the rest, event after event. Its residual of one event is
its own value less the event's; its correction is the mean of its residuals, drawn towards 0 while
there are few of them: n events count as n, and knowing nothing as `correction_events` more with
residual 0 (the mean of a normal posterior; the number is the ratio of the variance of a station's
residuals from event to event to that of corrections between stations).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cloud.magnitude.config import MagnitudeConfig
from cloud.magnitude.model import MagnitudeEstimate, MagnitudeType, StationMagnitude


@dataclass(frozen=True, slots=True)
class Residual:
    """What one station said too much of one event.

    Attributes:
        station: NETWORK.STATION.
        type: The kind of magnitude.
        value: Its magnitude, uncorrected, less the event's.
    """

    station: str
    type: MagnitudeType
    value: float


@dataclass(frozen=True, slots=True)
class Correction:
    """What is taken off the magnitudes of one station.

    Attributes:
        station: NETWORK.STATION.
        type: The kind of magnitude.
        events: How many events it was learnt from.
        mean: Mean residual.
        spread: Standard deviation of the residuals; 0 of a single one.
        value: The correction.
    """

    station: str
    type: MagnitudeType
    events: int
    mean: float
    spread: float
    value: float


def residuals_of(
    stations: Sequence[StationMagnitude],
    estimates: Sequence[MagnitudeEstimate],
    config: MagnitudeConfig,
) -> tuple[Residual, ...]:
    """Return the residuals of one event, of the kinds that enough stations agree upon.

    Args:
        stations: What every station said, uncorrected.
        estimates: The event's magnitudes.
        config: How magnitudes are made.
    """
    sure = {
        each.type: each.value for each in estimates if each.stations >= config.correction_stations
    }
    return tuple(
        Residual(each.station, each.type, each.value - sure[each.type])
        for each in stations
        if each.value is not None and each.type in sure
    )


def corrections_of(
    residuals: Iterable[Residual], config: MagnitudeConfig
) -> tuple[Correction, ...]:
    """Return the correction of each station and kind, in their order.

    Args:
        residuals: Of all events that are to count.
        config: How magnitudes are made.
    """
    values: dict[tuple[str, MagnitudeType], list[float]] = defaultdict(list)
    for residual in residuals:
        values[residual.station, residual.type].append(residual.value)
    return tuple(
        Correction(
            station,
            kind,
            events=len(found),
            mean=float(np.mean(found)),
            spread=float(np.std(found, ddof=1)) if len(found) > 1 else 0.0,
            value=float(np.sum(found)) / (len(found) + config.correction_events),
        )
        for (station, kind), found in sorted(values.items())
    )
