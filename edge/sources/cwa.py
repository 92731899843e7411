"""Free-format strong-motion records of Taiwan's Central Weather Administration.

One text file a station, plain or gzipped: a header of `#Name: value` lines, then columns of time
(s since the start), U, N and E (gal), as its `#DataSequence` and `#Data: 4F10.3` state. Times are
GMT+08 by the header.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Literal, TextIO

import numpy as np
import structlog
from pydantic import Field

from edge.errors import PacketError, SourceError
from edge.messages.clock import ClockSource, ClockState
from edge.packet import Packet
from edge.sources.base import (
    Paths,
    SourceDescription,
    SourceSettings,
    channel_codes,
    find_files,
)
from edge.timestamps import parse_time, seconds_to_ns

_log = structlog.get_logger(__name__)

SUFFIXES: Final = (".dat", ".dat.gz")
_GAL: Final = 0.01
_COLUMNS: Final = 4
_WIDTH: Final = 10
_ZONE: Final = "+08:00"


class CwaConfig(SourceSettings):
    """A recorded strong-motion text file of one station."""

    type: Literal["cwa"] = "cwa"
    paths: Paths = Field(title="Paths", description="A station's file, .dat or .dat.gz")
    packet_s: float = Field(
        default=1.0, gt=0, le=10, title="Packet", description="Seconds of data in a packet"
    )

    def open(self) -> "CwaSource":
        """Return the source.

        Raises:
            SourceError: The file cannot be read or lacks a header line.
        """
        return CwaSource(self)


@dataclass(frozen=True, slots=True)
class CwaHeader:
    """What the header of a file says."""

    station: str
    latitude: float
    longitude: float
    start_ns: int
    rate_hz: float


def read_header(path: Path) -> CwaHeader:
    """Return the header of a file.

    Raises:
        SourceError: The file cannot be read, or a line of the header is missing or broken.
    """
    try:
        with _open(path) as lines:
            fields = dict(_field(line) for line in _header_lines(lines))
        start = fields["StartTime(GMT+08)"].replace("/", "-", 2)
        day, moment = start[:10], start[11:]
        return CwaHeader(
            station=fields["StationCode"],
            latitude=float(fields["StationLatitude(N)"]),
            longitude=float(fields["StationLongitude(E)"]),
            start_ns=parse_time(f"{day}T{moment}{_ZONE}"),
            rate_hz=float(fields["SampleRate(Hz)"]),
        )
    except KeyError as error:
        raise SourceError("cwa", str(path), f"the header lacks a line #{error.args[0]}:") from None
    except (OSError, EOFError, ValueError) as error:
        raise SourceError("cwa", str(path), f"is no record of this format: {error}") from error


class CwaSource:
    """Packets of one station; each arrives when its last sample was taken."""

    def __init__(self, config: CwaConfig) -> None:
        self._config = config
        files = find_files("cwa", config.paths, SUFFIXES)
        if len(files) > 1:
            place = ", ".join(str(path) for path in config.paths)
            raise SourceError("cwa", place, f"{len(files)} files; give each station its own source")
        self._path = files[0]
        self._header = read_header(self._path)
        self.packets_dropped = 0

    def describe(self) -> SourceDescription:
        """Return what is known of the station."""
        return SourceDescription(
            type="cwa",
            place=str(self._path),
            sensor="force-balance accelerometer",
            nominal_rate_hz=self._header.rate_hz,
            channels=channel_codes(self._header.rate_hz),
        )

    def packets(self) -> Iterator[Packet]:
        """Yield packets in order; one with a broken line is counted, logged once, and dropped."""
        self.packets_dropped = 0
        count = max(1, round(self._config.packet_s * self._header.rate_hz))
        with _open(self._path) as lines:
            number = sum(1 for _ in _header_lines(lines)) + 1
            while part := list(islice(lines, count)):
                try:
                    yield self._packet(part, number)
                except PacketError as error:
                    self._drop(error)
                number += len(part)

    def _packet(self, lines: list[str], number: int) -> Packet:
        rows = np.array([self._row(line, number + i) for i, line in enumerate(lines)])
        last_ns = self._header.start_ns + seconds_to_ns(float(rows[-1, 0]))
        return Packet(
            samples=(rows[:, 1:] * _GAL).astype(np.float32),
            last_sample_ns=last_ns,
            arrival_ns=last_ns,
            nominal_rate_hz=self._header.rate_hz,
            clock=ClockState(source=ClockSource.GNSS_PPS, error_s=1 / self._header.rate_hz),
        )

    def _row(self, line: str, number: int) -> list[float]:
        cells = [line[i * _WIDTH : (i + 1) * _WIDTH] for i in range(_COLUMNS)]
        try:
            return [float(cell) for cell in cells]
        except ValueError:
            place = f"{self._path}:{number}"
            raise PacketError(place, f"{line.rstrip()!r} is not four numbers") from None

    def _drop(self, error: PacketError) -> None:
        self.packets_dropped += 1
        if self.packets_dropped == 1:
            _log.warning("packet dropped", place=error.place, reason=error.reason)


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="latin-1")
    return path.open(encoding="latin-1")


def _header_lines(lines: TextIO) -> Iterator[str]:
    """Yield the header; afterwards the file stands before its first row."""
    for line in iter(lines.readline, ""):
        yield line
        if line.startswith("#Data:"):
            return


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.lstrip("#").partition(":")
    return name.strip(), value.strip()
