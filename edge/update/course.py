"""One kind's way from the repository onto the station: what is wanted, fetched, and done then.

Networks, agent software and settings share a look, a clock and a disk. Each has a record of its
own, so that one that is stuck holds up no other.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from edge.config import StationConfig
from edge.update.client import TufClient
from edge.update.decide import Decision, Offer
from edge.update.disk import Disk
from edge.update.large import Told, tell_nobody
from edge.update.machine import Machine, Work
from edge.update.record import Candidate, Phase, Record
from edge.update.steps import begun
from edge.update.store import UpdateStore
from edge.update.targets import Kind, station_ring

_log = structlog.get_logger(__name__)

_NANOSECONDS: Final = 10**9
_DAY_S: Final = 86_400.0
_MOST_DOUBLINGS: Final = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the repository wants of a station, in one kind."""

    decision: Decision
    said: str
    """What is assigned, in words."""
    sha256s: frozenset[str] = frozenset()
    """A candidate that is none of these is wanted no more."""
    offer: Offer[Any] | None = None
    """What is to be fetched, where it is to be taken."""
    candidate: Candidate | None = None
    """What it becomes, where it is to be taken."""


class Course(ABC):
    """One kind's way.

    Args:
        config: The station's.
        kind: Which.
        way: Its phases, in order.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        disk: Writes.

    Attributes:
        store: What is kept of it.
        machine: Writes down how far a candidate is.
        told: Hears how far a large fetch is.
        sought: Hashes that the repository wants; None: it was not asked, or did not answer.
    """

    def __init__(
        self,
        config: StationConfig,
        kind: Kind,
        way: tuple[Phase, ...],
        now_ns: Callable[[], int],
        disk: Disk | None,
    ) -> None:
        self.kind = kind
        self.told: Told = tell_nobody
        self.sought: frozenset[str] | None = None
        self.rules = config.update
        self.config = config
        self.now_ns = now_ns
        self.store = UpdateStore(config.state_dir, disk, kind)
        self.machine = Machine(self.store, self.rules.tries, now_ns, way)

    @property
    def rings(self) -> tuple[str, ...]:
        """The station's own, and that of its group."""
        place = self.config.station
        return station_ring(place.network, place.station), self.rules.ring

    @abstractmethod
    def wanted(self, client: TufClient, record: Record) -> Wanted:
        """Return what the repository wants; asks for metadata and the assignment alone.

        Raises:
            UpdateError: It cannot be had.
        """

    @abstractmethod
    def works(self) -> Mapping[Phase, Work]:
        """Return who does the phases that are done in this process."""

    def candidate_of(
        self, offer: Offer[Any], rollout_id: str, ring: str, *, returning: bool
    ) -> Candidate:
        """Return what an offer becomes when it is fetched."""
        return Candidate(
            sha256=offer.sha256,
            name=offer.facts.name,
            version=offer.facts.version,
            path=offer.path,
            floor=offer.facts.min_version_floor,
            rollout_id=rollout_id,
            ring=ring,
            returning=returning,
            phase=Phase.FETCHED,
            tries_left=self.rules.tries,
            since=self.now_ns(),
        )

    def fetch(self, client: TufClient, offer: Offer[Any]) -> None:
        """Fetch what is wanted into the staging folder.

        Raises:
            UpdateError: It cannot be had, or is something else.
        """
        client.fetch(offer, self.store.staged(offer.sha256))

    def take(self, client: TufClient, wanted: Wanted) -> None:
        """Fetch what is wanted, and write down that it is here.

        Raises:
            UpdateError: It cannot be had, or is something else.
        """
        offer, candidate = wanted.offer, wanted.candidate
        if offer is None or candidate is None:
            return
        self.fetch(client, offer)
        self.store.change(lambda record: begun(record, candidate))
        _log.info("update_fetched", what=offer.path, rollout=candidate.rollout_id)

    def tidy(self) -> None:
        """Remove what nobody will want again."""
        self.store.tidy(self.sought)

    def supersede(self, record: Record, wanted: Wanted) -> None:
        """Drop a candidate that the rollout does not want any more."""
        candidate = record.candidate
        if candidate is not None and candidate.sha256 not in wanted.sha256s:
            reason = f"rollout {candidate.rollout_id} was withdrawn; wanted now: {wanted.said}"
            self.machine.give_up(candidate, reason, quarantine=False)

    def retry_after(self, record: Record) -> int:
        """Return before when a kind that just failed is not fetched again, ns since 1970."""
        wait_s = min(self.rules.every_s * float(1 << min(record.failures, _MOST_DOUBLINGS)), _DAY_S)
        return self.now_ns() + round(max(wait_s - self.rules.every_s, 0.0) * _NANOSECONDS)
