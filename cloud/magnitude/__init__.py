"""Magnitudes: first ones from P in triggers, then ML and Mw from waveforms.

`measure(seismogram, ...)` gives what one station's record says, `station_magnitudes(...)` adds
what the triggers say, `event_size(...)` makes the event's of them, `network_magnitudes(...)`
of records alone, and `preferred(...)` is the one to show.
"""

from cloud.magnitude.config import MagnitudeConfig
from cloud.magnitude.event import Size, event_size, station_magnitudes
from cloud.magnitude.measure import measure
from cloud.magnitude.model import MagnitudeEstimate, MagnitudeType, Refusal, StationMagnitude
from cloud.magnitude.network import Corrections, network_magnitudes, preferred

__all__ = [
    "Corrections",
    "MagnitudeConfig",
    "MagnitudeEstimate",
    "MagnitudeType",
    "Refusal",
    "Size",
    "StationMagnitude",
    "event_size",
    "measure",
    "network_magnitudes",
    "preferred",
    "station_magnitudes",
]
