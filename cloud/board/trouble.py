"""What can be wrong with a station: kinds, and one trouble in words."""

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """Kinds of trouble."""

    SILENT = "silent"
    """Not heard of, or signed off."""
    STRANGER = "stranger"
    """Has not introduced itself."""
    CLOCK = "clock"
    LATE = "late"
    """Its data are old when they are processed."""
    QUEUE = "queue"
    """Messages wait at the station."""
    MODEL = "model"
    DOUBT = "doubt"
    """The centre does not believe it: floods, two places under one code, a clock hours off."""
    NOISE = "noise"
    DISK = "disk"
    ARCHIVE = "archive"
    """Its own recordings fail."""
    TEMPERATURE = "temperature"
    MOVED = "moved"
    """Says that it stands elsewhere than before."""
    TWIN = "twin"
    """Two stations speak under one code."""
    ROLLBACK = "rollback"
    """Tried what it is to run, and went back or never began."""
    REFUSED = "refused"
    """Does not take what it is to run."""
    BEHIND = "behind"
    """Does not run yet what it is to run since long."""
    CERTIFICATE = "certificate"
    """Its certificate ends soon, and was not renewed."""
    ROLLOUT = "rollout"
    """A rollout stands still or was stopped; not of one station."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a station."""

    kind: Trouble
    text: str
    """Short, for an operator, with the value seen."""
