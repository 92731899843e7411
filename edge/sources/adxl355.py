"""An ADXL355 (or ADXL357) on the SPI bus, read through its FIFO: the kit's reference sensor.

The FIFO is emptied when its line INT1 rises, where that is wired, and otherwise ten times a
second. An edge carries the kernel's time, so the sample that caused it is known to some tens of
microseconds; without the line, the newest sample is on average half a period old.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field

from edge.errors import SourceError
from edge.packet import Packet
from edge.sensor import SensorProfile, load_sensor_profile
from edge.sources.adxl355_chip import AXES, FIFO_WORDS, Adxl355Chip, FifoReading
from edge.sources.adxl355_selftest import passes, self_test_g
from edge.sources.axes import LONGEST_CLIPPING_S, Axes, AxisReader, Scale
from edge.sources.base import SourceDescription, channel_codes, same_for_all
from edge.sources.gpio import Edges, GpioLine, find_chip
from edge.sources.hostclock import HOST, HostClock
from edge.sources.live import LOOK_S, LiveSettings, LiveSource, ReadAhead
from edge.sources.spi import SpiBus, SpiDevice
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds, seconds_to_ns

_log = structlog.get_logger(__name__)

MOST_FAILURES: Final = 3
"""So many readings in a row may fail before the chip is set up anew."""
KEPT_PACKETS: Final = 256
_LEAST_STILL_SAMPLES: Final = 12
_FIFO_SAMPLES: Final = FIFO_WORDS // AXES


class DataReady(BaseModel):
    """The GPIO line that the sensor's INT1 pin is wired to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chip: str = Field(
        title="GPIO chip", description="Path such as /dev/gpiochip0, or label such as pinctrl-rp1"
    )
    line: int = Field(ge=0, le=1023, title="Line", description="Number of the line on the chip")


class Adxl355Config(LiveSettings):
    """An ADXL355 on the SPI bus."""

    type: Literal["adxl355"] = "adxl355"
    device: Path = Field(
        default=Path("/dev/spidev0.0"), title="Device", description="The kernel's SPI device"
    )
    speed_hz: int = Field(
        default=4_000_000,
        ge=100_000,
        le=10_000_000,
        title="Bus clock",
        description="Hertz; lower it for long wires",
    )
    sensor: str = Field(
        default="adxl355", title="Sensor", description="Name or path of a sensor profile"
    )
    range_g: float | None = Field(
        default=None,
        gt=0,
        title="Range",
        description="Full scale, plus or minus g; the profile's where left out",
    )
    rate_hz: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        title="Rate",
        description="Sampling rate, hertz; the profile's where left out",
    )
    axes: Axes
    data_ready: DataReady | None = Field(
        default=None,
        title="Data ready",
        description="Where INT1 is wired to; the FIFO is polled where left out",
    )
    poll_s: float = Field(
        default=0.1,
        ge=0.01,
        le=1,
        title="Poll",
        description="Seconds between two readings of the FIFO, of which each makes a packet; less"
        " where the FIFO would be more than half full",
    )
    self_test: bool = Field(
        default=True, title="Self-test", description="Test the sensor when the agent starts"
    )
    stuck_s: float = Field(
        default=0.2,
        ge=0.1,
        le=3600,
        title="Stuck",
        description="Seconds after which an axis that does not move counts as missing; its noise"
        " is thirty steps, so that it never stands still",
    )

    def open(self) -> "Adxl355Source":
        """Return the source; the sensor itself is first touched when packets are asked for.

        Raises:
            ConfigError: The profile does not exist, or has no such range or rate.
        """
        return Adxl355Source(self)


