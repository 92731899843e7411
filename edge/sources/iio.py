"""Any accelerometer that the kernel's IIO subsystem knows, through its buffer.

The kernel stamps each sample as it is taken and keeps samples while the agent is busy. Where a
driver stamps nothing, the newest sample counts as half a period old when it arrives.
"""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from edge.errors import SourceError
from edge.packet import Packet
from edge.sensor import load_sensor_profile
from edge.sources.axes import LONGEST_CLIPPING_S, Axes, AxisReader, Scale
from edge.sources.base import SourceDescription, channel_codes
from edge.sources.hostclock import HOST, HostClock
from edge.sources.iio_device import AXES, TEMPERATURE, TIMESTAMP, IioDevice, IioSetup
from edge.sources.iio_scan import ScanLayout
from edge.sources.live import LOOK_S, LiveSettings, LiveSource
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds

KEPT_S: Final = 10.0
"""Seconds of samples that the kernel is asked to keep."""
GAP_PERIODS: Final = 1.5
"""Stamps further apart than this have lost a sample between them."""
_MOST_BYTES: Final = 65_536


class IioConfig(LiveSettings):
    """An accelerometer with a driver in the kernel."""

    type: Literal["iio"] = "iio"
    device: str = Field(
        title="Device", description="Name of the chip, adxl355 say, or of the device, iio:device0"
    )
    sensor: str = Field(
        title="Sensor", description="Name or path of a sensor profile, for its rate and delay"
    )
    rate_hz: float | None = Field(
        default=None,
        gt=0,
        le=4000,
        title="Rate",
        description="Sampling rate, hertz; as the device is set where left out",
    )
    trigger: str | None = Field(
        default=None,
        title="Trigger",
        description="Name of the IIO trigger that starts a sample; as it is where left out",
    )
    axes: Axes
    packet_s: float = Field(
        default=0.1, ge=0.01, le=2, title="Packet", description="Seconds of data in a packet"
    )
    stuck_s: float = Field(
        default=5.0,
        ge=0.1,
        le=3600,
        title="Stuck",
        description="Seconds after which an axis that does not move counts as missing",
    )
    sysfs: Path = Field(
        default=Path("/sys/bus/iio/devices"), title="sysfs", description="Where devices are listed"
    )
    dev: Path = Field(default=Path("/dev"), title="dev", description="Where devices are read")

    def open(self) -> "IioSource":
        """Return the source; the device is first touched when packets are asked for.

        Raises:
            ConfigError: The sensor profile does not exist or has a mistake.
        """
        return IioSource(self)


