"""Recordings of the OpenEEW network: JSON lines, one packet a line, gal, x is the vertical.

Two forms are read: `{"device_id", "x", "y", "z", "device_t", "cloud_t", "sr"}`, and the newer
`{"device_id", "cloud_t", "traces": [{"t", "sr", "x", "y", "z"}, ...]}`. `device_t` and `t` are
the device's time of the last sample, `cloud_t` the time of arrival, both seconds since 1970.
`sr` is often wrong by some percent, so the nominal rate is taken from the packets' times.
"""

import gzip
import json
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal, TextIO

import numpy as np
import structlog
from pydantic import Field

from edge.errors import PacketError, SourceError
from edge.messages.clock import ClockSource, ClockState
from edge.packet import Packet
from edge.sources.base import Paths, SourceDescription, SourceSettings, channel_codes, find_files
from edge.sources.deviceclock import DeviceClock
from edge.timestamps import ns_to_seconds, seconds_to_ns

_log = structlog.get_logger(__name__)

GAL: Final = 0.01
"""One gal in m/s2."""
_SUFFIXES: Final = (".jsonl", ".jsonl.gz")
_COLUMNS: Final = ("x", "y", "z")
_FIRST_PACKETS: Final = 40
_MAX_EPOCH_S: Final = 4_102_444_800.0
"""2100-01-01: a later stamp is garbage."""
_MAX_RATE_DEVIATION: Final = 0.2
_MAX_RATE_HZ: Final = 10_000.0
"""No node of the network is near; what claims more is damaged."""
_UNDECIDED: Final = ClockState(source=ClockSource.FREE_RUN, error_s=0.5)


class OpenEewConfig(SourceSettings):
    """Recorded OpenEEW packets of one station."""

    type: Literal["openeew"] = "openeew"
    paths: Paths = Field(
        title="Paths", description="A station's folder, or files ending in .jsonl or .jsonl.gz"
    )
    sensor: str = Field(
        default="openeew", title="Sensor", description="Name of the sensor profile of the node"
    )
    nominal_rate_hz: float | None = Field(
        default=None,
        gt=0,
        title="Nominal rate",
        description="Sampling rate in hertz; left out, it is found from the packets' times",
    )
    transport_latency_s: float = Field(
        default=0.1,
        ge=0,
        le=10,
        title="Transport latency",
        description="Typical seconds from the last sample to cloud_t, for a wrong device clock",
    )

    def open(self) -> "OpenEewSource":
        """Return the source.

        Raises:
            SourceError: There is no file, or no packet in them can be read.
        """
        return OpenEewSource(self)


@dataclass(frozen=True, slots=True)
class _Record:
    """One packet as it stands in a file."""

    device_id: str
    device_ns: int
    cloud_ns: int
    claimed_rate_hz: float
    samples: np.ndarray[Any, np.dtype[np.float32]]


