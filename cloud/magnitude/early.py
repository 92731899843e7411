"""A first magnitude from the peak displacement of the P wave.

Each station gives one: M = 5.39 + 1.23 log10(Pd / cm) + 1.38 log10(R / km), R the epicentral
distance, from Kuyuk and Allen (2013), A global approach to provide magnitude estimates for
earthquake early warning alerts, Geophysical Research Letters 40, 6329-6333. The event's is their
median; it saturates with the few seconds of P that it is taken from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

import numpy as np

from cloud.association.explanation import Pick
from cloud.magnitude.config import MagnitudeConfig
from edge.messages import Phase, QualityFlag

MAGNITUDE_TYPE = "Mpd"
_CONSTANT = 5.39
_AMPLITUDE = 1.23
_DISTANCE = 1.38
_SPREADS = (QualityFlag.CLIPPED, QualityFlag.STUCK, QualityFlag.GAP)


@dataclass(frozen=True, slots=True)
class Magnitude:
    """A magnitude and its standard error."""

    value: float
    uncertainty: float
    stations: int


def station_magnitude(pd_m: float, distance_km: float) -> float:
    """Return the magnitude that one station says.

    Args:
        pd_m: Peak vertical displacement of P, m, above 0.
        distance_km: Epicentral distance, km, above 0.
    """
    return _CONSTANT + _AMPLITUDE * log10(100 * pd_m) + _DISTANCE * log10(distance_km)


def magnitude(picks: Sequence[Pick], config: MagnitudeConfig) -> Magnitude | None:
    """Return the median over the stations with a usable Pd, or None without any."""
    values = [
        station_magnitude(pick.onset.trigger.pd_m, max(pick.distance_km, config.nearest_km))
        for pick in picks
        if pick.phase is Phase.P
        and pick.onset.trigger.pd_m
        and pick.onset.trigger.window_s >= config.least_window_s
        and not set(pick.onset.trigger.quality) & set(_SPREADS)
    ]
    if not values:
        return None
    middle = float(np.median(values))
    # The median's standard error is 1.25 times the mean's; the scatter may say more.
    scatter = 1.4826 * float(np.median(np.abs(np.array(values) - middle)))
    error = 1.25 * max(config.station_error, scatter) / len(values) ** 0.5
    return Magnitude(middle, error, len(values))
