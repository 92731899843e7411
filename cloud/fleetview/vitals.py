"""What a health report says in numbers, for history and charts.

The order of `QUANTITIES` is that of the numbers in the database: new ones go to the end, none is
ever taken out. A number that a station does not tell is NaN.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.messages import ClockSource, Health
from edge.timestamps import ns_to_seconds

_RANK: Final = {source: rank for rank, source in enumerate(ClockSource)}


@dataclass(frozen=True, slots=True)
class Pair:
    """A report and the one before it."""

    report: Health
    received_ns: int
    before: Health | None
    """None: the first one of a station."""

    def increase(self, name: str) -> float:
        """Return by how much a counter grew; after a restart of the station, what it counts."""
        now = getattr(self.report, name)
        if now is None or self.before is None:
            return nan
        then = getattr(self.before, name) or 0
        return float(now - then if now >= then else now)

    def share_of_processor(self) -> float:
        """Return CPU seconds a second since the report before."""
        if self.before is None or self.report.time <= self.before.time:
            return nan
        return self.increase("cpu_s") / ns_to_seconds(self.report.time - self.before.time)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a report."""

    name: str
    unit: str
    what: str
    read: Callable[[Pair], float | None]
    summed: bool = False
    """Counts: the middle of a span is their sum, not their median."""


def _noise(pair: Pair) -> float | None:
    return max((level.rms_m_s2 for level in pair.report.noise), default=None)


def _above_nhnm(pair: Pair) -> float | None:
    spectrum = pair.report.spectrum
    if spectrum is None:
        return None
    return max((one.above_nhnm_db for one in spectrum.components), default=None)


def _clock_error(pair: Pair) -> float | None:
    clock = pair.report.clock
    return None if clock is None else clock.error_s


def _clock_offset(pair: Pair) -> float | None:
    clock = pair.report.clock
    return None if clock is None else clock.offset_s


def _clock_rank(pair: Pair) -> float | None:
    clock = pair.report.clock
    return None if clock is None else _RANK[clock.source]


def _ringing(pair: Pair) -> float | None:
    alarm = pair.report.alarm
    return None if alarm is None else float(alarm.ringing)


QUANTITIES: Final = (
    Quantity(
        "latency_s", "s", "Age of the newest sample at the station", lambda p: p.report.latency_s
    ),
    Quantity(
        "transit_s",
        "s",
        "From the time of the report to its arrival, both clocks' errors included",
        lambda p: ns_to_seconds(p.received_ns - p.report.time),
    ),
    Quantity("noise_m_s2", "m/s2", "Largest rms noise of the channels", _noise),
    Quantity("above_nhnm_db", "dB", "Largest noise over the New High Noise Model", _above_nhnm),
    Quantity("clock_error_s", "s", "Estimated clock error, one sigma", _clock_error),
    Quantity("clock_offset_s", "s", "Correction of the device's time", _clock_offset),
    Quantity(
        "clock_source", "", "0 GNSS with PPS, 1 NTP, 2 real-time clock, 3 running free", _clock_rank
    ),
    Quantity("temperature_c", "C", "Temperature", lambda p: p.report.temperature_c),
    Quantity("disk_free_bytes", "B", "Free room on disk", lambda p: p.report.disk_free_bytes),
    Quantity(
        "outbox_depth", "", "Messages waiting for the broker", lambda p: p.report.outbox_depth
    ),
    Quantity("sampling_rate_hz", "Hz", "Measured rate", lambda p: p.report.sampling_rate_hz),
    Quantity("gaps", "", "New gaps", lambda p: p.increase("gaps"), summed=True),
    Quantity("triggers", "", "New triggers", lambda p: p.increase("triggers"), summed=True),
    Quantity(
        "packets_dropped",
        "",
        "Broken packets",
        lambda p: p.increase("packets_dropped"),
        summed=True,
    ),
    Quantity(
        "clock_steps", "", "Settings of the clock", lambda p: p.increase("clock_steps"), summed=True
    ),
    Quantity("processor", "", "Share of one core", Pair.share_of_processor),
    Quantity("ringing", "", "1 while the station's own alarm rings", _ringing),
)
NAMES: Final = tuple(quantity.name for quantity in QUANTITIES)
SUMMED: Final = np.array([quantity.summed for quantity in QUANTITIES])


def vitals(report: Health, received_ns: int, before: Health | None) -> NDArray[np.float32]:
    """Return a report's numbers, shape (len(QUANTITIES),).

    Args:
        report: The report.
        received_ns: The data clock when it came.
        before: The station's report before it.
    """
    pair = Pair(report, received_ns, before)
    read = (quantity.read(pair) for quantity in QUANTITIES)
    return np.array([nan if value is None else value for value in read], dtype=np.float32)
