"""The archive of a running station: blocks in, files out, in a thread of its own.

A disk that is full, read-only or dead is said in the log and in the health message; the samples
of that time are lost to the archive, and nothing else is.
"""

import queue
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import structlog

from edge.archive.cap import Cap
from edge.archive.chunk import Chunk, Gatherer
from edge.archive.config import ArchiveConfig
from edge.archive.lock import FolderLock
from edge.archive.writer import ChunkWriter
from edge.config import StationSection
from edge.errors import PacketError
from edge.messages import ArchiveHealth, Trigger, TriggerStatus
from edge.packet import Block
from edge.sources.base import SourceDescription
from edge.timestamps import ns_to_seconds

_log = structlog.get_logger(__name__)

_WAITING_CHUNKS: Final = 20
"""More than so many, which a stuck disk left waiting, are lost."""
_URGENT: Final = frozenset({TriggerStatus.UPDATE, TriggerStatus.FINAL})
_CLOSE_S: Final = 10.0
_SILENCES: Final = 2
"""A chunk comes every `flush_s`; when none came for this many times that, the source is silent."""


@dataclass(slots=True)
class _Account:
    """What became of the samples; read and written under the archive's lock."""

    problem: str | None = None
    lost_s: float = 0.0
    size: int = 0
    oldest: date | None = None


class Archive:
    """Takes blocks and triggers, from one thread; close it.

    Args:
        folder: Root of the SDS tree; made when first written to.
        config: Bounds and form.
        station: Its codes.
        source: What is known of the samples.
    """

    def __init__(
        self,
        folder: Path,
        config: ArchiveConfig,
        station: StationSection,
        source: SourceDescription,
    ) -> None:
        self.folder = folder
        self._writer = ChunkWriter(folder, config.format, station, source)
        self._config = config
        self._gatherer = Gatherer(config.flush_s)
        self._account = _Account()
        self._lock = threading.Lock()
        self._held: FolderLock | None = None
        self._cap: Cap | None = None
        self._waiting: queue.Queue[Chunk | threading.Event | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)
        self._thread.start()

    def push(self, block: Block) -> None:
        """Take a block; never blocks."""
        with self._lock:
            chunks = self._gatherer.push(block)
        self._hand_over(chunks)

    def note(self, trigger: Trigger) -> None:
        """Take a trigger, to be told in the header of the record with its onset.

        What shakes the station may cut its power: from the first refined onset on, the samples
        are written with every revision. A drill leaves no trace.
        """
        if trigger.exercise:
            return
        with self._lock:
            self._gatherer.note(trigger)
        if trigger.status in _URGENT:
            self._hand_over_all()

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Write what has been gathered; return whether it is written within a time."""
        self._hand_over_all()
        done = threading.Event()
        self._waiting.put(done)
        return done.wait(timeout_s)

    def health(self) -> ArchiveHealth:
        """Return how the archive does."""
        with self._lock:
            account = self._account
            return ArchiveHealth(
                ok=account.problem is None,
                problem=account.problem,
                size_bytes=account.size,
                oldest_day=account.oldest.isoformat() if account.oldest else None,
                lost_s=round(account.lost_s, 3),
            )

    def close(self) -> None:
        """Write what has been gathered; a disk that hangs is not waited for much longer."""
        self._hand_over_all()
        self._waiting.put(None)
        self._thread.join(_CLOSE_S)
        if self._thread.is_alive():
            _log.warning("archive_hangs", folder=str(self.folder), waiting=self._waiting.qsize())

    def _hand_over_all(self) -> None:
        with self._lock:
            chunks = self._gatherer.flush()
        self._hand_over(chunks)

    def _hand_over(self, chunks: list[Chunk]) -> None:
        for chunk in chunks:
            if self._waiting.qsize() >= _WAITING_CHUNKS:
                self._lose(chunk, f"{self.folder}: the disk is too slow")
            else:
                self._waiting.put(chunk)

    def _run(self) -> None:
        while True:
            try:
                work = self._waiting.get(timeout=_SILENCES * self._config.flush_s)
            except queue.Empty:  # the source is silent; what came last must not wait for it
                self._hand_over_all()
                continue
            if work is None:
                if self._held is not None:
                    self._held.release()
                return
            if isinstance(work, threading.Event):
                work.set()
            else:
                self._write_or_lose(work)

    def _write_or_lose(self, chunk: Chunk) -> None:
        try:
            self._write(chunk)
        except OSError as error:
            self._cap = None  # some of it may have been written: count anew
            self._lose(chunk, f"{error.filename or self.folder}: {error.strerror}")
        except PacketError as error:
            self._lose(chunk, str(error))
        except Exception as error:  # noqa: BLE001 - told in log and health; see below
            # The thread must outlive a fault of its own: it is told, and the next chunk may pass.
            _log.exception("archive_fault")
            self._lose(chunk, f"fault in the archive: {error!r}")

    def _write(self, chunk: Chunk) -> None:
        if self._held is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._held = FolderLock(self.folder)
        if self._cap is None:
            self._cap = Cap(self.folder, self._config)
        for path in self._cap.make_room(chunk.day):
            self._writer.forget(path)
        self._cap.add(self._writer.write(chunk))
        with self._lock:
            if self._account.problem is not None:
                _log.info("archive_works_again", lost_s=round(self._account.lost_s, 1))
            self._account.problem = None
            self._account.size = self._cap.size
            self._account.oldest = self._cap.oldest

    def _lose(self, chunk: Chunk, problem: str) -> None:
        with self._lock:
            is_news = self._account.problem != problem
            self._account.problem = problem
            self._account.lost_s += ns_to_seconds(chunk.end_ns - chunk.start_ns)
        if is_news:
            _log.error("archive_fails", reason=problem)
