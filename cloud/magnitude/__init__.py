"""Magnitudes: first ones from P in triggers, then ML and Mw from waveforms.

`magnitude(picks, config)` is the first one. `measure(seismogram, ...)` gives what one station's
record says, `network_magnitudes(...)` the event's, and `preferred(...)` the one to show.
"""

from cloud.magnitude.config import MagnitudeConfig
from cloud.magnitude.early import MAGNITUDE_TYPE, Magnitude, magnitude, station_magnitude
from cloud.magnitude.measure import measure
from cloud.magnitude.model import MagnitudeEstimate, MagnitudeType, Refusal, StationMagnitude
from cloud.magnitude.network import network_magnitudes, preferred

__all__ = [
    "MAGNITUDE_TYPE",
    "Magnitude",
    "MagnitudeConfig",
    "MagnitudeEstimate",
    "MagnitudeType",
    "Refusal",
    "StationMagnitude",
    "magnitude",
    "measure",
    "network_magnitudes",
    "preferred",
    "station_magnitude",
]
