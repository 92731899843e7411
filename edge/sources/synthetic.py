"""A station that does not exist: sensor noise, and the motion of given earthquakes.

The same configuration gives the same packets, for ever or for a given span. Sample times err
as real ones do: the oscillator is off by some parts per million, stamps jitter, packets take
their time.
"""

import math
import time
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from pydantic import Field

from edge.messages.base import Latitude, Longitude
from edge.messages.clock import ClockSource, ClockState
from edge.packet import Packet
from edge.sensor import load_sensor_profile
from edge.sources.base import SourceDescription, SourceSettings, channel_codes, same_for_all
from edge.sources.sensor_noise import SensorNoise, digitise
from edge.sources.synthetic_ground import (
    Ground,
    Site,
    SyntheticEarthquake,
    TravelTime,
    arrivals,
    straight_rays,
)
from edge.sources.synthetic_waveform import GroundMotionConfig
from edge.timestamps import Timestamp, seconds_to_ns


class SyntheticConfig(SourceSettings):
    """A made-up station."""

    type: Literal["synthetic"] = "synthetic"
    latitude: Latitude = Field(title="Latitude", description="Of the station, degrees north")
    longitude: Longitude = Field(title="Longitude", description="Of the station, degrees east")
    sensor: str = Field(
        default="adxl355", title="Sensor", description="Name or path of a sensor profile"
    )
    seed: int = Field(
        default=0, ge=0, title="Seed", description="Of all chance; give each station its own"
    )
    rate_hz: float | None = Field(
        default=None,
        ge=1,
        le=4000,
        title="Rate",
        description="Nominal sampling rate, hertz; the profile's where left out",
    )
    rate_error_ppm: float = Field(
        default=0.0,
        ge=-100_000,
        le=100_000,
        title="Rate error",
        description="How much faster the oscillator really runs, parts per million",
    )
    packet_s: float = Field(
        default=0.25, ge=0.02, le=10, title="Packet", description="Seconds of data in a packet"
    )
    latency_s: float = Field(
        default=0.05,
        ge=0,
        le=60,
        title="Latency",
        description="Seconds from the last sample of a packet to its arrival",
    )
    stamp_jitter_s: float = Field(
        default=0.002,
        ge=0,
        le=1,
        title="Stamp jitter",
        description="Standard deviation of the packets' time stamps, seconds",
    )
    clock_offset_s: float = Field(
        default=0.0,
        title="Clock offset",
        description="How far the station's clock is fast, seconds; it does not know",
    )
    clock_error_s: float = Field(
        default=0.01, ge=0, title="Clock error", description="The error that it states, seconds"
    )
    start: Timestamp | None = Field(
        default=None, title="Start", description="Time of the first sample; now where left out"
    )
    duration_s: float | None = Field(
        default=None, gt=0, title="Duration", description="Seconds; for ever where left out"
    )
    earthquakes: tuple[SyntheticEarthquake, ...] = Field(
        default=(), title="Earthquakes", description="What shakes the station"
    )
    repeat_every_s: float | None = Field(
        default=None,
        ge=30,
        title="Repeat",
        description="Seconds after which all earthquakes happen again, with other chance",
    )
    vp_km_s: float = Field(
        default=5.8,
        gt=0,
        title="P speed",
        description="Along the path, km per second; upper crust of iasp91 (Kennett & Engdahl 1991)",
    )
    vs_km_s: float = Field(
        default=3.36, gt=0, title="S speed", description="Along the path, km per second"
    )
    motion: GroundMotionConfig = Field(
        default=GroundMotionConfig(), title="Motion", description="Source, path and site"
    )

    def open(self) -> "SyntheticSource":
        """Return the source.

        Raises:
            ConfigError: The sensor profile does not exist or has a mistake.
        """
        return SyntheticSource(self)


class SyntheticSource:
    """Packets of a made-up station.

    Args:
        config: Station, sensor and earthquakes.
        travel_time: Velocity model; straight rays at the configured speeds where left out.
        now_ns: The wall clock, for a start that is left out.
    """

    def __init__(
        self,
        config: SyntheticConfig,
        travel_time: TravelTime | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._config = config
        self._profile = load_sensor_profile(config.sensor)
        self._now_ns = now_ns
        self._nominal_hz = config.rate_hz or self._profile.rate_hz
        self._true_hz = self._nominal_hz * (1 + config.rate_error_ppm * 1e-6)
        self._site = Site(
            latitude=config.latitude,
            longitude=config.longitude,
            travel_time=travel_time or straight_rays(config.vp_km_s, config.vs_km_s),
            motion=config.motion,
            seed=config.seed,
        )
        self.packets_dropped = 0

    def describe(self) -> SourceDescription:
        """Return what is known of the station."""
        return SourceDescription(
            type="synthetic",
            place=f"synthetic station with seed {self._config.seed}",
            sensor=self._profile.name,
            nominal_rate_hz=self._nominal_hz,
            channels=channel_codes(self._nominal_hz),
            counts_per_m_s2=same_for_all(self._profile.counts_per_m_s2),
            delay_corrected=True,
        )

    def packets(self) -> Iterator[Packet]:
        """Yield packets in order of arrival; endless without a duration."""
        config = self._config
        start_ns = self._now_ns() if config.start is None else config.start
        coming = arrivals(self._site, config.earthquakes, config.repeat_every_s, start_ns)
        ground = Ground(self._site, coming, start_ns, self._true_hz)
        noise_chance, stamp_chance = np.random.default_rng(config.seed).spawn(2)
        noise = SensorNoise(self._profile, self._true_hz, noise_chance)
        count = max(1, round(config.packet_s * self._nominal_hz))
        total = math.inf if config.duration_s is None else config.duration_s * self._true_hz
        first = 0
        while first + count <= total:
            samples, clipped = digitise(
                noise.next(count) + ground.motion(first, count), self._profile
            )
            last_ns = ground.time_ns(first + count - 1)
            error_s = config.clock_offset_s
            error_s += config.stamp_jitter_s * stamp_chance.standard_normal()
            yield Packet(
                samples=samples,
                last_sample_ns=last_ns + seconds_to_ns(error_s),
                arrival_ns=last_ns + seconds_to_ns(config.latency_s),
                nominal_rate_hz=self._nominal_hz,
                clock=ClockState(source=ClockSource.NTP, error_s=config.clock_error_s),
                clipped=clipped,
            )
            first += count
