"""The blocks from which the past is explained: the archive's, or those of a recording."""

from collections.abc import Iterator
from dataclasses import replace

from edge.archive.place import archive_folder, keeps_archive
from edge.config import StationConfig
from edge.errors import ExplainError
from edge.packet import Block
from edge.sources.base import Source
from edge.timebase import TimeBase
from edge.timestamps import format_time, ns_to_seconds, seconds_to_ns

_FORGETTING = 40.0
"""exp(-40) is below 2^-53: so many time constants later a float64 does not know any more."""
_LEAST_LEAD_S = 1200.0
"""The same of the noise level that a network hears relative to, 30 s."""
_TOLERANCE_NS = seconds_to_ns(30.0)
"""A block that overlaps the begin starts before it."""


class KeptBlocks:
    """What is kept of a station's past.

    Args:
        config: The station.
        source: Its source; only asked for packets where it is a recording.

    Attributes:
        lead_s: Seconds after which the filters have forgotten where they began.
        began_ns: First sample that was given; None before the first block.
        ended: The recording is over.
    """

    def __init__(self, config: StationConfig, source: Source) -> None:
        self._config = config
        self.lead_s = max(_LEAST_LEAD_S, _FORGETTING * config.detection.sta_lta.lta_s)
        self._source = source
        self._in_archive = keeps_archive(config)
        self._is_recording = "paths" in type(config.source).model_fields
        self._begins_with_stream = False
        self._damaged = 0
        self.began_ns: int | None = None
        self.ended = False

    def blocks(self, begin_ns: int, end_ns: int) -> Iterator[Block]:
        """Yield what is kept of a span of time, and of the time before it that it takes.

        Raises:
            ExplainError: The station keeps nothing.
            MissingExtraError: The package that reads the archive is not installed.
        """
        if self._in_archive:
            stream = self._archived(begin_ns - seconds_to_ns(self.lead_s), end_ns)
        elif self._is_recording:
            stream = self._recorded(end_ns)
        else:
            raise ExplainError(
                f"{format_time(begin_ns)}: this station keeps no archive, so nothing is left of it;"
                " set archive.enabled = true for the next time"
            )
        for block in stream:
            if self.began_ns is None:
                self.began_ns = block.start_ns
                self._begins_with_stream = not block.continues
                yield replace(block, continues=False)
            else:
                yield block

    def inexact_because(self, begin_ns: int) -> str | None:
        """Return why the filters may not be as they were live; None where they are."""
        if self._damaged:
            return f"{self._damaged} damaged stretches of the archive are left out"
        if self.began_ns is None or self._begins_with_stream or self._is_early(begin_ns):
            return None
        lead_s = ns_to_seconds(begin_ns - self.began_ns)
        return (
            f"the archive begins {lead_s:.0f} s before, and the filters remember up to "
            f"{self.lead_s:.0f} s: ratios differ by less than exp(-lead / LTA) of themselves"
        )

    def _is_early(self, begin_ns: int) -> bool:
        lead_ns = seconds_to_ns(self.lead_s) - _TOLERANCE_NS
        return self.began_ns is not None and self.began_ns <= begin_ns - lead_ns

    def whereabouts(self) -> str:
        """Return a sentence about what is kept, for one who asked for another time."""
        if not self._in_archive:
            return "the recording has no samples of it; see the times of its files"
        from edge.archive.reader import ArchiveReader  # noqa: PLC0415 - needs pymseed

        folder = archive_folder(self._config)
        span = ArchiveReader(folder).span()
        if span is None:
            return f"the archive {folder} is empty"
        return (
            f"the archive {folder} holds {format_time(span.start_ns)} to "
            f"{format_time(span.end_ns)}; the newest seconds follow every archive.flush_s"
        )

    def _archived(self, begin_ns: int, end_ns: int) -> Iterator[Block]:
        from edge.archive.reader import ArchiveReader  # noqa: PLC0415 - needs pymseed

        reader = ArchiveReader(archive_folder(self._config))
        for block in reader.read(begin_ns, end_ns):
            self._damaged = reader.damaged
            yield block

    def _recorded(self, end_ns: int) -> Iterator[Block]:
        time_base = TimeBase(self._source.describe().nominal_rate_hz)
        for packet in self._source.packets():
            for block in time_base.push(packet):
                if block.start_ns >= end_ns:
                    return
                yield block
        yield from time_base.flush()
        self.ended = True
