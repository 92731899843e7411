"""What happened to a stream on its way through the time base."""

from dataclasses import dataclass


@dataclass(slots=True)
class TimeBaseCounters:
    """Counts since the start."""

    samples_in: int = 0
    samples_dropped: int = 0
    """Samples of late packets, of second copies, and of packets with wild stamps."""
    gaps: int = 0
    overlaps: int = 0
    steps: int = 0
    """How often the clock that stamps was set, so that a new segment began."""
    late: int = 0
    """Packets dropped as duplicates or as older than the end of the axis."""
    wild_stamps: int = 0
