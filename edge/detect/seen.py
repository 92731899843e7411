"""What came of one hop: for those who learn from it, log it or explain it."""

from collections.abc import Mapping
from dataclasses import dataclass

from edge.detect.base import Frame
from edge.messages import QualityFlag, Trigger


@dataclass(frozen=True, slots=True)
class HopSeen:
    """What came of one hop."""

    end_ns: int
    frames: Mapping[str, Frame]
    """What each detector that had something to say said."""
    quality: frozenset[QualityFlag]
    triggers: tuple[Trigger, ...]
    """Revisions that it made due."""
