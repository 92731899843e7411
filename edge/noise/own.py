"""The noise that a sensor makes by itself, from its profile: what no site can be quieter than."""

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from edge.sensor import G_M_S2, SensorProfile, load_sensor_profile
from edge.sources.base import SourceDescription

Densities = NDArray[np.float64]
"""Shape (octaves, 3): Z, N, E; (m/s2)^2/Hz."""


def own_noise(
    source: SourceDescription, sensor: str | None, centres_hz: tuple[float, ...]
) -> Densities | None:
    """Return the power spectral density of a source's sensor, or None where it is not known.

    Args:
        source: What is known of the source.
        sensor: Name or file of the profile; the source's own where left out.
        centres_hz: Frequencies.
    """
    try:
        profile = load_sensor_profile(sensor or source.sensor)
    except ConfigError:
        return None  # a recording of a sensor that nobody has described
    steps_m_s2 = [profile.lsb_m_s2] * 3
    if source.counts_per_m_s2 is not None:
        steps_m_s2 = [1 / counts for counts in source.counts_per_m_s2]
    rate_hz = max(source.nominal_rate_hz, profile.rate_hz)
    return _density(profile, np.array(centres_hz)) + _quantiser(np.array(steps_m_s2), rate_hz)


def _density(profile: SensorProfile, centres_hz: NDArray[np.float64]) -> Densities:
    """Return white and 1/f noise behind the sensor's low-pass."""
    white = np.square(np.array(profile.noise_density_ug_rthz) * 1e-6 * G_M_S2)
    shape = 1 + profile.noise_corner_hz / centres_hz
    if profile.low_pass_ratio is not None:
        # The order is known of few sensors; two poles are what the kit takes of all (Butterworth).
        shape /= 1 + (centres_hz / (profile.low_pass_ratio * profile.rate_hz)) ** 4
    return np.asarray(shape[:, None] * white)


def _quantiser(steps_m_s2: NDArray[np.float64], rate_hz: float) -> Densities:
    """Return the noise of rounding, spread over all frequencies below half the rate."""
    return np.asarray(np.square(steps_m_s2)[None, :] / 12 * (2 / rate_hz))
