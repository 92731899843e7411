"""Keeps the records that stations send, each once, the oldest days making room for new ones.

Methods block for the disk; call them in a thread, `keep` in one at a time.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from pydantic import BaseModel, ConfigDict, Field

from cloud.waveforms.message import Record, WaveformMessage
from edge.archive.sds import day_of, path_of, read_name
from edge.errors import PacketError
from edge.sources.miniseed_records import scan
from edge.timestamps import format_time, seconds_to_ns

_log = structlog.get_logger(__name__)

_FILES_REMEMBERED: Final = 512
_AHEAD_NS: Final = seconds_to_ns(86_400)
"""A station's clock may be off; by a day, it is wrong."""


class WaveformConfig(BaseModel):
    """The recordings that stations sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = Field(
        default=None,
        title="Folder",
        description="Root of the SDS tree; `waveforms` in state_dir where left out",
    )
    max_bytes: int = Field(
        default=10_000_000_000,
        ge=1_000_000,
        title="Most bytes",
        description="Bytes kept at most; then the oldest days make room",
    )
    answer_max_bytes: int = Field(
        default=100_000_000,
        ge=1_000_000,
        title="Largest answer",
        description="Bytes that fdsnws-dataselect gives at once; more is refused (413)",
    )


class WaveformArchive:
    """The tree.

    Args:
        folder: Its root; made if need be.
        max_bytes: Bytes kept at most.
        clock_ns: Time in nanoseconds since 1970 UTC; injected by tests.

    Attributes:
        kept: Records written, since the start.
        refused: Records from the future, since the start: they would push out the real ones.
        lost: Records that the disk did not take, since the start.
    """

    def __init__(
        self, folder: Path, max_bytes: int, clock_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self.folder = folder
        self.kept = 0
        self.refused = 0
        self._clock_ns = clock_ns
        self.lost = 0
        self._max_bytes = max_bytes
        self._size = sum(path.stat().st_size for path in self._files())
        self._known: OrderedDict[Path, set[bytes]] = OrderedDict()

    def keep(self, message: WaveformMessage) -> None:
        """Keep records that are not there yet; a disk that fails is said and counted."""
        for record in message.records:
            if record.start_ns > self._clock_ns() + _AHEAD_NS:
                self._refuse(message, record)
                continue
            codes = (record.network, record.station, record.location, record.channel)
            path = path_of(self.folder, codes, day_of(record.start_ns))
            try:
                self._append(path, record)
            except OSError as error:
                self.lost += 1
                self._known.pop(path, None)
                _log.error("waveform_lost", path=str(path), lost=self.lost, reason=str(error))

    def _refuse(self, message: WaveformMessage, record: Record) -> None:
        self.refused += 1
        if self.refused == 1:
            _log.warning(
                "waveform_from_the_future",
                station=f"{message.network}.{message.station}",
                start=format_time(record.start_ns),
            )

    def _append(self, path: Path, record: Record) -> None:
        known = self._known_of(path)
        digest = _digest(record.content)
        if digest in known:
            return
        self._make_room(len(record.content), path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(record.content)
        known.add(digest)
        self._size += len(record.content)
        self.kept += 1

    def _known_of(self, path: Path) -> set[bytes]:
        """Return the hashes of a file's records."""
        known = self._known.get(path)
        if known is None:
            known = _hashes(path) if path.exists() else set()
            self._known[path] = known
        self._known.move_to_end(path)
        while len(self._known) > _FILES_REMEMBERED:
            self._known.popitem(last=False)
        return known

    def _make_room(self, size: int, spared: Path) -> None:
        if self._size + size <= self._max_bytes:
            return
        for path in sorted(self._files(), key=_age):
            if path == spared:
                continue
            freed = path.stat().st_size
            path.unlink()
            self._known.pop(path, None)
            self._size -= freed
            _log.info("waveforms_thinned", path=str(path), freed_bytes=freed)
            if self._size + size <= self._max_bytes:
                return

    def _files(self) -> list[Path]:
        return [path for path in self.folder.glob("*/*/*/*.D/*") if read_name(path)]


def _age(path: Path) -> tuple[int, int, str]:
    name = read_name(path)
    return (name.year, name.day, path.name) if name else (0, 0, path.name)


def _hashes(path: Path) -> set[bytes]:
    found = set()
    with path.open("rb") as file:
        for place in scan(path, _report):
            file.seek(place.offset)
            found.add(_digest(file.read(place.length)))
    return found


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=12).digest()


def _report(damage: PacketError) -> None:
    _log.warning("waveform_damaged", place=damage.place, reason=damage.reason)