class IioSource(LiveSource):
    """Packets of one device.

    Args:
        config: Which one, and how it is set up.
        clock: The host's clock.
    """

    def __init__(self, config: IioConfig, clock: HostClock = HOST) -> None:
        super().__init__()
        self._config = config
        self._clock = clock
        self._profile = load_sensor_profile(config.sensor)
        self._nominal_hz = config.rate_hz or self._profile.rate_hz

    def describe(self) -> SourceDescription:
        """Return what is known of the sensor."""
        return SourceDescription(
            type="iio",
            place=self._config.device,
            sensor=self._profile.name,
            nominal_rate_hz=self._nominal_hz,
            channels=channel_codes(self._nominal_hz),
            counts_per_m_s2=self._counts_per_m_s2(),
            delay_corrected=True,
        )

    def _counts_per_m_s2(self) -> tuple[float, float, float] | None:
        """Return the driver's sensitivity; None where it is not there yet or shifts by parts."""
        try:
            device = IioDevice.find(self._config.sysfs, self._config.device)
            scales = {axis[-1]: device.scale(axis) for axis in AXES}
        except SourceError:
            return None
        if not all(offset.is_integer() for _, offset in scales.values()):
            return None
        up, north, east = (1 / scales[axis[-1]][0] for axis in self._config.axes)
        return up, north, east

    def packets(self) -> Iterator[Packet]:
        """Yield packets as the kernel gives them, until interrupted.

        Raises:
            SourceError: The device is not there, may not be used, failed or fell silent.
        """
        device = IioDevice.find(self._config.sysfs, self._config.device)
        setup = IioSetup(
            rate_hz=self._config.rate_hz,
            trigger=self._config.trigger,
            watermark=max(1, round(self._config.packet_s * self._nominal_hz)),
            length=max(2, round(KEPT_S * self._nominal_hz)),
        )
        with self._running(device, setup) as (file, layout):
            reader = _ScanReader(device, layout, self._config)
            for content in self._contents(file, layout.size):
                arrival_ns, steady_ns = self._clock.wall_ns(), self._clock.steady_ns()
                self.temperature_c = reader.temperature_c(content)
                parts = reader.read(content, arrival_ns)
                self.packets_dropped += len(parts) - 1
                for counts, last_ns in parts:
                    packet = self._packet(reader, counts, last_ns, arrival_ns)
                    yield replace(packet, steady_ns=steady_ns)

    def _packet(
        self, reader: "_ScanReader", counts: NDArray[np.int64], last_ns: int, arrival_ns: int
    ) -> Packet:
        samples, clipped = reader.axes.read(counts)
        if reader.axes.all_stuck:
            raise self._fail("no axis moves any more; it is set up anew")
        delay_s = self._profile.group_delay_samples / reader.rate_hz
        return Packet(
            samples=samples,
            last_sample_ns=last_ns - round(delay_s * NANOSECONDS_PER_SECOND),
            arrival_ns=arrival_ns,
            nominal_rate_hz=reader.rate_hz,
            clock=self._clock.state(),
            clipped=clipped,
            temperature_c=self.temperature_c,
        )

    def _fail(self, reason: str) -> SourceError:
        return SourceError("iio", self._config.device, reason)

    @contextmanager
    def _running(self, device: IioDevice, setup: IioSetup) -> Iterator[tuple[int, ScanLayout]]:
        """Switch the device on; give its file and the layout of what it gives."""
        layout = device.start(setup)
        path = self._config.dev / device.folder.name
        try:
            file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            reason = f"{path} cannot be opened ({error.strerror}); does another process read it?"
            raise self._fail(reason) from None
        try:
            yield file, layout
        finally:
            os.close(file)
            # A device that is gone cannot be switched off; why it is gone is already on its way.
            with suppress(SourceError):
                device.stop()

    def _contents(self, file: int, scan_bytes: int) -> Iterator[bytes]:
        """Yield whole scans as they come."""
        rest = b""
        heard_ns = self._clock.monotonic_ns()
        while not self._interrupted.is_set():
            ready, _, _ = select.select([file], [], [], LOOK_S)
            if ready:
                rest += self._read_some(file)
                whole = len(rest) // scan_bytes * scan_bytes
                if whole:
                    heard_ns = self._clock.monotonic_ns()
                    yield rest[:whole]
                    rest = rest[whole:]
            elif ns_to_seconds(self._clock.monotonic_ns() - heard_ns) > self._config.silence_s:
                raise self._fail(f"gave no sample for {self._config.silence_s:g} s; set up anew")

    def _read_some(self, file: int) -> bytes:
        try:
            content = os.read(file, _MOST_BYTES)
        except OSError as error:
            raise self._fail(f"can no longer be read: {error.strerror}") from error
        if not content:
            raise self._fail("is gone; was its driver unloaded?")
        return content


class _ScanReader:
    """Turns whole scans into counts with times."""

    def __init__(self, device: IioDevice, layout: ScanLayout, config: IioConfig) -> None:
        scales = [device.scale(axis) for axis in AXES]
        scale = Scale(
            m_s2_per_count=(scales[0][0], scales[1][0], scales[2][0]),
            offset_counts=(scales[0][1], scales[1][1], scales[2][1]),
            full_scale_m_s2=min(device.full_scale_m_s2(axis) for axis in AXES),
        )
        self.rate_hz = device.rate_hz()
        stuck = max(2, round(config.stuck_s * self.rate_hz))
        clipping = round(LONGEST_CLIPPING_S * self.rate_hz)
        self.axes = AxisReader(config.axes, scale, stuck, clipping)
        self._layout = layout
        self._stamped = device.has_timestamp
        self._temperature = device.scale(TEMPERATURE) if device.has_temperature else None

    def temperature_c(self, content: bytes) -> float | None:
        """Return the newest temperature in whole scans, degrees Celsius; None without one."""
        if self._temperature is None:
            return None
        scale, offset = self._temperature
        return (int(self._layout.decode(content, TEMPERATURE)[-1]) + offset) * scale

    def read(self, content: bytes, arrival_ns: int) -> list[tuple[NDArray[np.int64], int]]:
        """Return runs of samples without a gap, each with the time of its last sample.

        Args:
            content: Whole scans.
            arrival_ns: When they were read, wall clock.
        """
        counts = np.stack([self._layout.decode(content, axis) for axis in AXES], axis=1)
        period_ns = NANOSECONDS_PER_SECOND / self.rate_hz
        times = self._layout.decode(content, TIMESTAMP) if self._stamped else np.zeros(1, np.int64)
        if not times.any():
            return [(counts, arrival_ns - round(period_ns / 2))]
        lost = np.flatnonzero(np.diff(times) > GAP_PERIODS * period_ns) + 1
        bounds = [0, *lost.tolist(), len(counts)]
        return [(counts[a:b], int(times[b - 1])) for a, b in pairwise(bounds)]
