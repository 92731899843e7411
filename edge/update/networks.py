"""Networks over the air, as one kind of what the updater brings."""

from collections.abc import Callable, Mapping

from edge import __version__
from edge.config import StationConfig
from edge.errors import UpdateError
from edge.update.client import TufClient
from edge.update.course import Course, Wanted
from edge.update.decide import Act, Decision, Offer, Surroundings, decide
from edge.update.disk import Disk
from edge.update.machine import NETWORK_WAY, Work
from edge.update.record import Phase, Record
from edge.update.targets import Kind, ModelFacts
from edge.update.wayback import Own, file_says, meant_by, own_network
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
        self._own: Own | None = None

    def wanted(self, client: TufClient, record: Record) -> Wanted:
        """Return which network is to run here.

        Raises:
            UpdateError: It cannot be had.
        """
        found = client.assignment(self.rings)
        ring, order = found if found is not None else ("", None)
        file = self.config
        meant = meant_by(record, order, file_says(file), lambda: own_network(file))
        assignment, self._own = meant.assignment, meant.own
        if meant.problem is not None:
            return Wanted(Decision(Act.REFUSE, meant.problem), "none")
        offer = self._own.offer if self._own is not None else None
        if offer is None and assignment is not None:
            offer = client.offer(assignment.model)
        decision = decide(record, assignment, offer, self._here(), back=meant.back)
        if assignment is None:
            return Wanted(decision, "none")
        sha256s = frozenset({assignment.sha256})
        if decision.act is not Act.TAKE or offer is None:
            return Wanted(decision, assignment.model, sha256s)
        candidate = self.candidate_of(offer, assignment.rollout_id, ring, returning=decision.back)
        return Wanted(decision, assignment.model, sha256s, offer, candidate)

    def fetch(self, client: TufClient, offer: Offer[ModelFacts]) -> None:
        """Fetch a network; the station file's own is here.

        Raises:
            UpdateError: It cannot be had, or cannot be written.
        """
        if self._own is None:
            super().fetch(client, offer)
            return
        staged = self.store.staged(offer.sha256)
        try:
            self.store.disk.put(staged, self._own.content)
        except OSError as error:
            raise UpdateError("files", f"{staged}: {error.strerror}") from error

    def works(self) -> Mapping[Phase, Work]:
        """Return who verifies, looks at the place and tries."""
        return works(self.store, self.rules)

    def _here(self) -> Surroundings:
        sensor = getattr(self.config.source, "sensor", None)
        return Surroundings(self.now_ns(), __version__, sensor, self.rules.most_bytes)
