"""Networks over the air, as one kind of what the updater brings."""

from collections.abc import Callable, Mapping

from edge import __version__
from edge.config import StationConfig
from edge.update.client import TufClient
from edge.update.course import Course, Wanted
from edge.update.decide import Act, Surroundings, decide
from edge.update.disk import Disk
from edge.update.machine import NETWORK_WAY, Work
from edge.update.record import Candidate, Phase, Record
from edge.update.targets import Assignment, Kind
from edge.update.works import works


class NetworkCourse(Course):
    """The way of networks.

    Args:
        config: The station's.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        disk: Writes.
    """

    def __init__(
        self, config: StationConfig, now_ns: Callable[[], int], disk: Disk | None = None
    ) -> None:
        super().__init__(config, Kind.MODEL, NETWORK_WAY, now_ns, disk)

    def wanted(self, client: TufClient, record: Record) -> Wanted:
        """Return which network is to run here.

        Raises:
            UpdateError: It cannot be had.
        """
        found = client.assignment(self.rings)
        assignment = None if found is None or not isinstance(found[1], Assignment) else found[1]
        offer = client.offer(assignment.model) if assignment is not None else None
        decision = decide(record, assignment, offer, self._here())
        if assignment is None or found is None:
            return Wanted(decision, "none")
        sha256s = frozenset({assignment.sha256})
        if decision.act is not Act.TAKE or offer is None:
            return Wanted(decision, assignment.model, sha256s)
        candidate = Candidate(
            sha256=offer.sha256,
            name=offer.facts.name,
            version=offer.facts.version,
            path=offer.path,
            floor=offer.facts.min_version_floor,
            rollout_id=assignment.rollout_id,
            ring=found[0],
            returning=assignment.returning,
            phase=Phase.FETCHED,
            tries_left=self.rules.tries,
            since=self.now_ns(),
        )
        return Wanted(decision, assignment.model, sha256s, offer, candidate)

    def works(self) -> Mapping[Phase, Work]:
        """Return who verifies, looks at the place and tries."""
        return works(self.store, self.rules)

    def _here(self) -> Surroundings:
        sensor = getattr(self.config.source, "sensor", None)
        return Surroundings(self.now_ns(), __version__, sensor, self.rules.most_bytes)
