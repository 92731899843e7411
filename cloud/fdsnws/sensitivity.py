"""From the name of a sensor to its sensitivity: the profiles that come with the kit."""

from functools import lru_cache

from edge.errors import ConfigError
from edge.sensor import load_sensor_profile

FREQUENCY_HZ = 1.0
"""A MEMS accelerometer is flat from 0 Hz on; a document names one frequency."""


@lru_cache(maxsize=64)
def counts_per_m_s2(sensor: str) -> float | None:
    """Return counts per m/s2, or None for a sensor without a profile.

    Args:
        sensor: As a station names it; only names of the kit's own profiles are looked up.
    """
    if not sensor.replace("-", "").isalnum():
        return None
    try:
        return load_sensor_profile(sensor).counts_per_m_s2
    except ConfigError:
        return None
