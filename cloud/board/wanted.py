"""What the stations are to run, as the centre has signed it: a ring's, or a station's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from edge.update.targets import Kind

KINDS: Final = (Kind.MODEL, Kind.SOFTWARE, Kind.CONFIGURATION)
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """What one ring, or one station, is to run of a kind.

    Attributes:
        kind: Of what.
        what: Name and version, as people say it.
        hashes: SHA-256 of the files of which one is to be in charge; none: nothing new.
        leaving: SHA-256 of files whose stations are to go back to what they had before.
        version: Of agent software, whose stations may have it without an update.
        ring: Whose assignment it is.
        rollout: Id of the rollout that brought it.
        since_ns: When it was assigned.
    """

    kind: Kind
    what: str
    hashes: frozenset[str]
    ring: str
    rollout: str
    since_ns: int
    leaving: frozenset[str] = frozenset()
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is assigned."""

    orders: Mapping[tuple[str, Kind], Assigned] = field(default_factory=dict)

    def of(self, station: str, ring: str | None, kind: Kind) -> Assigned | None:
        """Return what a station is to run of a kind; its own assignment goes before its ring's.

        Args:
            station: NETWORK.STATION.
            ring: Which it says that it is in; None: it says none.
            kind: Of what.
        """
        own = self.orders.get((station, kind))
        if own is not None or ring is None:
            return own
        return self.orders.get((ring, kind))