class OpenEewSource:
    """Packets of one station from files of JSON lines, in order of arrival.

    Files are read one after another in the order of their names, as the network cuts them by
    arrival; within a file the packets are sorted by arrival.
    """

    def __init__(self, config: OpenEewConfig) -> None:
        self._config = config
        self._files = find_files("openeew", config.paths, _SUFFIXES)
        self._first_device: str | None = None
        self._reported: set[Path] = set()
        self.packets_dropped = 0
        lines = (record for path in self._files for record in self._read(path))
        first = sorted(islice(lines, _FIRST_PACKETS), key=lambda record: record.device_ns)
        if not first:
            raise SourceError("openeew", self._place, "no line is a packet; is it OpenEEW data?")
        self._rate_hz = config.nominal_rate_hz or _rate_of(first)
        self.device_id = first[0].device_id
        self._forget()

    @property
    def _place(self) -> str:
        return ", ".join(str(path) for path in self._config.paths)

    def describe(self) -> SourceDescription:
        """Return what is known of the station."""
        return SourceDescription(
            type="openeew",
            place=self._place,
            sensor=self._config.sensor,
            nominal_rate_hz=self._rate_hz,
            channels=channel_codes(self._rate_hz),
        )

    def packets(self) -> Iterator[Packet]:
        """Yield packets in order of arrival, with the time that can be believed."""
        self._forget()
        clock = DeviceClock(self._config.transport_latency_s)
        arrival_ns = 0
        for record in self._records():
            arrival_ns = max(arrival_ns, record.cloud_ns)
            packet = Packet(
                samples=record.samples,
                last_sample_ns=record.device_ns,
                arrival_ns=arrival_ns,
                nominal_rate_hz=self._rate_hz,
                clock=_UNDECIDED,
            )
            yield from clock.push(packet)
        yield from clock.flush()

    def _forget(self) -> None:
        """Count and report anew: the files are read from their beginning."""
        self.packets_dropped = 0
        self._reported.clear()
        self._first_device = None

    def _records(self) -> Iterator[_Record]:
        for path in self._files:
            yield from sorted(
                self._read(path), key=lambda record: (record.cloud_ns, record.device_ns)
            )

    def _read(self, path: Path) -> Iterator[_Record]:
        number = 0
        try:
            with _open_text(path) as lines:
                for number, line in enumerate(lines, start=1):
                    if line.strip():
                        yield from self._parse(path, number, line)
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            self._drop(path, PacketError(f"{path}:{number + 1}", f"{error}; rest of file lost"))

    def _parse(self, path: Path, number: int, line: str) -> list[_Record]:
        place = f"{path}:{number}"
        try:
            records = _records_of(line, place)
            for record in records:
                self._check_device(record, place)
        except PacketError as error:
            self._drop(path, error)
            return []
        return records

    def _check_device(self, record: _Record, place: str) -> None:
        if self._first_device is None:
            self._first_device = record.device_id
        elif record.device_id != self._first_device:
            reason = f"device {record.device_id!r} among packets of {self._first_device!r}"
            raise PacketError(place, f"{reason}; give each station its own source")

    def _drop(self, path: Path, error: PacketError) -> None:
        self.packets_dropped += 1
        if path not in self._reported:
            self._reported.add(path)
            _log.warning("packet dropped", place=error.place, reason=error.reason)


def _open_text(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _records_of(line: str, place: str) -> list[_Record]:
    """Return the packets of one line.

    Raises:
        PacketError: The line is no packet.
    """
    try:
        content = json.loads(line)
        cloud_ns = _epoch_ns(content["cloud_t"])
        device_id = str(content["device_id"])
        if "traces" in content:
            parts = [(trace, trace["t"]) for trace in content["traces"]]
        else:
            parts = [(content, content["device_t"])]
        return [
            _Record(device_id, _epoch_ns(time_s), cloud_ns, _claimed_hz(part), _samples(part))
            for part, time_s in parts
        ]
    except KeyError as error:
        raise PacketError(place, f"field {error} is missing") from None
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise PacketError(place, f"{error}; seen {line[:60]!r}") from None


def _epoch_ns(value: object) -> int:
    seconds = float(value)  # type: ignore[arg-type]  # any wrong type ends in a PacketError
    if not 0 < seconds < _MAX_EPOCH_S:
        raise ValueError(f"time {value!r} is not in seconds since 1970")
    return seconds_to_ns(seconds)


def _claimed_hz(part: dict[str, Any]) -> float:
    rate_hz = float(part["sr"])
    if not 0 < rate_hz < _MAX_RATE_HZ:
        raise ValueError(f"sr {rate_hz:g} is no sampling rate")
    return rate_hz


def _samples(part: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return samples (n, 3) in m/s2: x is Z, y is taken for N, z for E."""
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused below
        columns = [np.asarray(part[name], dtype=np.float32) for name in _COLUMNS]
    shapes = {column.shape for column in columns}
    if len(shapes) != 1 or columns[0].ndim != 1 or columns[0].size == 0:
        raise ValueError(f"x, y and z must be lists of one length; seen {sorted(shapes)}")
    samples = np.stack(columns, axis=1) * np.float32(GAL)
    if not np.isfinite(samples).all():
        raise ValueError("a sample is not a finite number")
    return samples


def _rate_of(records: list[_Record]) -> float:
    """Return the sampling rate that the device's stamps show, or the claimed one.

    Intervals that no oscillator explains (gaps, packets out of order) are left out.
    """
    claimed = records[0].claimed_rate_hz
    rates: deque[float] = deque()
    for earlier, later in pairwise(records):
        elapsed_s = ns_to_seconds(later.device_ns - earlier.device_ns)
        if elapsed_s <= 0:
            continue
        rate_hz = len(later.samples) / elapsed_s
        if abs(rate_hz / claimed - 1) < _MAX_RATE_DEVIATION:
            rates.append(rate_hz)
    return median(rates) if rates else claimed
