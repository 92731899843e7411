"""Reads one station's accelerometer from miniSEED files and joins its components by time."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from edge.errors import PacketError, SourceError
from edge.messages.clock import ClockSource, ClockState
from edge.packet import COMPONENTS, Packet
from edge.sources.base import SourceDescription, find_files
from edge.sources.components import ORIENTATIONS, ComponentJoiner, Span
from edge.sources.miniseed import MiniSeedConfig
from edge.sources.miniseed_records import RecordPlace, read_samples, scan
from edge.sources.sensitivity import Sensitivities
from edge.timestamps import NANOSECONDS_PER_SECOND

_log = structlog.get_logger(__name__)

_ACCELEROMETER: Final = "N"
_RATE_TOLERANCE: Final = 0.01


class MiniSeedSource:
    """Packets of one station, each as long as its components' records allow.

    All headers are read when the source is opened; samples are decoded as packets are taken.
    A record arrives when its last sample was taken.
    """

    def __init__(self, config: MiniSeedConfig) -> None:
        self._config = config
        self._reported: set[Path] = set()
        self._scan_dropped = 0
        self.packets_dropped = 0
        files = find_files("miniseed", config.paths)
        found = [place for path in files for place in scan(path, self._drop)]
        self._records = self._choose(found)
        self._scan_dropped = self.packets_dropped
        self._rate_hz = Counter(record.rate_hz for record in self._records).most_common(1)[0][0]
        self._present = frozenset(_component(record) for record in self._records)
        self._sensitivities = Sensitivities("miniseed", self._place, config)
        for record in self._records:
            self._sensitivity(record)

    def describe(self) -> SourceDescription:
        """Return what is known of the station."""
        codes = {_component(record): record.channel for record in self._records}
        prefix = self._records[0].channel[:2]
        names = [codes.get(index, prefix + letter) for index, letter in enumerate(COMPONENTS)]
        return SourceDescription(
            type="miniseed",
            place=self._place,
            sensor=self._config.sensor or "unknown",
            nominal_rate_hz=self._rate_hz,
            channels=(names[0], names[1], names[2]),
        )

    def packets(self) -> Iterator[Packet]:
        """Yield packets in order of arrival."""
        self.packets_dropped = self._scan_dropped
        joiner = ComponentJoiner(self._present, self._rate_hz)
        for record in self._records:
            try:
                samples = self._acceleration(record)
            except PacketError as error:
                self._drop(error, record.path)
                continue
            for span in joiner.push(_component(record), record.start_ns, samples):
                yield self._packet(span, record.end_ns)

    @property
    def _place(self) -> str:
        return ", ".join(str(path) for path in self._config.paths)

    def _fail(self, reason: str) -> SourceError:
        return SourceError("miniseed", self._place, reason)

    def _choose(self, found: list[RecordPlace]) -> list[RecordPlace]:
        """Return the records of the station and its accelerometer by the time of their end."""
        of_station = self._choose_station(found)
        groups = Counter(
            (record.location, record.channel[:2])
            for record in of_station
            if self._is_wanted(record.channel)
        )
        if not groups:
            seen = ", ".join(sorted({record.channel for record in of_station}))
            wanted = self._config.channels or "accelerometer"
            hint = "velocity is not used" if self._config.channels is None else "set `channels`"
            raise self._fail(f"no {wanted} channel; there are {seen}; {hint}")
        location, band = max(groups, key=lambda group: (groups[group], group))
        chosen = [
            record
            for record in of_station
            if (record.location, record.channel[:2]) == (location, band)
            and self._is_wanted(record.channel)
        ]
        return sorted(chosen, key=lambda record: (record.end_ns, record.start_ns, record.channel))

    def _choose_station(self, found: list[RecordPlace]) -> list[RecordPlace]:
        stations = sorted({f"{record.network}.{record.station}" for record in found})
        if not stations:
            raise self._fail("holds no miniSEED record with samples")
        wanted = self._config.station or stations[0]
        if self._config.station is None and len(stations) > 1:
            raise self._fail(f"holds several stations; set `station` to one of {stations}")
        if wanted not in stations:
            raise self._fail(f"station {wanted!r} is not among {stations}")
        return [one for one in found if f"{one.network}.{one.station}" == wanted]

    def _is_wanted(self, channel: str) -> bool:
        if len(channel) != len("HNZ") or channel[2] not in ORIENTATIONS:
            return False
        if self._config.channels is not None:
            return channel.startswith(self._config.channels)
        return channel[1] == _ACCELEROMETER

    def _sensitivity(self, record: RecordPlace) -> float:
        codes = (record.network, record.station, record.location, record.channel)
        return self._sensitivities.counts_per_m_s2(codes, record.start_ns)

    def _acceleration(self, record: RecordPlace) -> NDArray[np.float32]:
        if abs(record.rate_hz / self._rate_hz - 1) > _RATE_TOLERANCE:
            reason = f"rate {record.rate_hz:g} Hz among records of {self._rate_hz:g} Hz"
            raise PacketError(str(record), reason)
        samples = read_samples(record) / self._sensitivity(record)
        return samples.astype(np.float32)

    def _packet(self, span: Span, arrival_ns: int) -> Packet:
        count = len(span.samples)
        length_ns = round((count - 1) * NANOSECONDS_PER_SECOND / self._rate_hz)
        return Packet(
            samples=span.samples,
            last_sample_ns=span.start_ns + length_ns,
            arrival_ns=arrival_ns,
            nominal_rate_hz=self._rate_hz,
            clock=ClockState(source=ClockSource.NTP, error_s=self._config.clock_error_s),
        )

    def _drop(self, error: PacketError, path: Path | None = None) -> None:
        self.packets_dropped += 1
        path = path or Path(error.place.rpartition(":byte ")[0])
        if path not in self._reported:
            self._reported.add(path)
            _log.warning("record dropped", place=error.place, reason=error.reason)


def _component(record: RecordPlace) -> int:
    return ORIENTATIONS[record.channel[2]]
