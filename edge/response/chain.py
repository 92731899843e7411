"""The stages between the ground and a count, as the sensor's profile tells them."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.errors import ConfigError
from edge.response.lowpass import Poles, delay_at_zero_s, fit_poles, response_at
from edge.sensor import SensorProfile, load_sensor_profile
from edge.sources.base import SourceDescription

REFERENCE_HZ: Final = 1.0
"""Where sensitivities are stated; far below every corner, and above the noise of tilt."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """Ground acceleration to what the converter gets."""

    poles: Poles
    """Radians per second; empty where the sensor has no low-pass that is known."""
    gain: float
    """At `REFERENCE_HZ`; 1 at zero frequency."""

    @property
    def normalisation(self) -> float:
        """The factor that makes the transfer function 1 at `REFERENCE_HZ`."""
        s = 2j * np.pi * REFERENCE_HZ
        return float(abs(np.prod(s - self.poles)))


@dataclass(frozen=True, slots=True)
class Converter:
    """To counts, at the station's rate."""

    counts_per_m_s2: float
    rate_hz: float
    delay_s: float
    """How late the sensor's low-pass makes a sample."""
    correction_s: float
    """What of that the sample times are corrected by."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One component's way."""

    title: str
    """What people call the sensor."""
    sensor: Sensor
    converter: Converter
    counts: bool
    """Records hold whole counts; if not, m/s2."""

    @property
    def sensitivity(self) -> float:
        """Counts per m/s2 at `REFERENCE_HZ`."""
        return self.sensor.gain * self.converter.counts_per_m_s2


def chains(source: SourceDescription, sensor: str | None) -> tuple[Chain, Chain, Chain]:
    """Return the ways of Z, N and E.

    Args:
        source: What is known of the samples.
        sensor: Name or path of the sensor's profile; None where there is none: such a response
            is flat.

    Raises:
        ConfigError: The profile has a mistake.
    """
    profile = _profile(sensor)
    rate_hz = source.nominal_rate_hz
    poles, delay_s = _low_pass(profile, rate_hz)
    gain = float(abs(response_at(poles, np.array([REFERENCE_HZ]))[0]))
    # A profile without a delay is that of a recorder which corrects its own.
    corrected = source.delay_corrected or (profile is not None and not profile.group_delay_samples)
    correction_s = delay_s if corrected else 0.0
    made = [
        Chain(
            title=profile.title if profile is not None else source.sensor,
            sensor=Sensor(poles, gain),
            converter=Converter(counts, rate_hz, delay_s, correction_s),
            counts=source.counts_per_m_s2 is not None,
        )
        for counts in source.counts_per_m_s2 or (1.0, 1.0, 1.0)
    ]
    return made[0], made[1], made[2]


def _profile(sensor: str | None) -> SensorProfile | None:
    """Return the profile; None where the name is none of a profile: that of a recorder, say."""
    if sensor is None:
        return None
    try:
        return load_sensor_profile(sensor)
    except ConfigError:
        if sensor.endswith(".toml"):
            raise
        return None


def _low_pass(profile: SensorProfile | None, rate_hz: float) -> tuple[Poles, float]:
    """Return the sensor's poles and their delay at low frequency, seconds."""
    if profile is None or profile.low_pass_ratio is None:
        return np.empty(0, dtype=np.complex128), 0.0
    delay_s = profile.group_delay_samples / rate_hz
    poles = fit_poles(profile.low_pass_ratio * rate_hz, delay_s or None)
    return poles, delay_at_zero_s(poles)
