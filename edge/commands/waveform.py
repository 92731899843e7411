"""The command `waveform`: a stretch of the archive, as miniSEED on `waveform/<request id>`.

Arguments: `start`, `end` (ISO 8601), `channels` (`HN?`; all where left out). The answer comes in
messages of whole records, in the lane behind triggers, and no more in an hour than the
configuration allows: a request must neither delay a trigger nor use up a metered line.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from edge.archive.archive import Archive
from edge.archive.config import ArchiveConfig
from edge.archive.reader import ArchiveReader
from edge.archive.selection import select_records
from edge.commands.arguments import read_arguments
from edge.commands.receiver import Result
from edge.config import StationSection
from edge.errors import CommandError
from edge.messages.command import Command
from edge.messages.topics import station_topic
from edge.outbox import Lane, Outbox
from edge.timestamps import Timestamp, ns_to_seconds, seconds_to_ns

_MESSAGE_BYTES: Final = 65_536
_LIFE_NS: Final = seconds_to_ns(86_400)
_HOUR_S: Final = 3600.0


class WaveformArguments(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: Timestamp
    end: Timestamp
    channels: str = Field(default="*", pattern=r"^[A-Z0-9?*]{1,8}$")


class Allowance:
    """Bytes that may be sent, refilled evenly over the hour.

    Args:
        bytes_per_hour: How many; the first hour's are there at the start.
        clock_s: A steady clock, seconds.
    """

    def __init__(self, bytes_per_hour: int, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._most = float(bytes_per_hour)
        self._clock_s = clock_s
        self._left = self._most
        self._at_s = clock_s()

    def take(self, size: int) -> float:
        """Take bytes; return 0, or where there are too few the seconds until there are enough."""
        now_s = self._clock_s()
        self._left = min(self._most, self._left + (now_s - self._at_s) * self._most / _HOUR_S)
        self._at_s = now_s
        if size <= self._left:
            self._left -= size
            return 0.0
        return (size - self._left) * _HOUR_S / self._most if self._most else float("inf")


class WaveformHandler:
    """Answers from the archive.

    Args:
        place: The station's codes.
        config: Bounds.
        archive: What is being written.
        outbox: Takes the records.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """

    def __init__(
        self,
        place: StationSection,
        config: ArchiveConfig,
        archive: Archive,
        outbox: Outbox,
        now_ns: Callable[[], int],
    ) -> None:
        self._place = place
        self._config = config
        self._archive = archive
        self._outbox = outbox
        self._now_ns = now_ns
        self._allowance = Allowance(config.answer_bytes_per_hour)

    def __call__(self, command: Command) -> Result:
        """Put the records that are asked for into the outbox.

        Raises:
            CommandError: The arguments are wrong or ask for too much.
        """
        wanted = self._arguments(command)
        self._archive.flush()
        reader = ArchiveReader(self._archive.folder)
        messages = list(_messages(reader, wanted))
        size = sum(len(message) for message in messages)
        wait_s = self._allowance.take(size)
        if wait_s > 0:
            most = self._config.answer_bytes_per_hour
            reason = f"{size} bytes exceed what is left of {most} an hour; ask in {wait_s:.0f} s"
            raise CommandError(command.name, reason)
        topic = station_topic(self._place.network, self._place.station, f"waveform/{command.id}")
        expires_ns = self._now_ns() + _LIFE_NS
        for message in messages:
            kept = self._outbox.put(topic, message, lane=Lane.BULK, expires_ns=expires_ns)
            if kept is None:
                raise CommandError(command.name, "the outbox is full; ask again later")
        return f"{size} bytes in {len(messages)} messages", {
            "bytes": size,
            "messages": len(messages),
        }

    def _arguments(self, command: Command) -> WaveformArguments:
        wanted = read_arguments(command, WaveformArguments)
        span_s = ns_to_seconds(wanted.end - wanted.start)
        if not 0 < span_s <= self._config.answer_max_s:
            most_s = self._config.answer_max_s
            reason = (
                f"end lies {span_s:g} s after start; ask for more than 0 and {most_s:g} at most"
            )
            raise CommandError(command.name, reason)
        return wanted


def _messages(reader: ArchiveReader, wanted: WaveformArguments) -> Iterator[bytes]:
    """Yield whole records, as many in a message as fit."""
    message = b""
    for record in select_records(reader, wanted.start, wanted.end, wanted.channels):
        if message and len(message) + len(record) > _MESSAGE_BYTES:
            yield message
            message = b""
        message += record
    if message:
        yield message
