"""The software of a simulated station: a phase a turn, by the station's own rules of going back."""

from dataclasses import dataclass, field

from edge.messages.update import UpdateReport
from edge.update.record import Candidate, Phase, Record
from edge.update.steps import begun, committed, entered, given_up, left
from edge.update.targets import Order, SoftwareAssignment
from edge.update.told import told
from edge.update.wayback import before, is_leaving

_WAY = {
    Phase.FETCHED: Phase.VERIFIED,
    Phase.VERIFIED: Phase.PREFLIGHT,
    Phase.PREFLIGHT: Phase.PROBATION,
}


@dataclass
class Releases:
    """What one station has of agent software.

    Attributes:
        platform: Its processor.
        fails_in: The phase in which every release fails.
        installed: Version that a person put there.
    """

    platform: str
    ring: str
    record: Record = field(default_factory=Record)
    fails_in: Phase | None = None
    installed: str = "1.0.0"

    @property
    def version(self) -> int | str | None:
        """What it committed; None: what was installed on site."""
        return None if self.record.committed is None else self.record.committed.version

    def report(self) -> UpdateReport:
        """Return the part of the station's state."""
        return told(self.record, self.ring)

    def live(self, order: Order | None, now_ns: int) -> None:
        """Go one phase further, go back, or look for something new."""
        if order is not None and is_leaving(self.record, order):
            self._back(order, now_ns)
            return
        candidate = self.record.candidate
        wanted = set(order.named.values()) if order is not None else set()
        if candidate is not None and candidate.sha256 not in wanted:
            reason = "the rollout was withdrawn"
            self.record = given_up(self.record, candidate, reason, now_ns, quarantine=False)
        elif candidate is not None:
            self._go_on(candidate, now_ns)
        elif isinstance(order, SoftwareAssignment):
            self._begin(order, now_ns)

    def _begin(self, order: SoftwareAssignment, now_ns: int) -> None:
        path, sha256 = next(one for one in order.named.items() if self.platform in one[0])
        had = self.record.committed
        if had is None and order.version == self.installed:
            return
        if (had is not None and had.sha256 == sha256) or self.record.is_quarantined(sha256):
            return
        candidate = Candidate(
            sha256=sha256,
            name="tremorkit",
            version=order.version,
            path=path,
            floor="0.0.0",
            rollout_id=order.rollout_id,
            ring=self.ring,
            phase=Phase.FETCHED,
            tries_left=3,
            since=now_ns,
        )
        self.record = begun(self.record, candidate)

    def _go_on(self, candidate: Candidate, now_ns: int) -> None:
        if candidate.phase is self.fails_in:
            self.record = given_up(self.record, candidate, "it does not start", now_ns)
        elif candidate.phase is Phase.PROBATION:
            self.record = committed(self.record, candidate, None, now_ns)
        else:
            self.record = entered(self.record, candidate, _WAY[candidate.phase], 3, now_ns)

    def _back(self, order: Order, now_ns: int) -> None:
        had = before(self.record, order, None)
        if had is None:
            self.record = left(self.record, now_ns)
            return
        update = {"committed": had, "previous": self.record.committed}
        self.record = self.record.model_copy(update=update)
