"""All magnitudes of an event, from its triggers and from its waveforms."""

from collections.abc import Sequence
from dataclasses import dataclass

from cloud.association.explanation import Explanation
from cloud.magnitude.config import MagnitudeConfig
from cloud.magnitude.early import combined, early_stations, widened
from cloud.magnitude.model import MagnitudeEstimate, MagnitudeType, StationMagnitude
from cloud.magnitude.network import Corrections, network_magnitudes, preferred

_EARLY = (MagnitudeType.PD, MagnitudeType.TAU_C, MagnitudeType.EARLY)


@dataclass(frozen=True, slots=True)
class Size:
    """How large an event is."""

    magnitudes: tuple[MagnitudeEstimate, ...]
    """Of each kind that there is."""
    preferred: MagnitudeEstimate | None
    """The one to show; None without any."""


def station_magnitudes(
    explanation: Explanation, measured: Sequence[StationMagnitude], config: MagnitudeConfig
) -> tuple[StationMagnitude, ...]:
    """Return what every station says, by its trigger and by its waveforms.

    Args:
        explanation: The origin and its picks.
        measured: What `measure` made of waveforms, of all stations.
        config: How magnitudes are made.
    """
    depth_km = explanation.origin.location.depth_km
    return (*early_stations(explanation.picks, depth_km, config), *measured)


def event_size(
    stations: Sequence[StationMagnitude], corrections: Corrections, config: MagnitudeConfig
) -> Size:
    """Return the magnitudes of each kind, the first ones with their errors upwards.

    Args:
        stations: As `station_magnitudes` returns them.
        corrections: What stations are known to say too much.
        config: How magnitudes are made.
    """
    estimates = network_magnitudes(stations, corrections)
    early = combined(estimates)
    every = (*estimates, early) if early is not None else estimates
    magnitudes = tuple(widened(each) if each.type in _EARLY else each for each in every)
    return Size(magnitudes, preferred(magnitudes, config))