class PacedPolling:
    """Stands in for a data-ready line that is not wired: comes back in steady intervals.

    Args:
        clock: The host's clock.
        poll_s: The interval, seconds.
    """

    def __init__(self, clock: HostClock, poll_s: float) -> None:
        self._clock = clock
        self._poll_ns = seconds_to_ns(poll_s)
        self._next_ns = clock.monotonic_ns() + self._poll_ns

    def wait(self, timeout_s: float) -> list[int]:
        """Wait for the next turn; there never is an edge.

        Args:
            timeout_s: Longest wait, seconds.
        """
        left_ns = self._next_ns - self._clock.monotonic_ns()
        self._clock.sleep(min(max(ns_to_seconds(left_ns), 0.0), timeout_s))
        self._next_ns = max(self._next_ns, self._clock.monotonic_ns()) + self._poll_ns
        return []


class Adxl355Source(LiveSource):
    """Packets of one chip.

    Args:
        config: How it is wired and set up.
        clock: The host's clock.
        open_bus: Opens the bus; the configured device where left out.
        open_edges: Opens the data-ready line; the configured one where left out.
    """

    def __init__(
        self,
        config: Adxl355Config,
        clock: HostClock = HOST,
        open_bus: Callable[[], AbstractContextManager[SpiBus]] | None = None,
        open_edges: Callable[[], AbstractContextManager[Edges]] | None = None,
    ) -> None:
        super().__init__()
        self._config = config
        self._clock = clock
        self._profile = load_sensor_profile(config.sensor).set_up(config.range_g, config.rate_hz)
        self._open_bus = open_bus or (lambda: SpiDevice(config.device, config.speed_hz))
        self._open_edges = open_edges or self._configured_edges
        self._tested = not config.self_test
        self._overrun_said = False
        wanted = round(config.poll_s * self._profile.rate_hz)
        self._watermark = min(max(wanted, 1), _FIFO_SAMPLES // 2)

    @property
    def _place(self) -> str:
        return str(self._config.device)

    def describe(self) -> SourceDescription:
        """Return what is known of the sensor."""
        return SourceDescription(
            type="adxl355",
            place=self._place,
            sensor=self._profile.name,
            nominal_rate_hz=self._profile.rate_hz,
            channels=channel_codes(self._profile.rate_hz),
            counts_per_m_s2=same_for_all(self._profile.counts_per_m_s2),
            delay_corrected=True,
        )

    def packets(self) -> Iterator[Packet]:
        """Yield packets as the sensor gives them, until interrupted.

        Raises:
            SourceError: The chip is not there, is another one, failed or fell silent.
        """
        ended = threading.Event()
        yield from ReadAhead(self.read(ended), ended.set, KEPT_PACKETS, self._count_drop)

    def read(self, ended: threading.Event) -> Iterator[Packet]:
        """Yield packets in the calling thread, until interrupted or `ended` is set.

        Raises:
            SourceError: The chip is not there, is another one, failed or fell silent.
        """
        with self._open_bus() as bus, self._open_edges() as edges:
            chip = Adxl355Chip(bus, self._place, self._clock.sleep)
            try:
                self._start(chip)
            except OSError as error:
                raise self._fail(f"the bus fails while the chip is set up: {error}") from error
            readings = self._readings(chip, edges, ended)
            axes = _axis_reader(self._profile, self._config)
            for reading, last_ns in readings:
                samples, clipped = axes.read(reading.counts)
                if axes.all_stuck:
                    raise self._fail("no axis moves any more; it is set up anew")
                yield Packet(
                    samples=samples,
                    last_sample_ns=last_ns - self._profile.delay_ns,
                    arrival_ns=self._clock.wall_ns(),
                    nominal_rate_hz=self._profile.rate_hz,
                    clock=self._clock.state(),
                    clipped=clipped,
                    steady_ns=self._clock.steady_ns(),
                    temperature_c=reading.temperature_c,
                )

    def _fail(self, reason: str) -> SourceError:
        return SourceError("adxl355", self._place, reason)

    def _configured_edges(self) -> AbstractContextManager[Edges]:
        wired = self._config.data_ready
        if wired is None:
            poll_s = min(self._config.poll_s, self._watermark / self._profile.rate_hz)
            return nullcontext(PacedPolling(self._clock, poll_s))
        return GpioLine(find_chip(wired.chip), wired.line)

    def _start(self, chip: Adxl355Chip) -> None:
        chip.reset()
        if not self._tested:
            self._test(chip)
        range_code = self._profile.ranges_g.index(self._profile.range_g) + 1
        chip.configure(self._profile.rate_hz, range_code, self._watermark)
        chip.measure()

    def _test(self, chip: Adxl355Chip) -> None:
        """Test the sensor once; one that fails is said to, and used: it may be all there is."""
        largest = self._profile.set_up(range_g=self._profile.ranges_g[-1])
        change_g = self_test_g(chip, largest.lsb_ug * 1e-6, self._clock.sleep)
        self._tested = True
        passed = passes(change_g)
        log = _log.info if passed else _log.warning
        log("sensor_self_test", passed=passed, change_g=[round(one, 3) for one in change_g])

    def _readings(
        self, chip: Adxl355Chip, edges: Edges, ended: threading.Event
    ) -> Iterator[tuple[FifoReading, int]]:
        """Yield what the FIFO held and the time of its newest sample, wall clock."""
        heard_ns, failures = self._clock.monotonic_ns(), 0
        while not (ended.is_set() or self._interrupted.is_set()):
            edge_times = edges.wait(LOOK_S)
            now_ns = self._clock.wall_ns()
            ahead_ns = now_ns - self._clock.monotonic_ns()
            try:
                reading = chip.read_fifo()
            except OSError as error:
                failures += 1
                self._on_failure(error, failures)
                continue
            failures = 0
            self._note(reading)
            if len(reading.counts):
                heard_ns = self._clock.monotonic_ns()
                yield reading, self._newest_ns(reading, [t + ahead_ns for t in edge_times], now_ns)
            elif ns_to_seconds(self._clock.monotonic_ns() - heard_ns) > self._config.silence_s:
                raise self._fail(f"gave no sample for {self._config.silence_s:g} s; set up anew")

    def _newest_ns(self, reading: FifoReading, edge_times: list[int], now_ns: int) -> int:
        """Return when the newest sample was ready.

        The one edge since the last reading is that of the sample which filled the FIFO to the
        watermark; without it, the newest sample is half a period old on average.
        """
        period_ns = NANOSECONDS_PER_SECOND / self._profile.rate_hz
        later = len(reading.counts) - self._watermark
        if len(edge_times) == 1 and later >= 0 and not reading.overrun:
            return min(edge_times[0] + round(later * period_ns), now_ns)
        return now_ns - round(period_ns / 2)

    def _on_failure(self, error: OSError, failures: int) -> None:
        self._count_drop()
        if failures >= MOST_FAILURES:
            reason = f"{failures} readings in a row failed: {error}"
            raise self._fail(f"{reason}; look at the wires, or lower speed_hz") from error

    def _note(self, reading: FifoReading) -> None:
        """Count what was lost and keep the temperature."""
        self.temperature_c = reading.temperature_c
        if reading.broken_words:
            self._count_drop()
        if reading.overrun:
            self._count_drop()
            if not self._overrun_said:
                self._overrun_said = True
                _log.warning("fifo_overrun", place=self._place, poll_s=self._config.poll_s)

    def _count_drop(self) -> None:
        self.packets_dropped += 1


def _axis_reader(profile: SensorProfile, config: Adxl355Config) -> AxisReader:
    scale = Scale(
        m_s2_per_count=(profile.lsb_m_s2,) * AXES,
        offset_counts=(0.0,) * AXES,
        full_scale_m_s2=profile.range_m_s2,
    )
    stuck, clipped = (
        max(round(seconds * profile.rate_hz), _LEAST_STILL_SAMPLES)
        for seconds in (config.stuck_s, LONGEST_CLIPPING_S)
    )
    return AxisReader(config.axes, scale, stuck, clipped)
