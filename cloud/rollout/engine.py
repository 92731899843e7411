"""The next step of a rollout: pure, without clocks, files or networks.

A ring is judged once enough of its stations have come to an end. Too many failures, or something
that is worse over all stations, stop the rollout, and what has begun is taken back. Stations that
say nothing are timed out at the ring's deadline and hold up nobody; one that began and then fell
silent counts as one that did not succeed. A ring of which nobody answered says nothing good: then a
person is asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from cloud.rollout.compare import Evidence, worse
from cloud.rollout.plan import RingPlan
from cloud.rollout.rollout import Note, Rollout, RolloutState, of_ring
from cloud.rollout.target import ENDED, OPEN, Target, TargetStatus
from cloud.rollout.threshold import parse_threshold
from edge.timestamps import seconds_to_ns
from edge.update.targets import Order

_WHOLE: Final = 100.0
_WITHOUT: Final = frozenset({TargetStatus.FAILED, TargetStatus.GONE, TargetStatus.RETURNED})
_RETURN_S: Final = 14 * 86_400.0
"""After so long nobody waits for stations that were to go back."""


@dataclass(frozen=True, slots=True)
class Step:
    """A rollout after a step."""

    rollout: Rollout
    targets: dict[str, Target]
    notes: list[Note]


@dataclass(frozen=True, slots=True)
class Around:
    """What the engine is told of the world.

    Attributes:
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        evidence: What was seen before and with it.
        assigned: What rings are to run now; kept as the way back when a ring begins.
        hold: Why no ring may begin now; None: nothing speaks against it.
    """

    now_ns: int
    evidence: Evidence
    assigned: Mapping[str, Order]
    hold: str | None = None


def step(rollout: Rollout, targets: Mapping[str, Target], around: Around) -> Step:
    """Return a rollout after what is due now, at most one ring further.

    Args:
        rollout: How it stood.
        targets: Its stations, followed up to now.
        around: The world.
    """
    work = _Work(rollout, dict(targets), around)
    if rollout.state is RolloutState.RETURNING:
        work.wait_for_returns()
    elif rollout.state in {RolloutState.RUNNING, RolloutState.PAUSED}:
        work.go_on()
    return Step(work.rollout, work.targets, work.notes)


def taken_back(rollout: Rollout, reason: str, now_ns: int) -> Rollout:
    """Return a rollout whose rings go back to what they were to run before."""
    return rollout.model_copy(
        update={
            "state": RolloutState.RETURNING,
            "reason": reason,
            "ring_since": now_ns,
            "soak_since": None,
            "held": None,
            "pending": {ring: rollout.way_back(ring) for ring in rollout.touched},
        }
    )


class _Work:
    """One step."""

    def __init__(self, rollout: Rollout, targets: dict[str, Target], around: Around) -> None:
        self.rollout = rollout
        self.targets = targets
        self.notes: list[Note] = []
        self._around = around

    def go_on(self) -> None:
        """Judge what has begun, and begin what is due."""
        fault = self._fault()
        if fault is not None:
            self.rollout = taken_back(self.rollout, fault, self._around.now_ns)
            self._note("stop", fault)
            return
        ring = self.rollout.ring_plan
        if ring is not None:
            self._time_out(ring)
        if self.rollout.state is not RolloutState.RUNNING:
            return
        if ring is None or self._is_done(ring):
            self._next()

    def wait_for_returns(self) -> None:
        """End when every station that had it has left it, or long after."""
        left = [one for one in self.targets.values() if one.status is TargetStatus.RETURNING]
        since_ns = self._since(self.rollout.ring_since)
        is_late = self._around.now_ns > since_ns + seconds_to_ns(_RETURN_S)
        if self.rollout.pending or (left and not is_late):
            return
        unheard = [one for one in self.targets.values() if not self._is_without(one, since_ns)]
        if not unheard and not self.rollout.cleaned:
            self._clean()
            return
        detail = f"{len(left)} stations did not go back" if left else "all stations went back"
        if unheard:
            detail += f"; the way back stays open for {len(unheard)} that may have it"
        self._set(state=RolloutState.STOPPED)
        self._note("stopped", detail)

    def _is_without(self, target: Target, since_ns: int) -> bool:
        """Return whether a station is known not to have it, nor to be about to."""
        if target.ring not in self.rollout.touched or self.rollout.was_there(target.ring):
            return True
        if target.status in {TargetStatus.WAITING, TargetStatus.PLANNED}:
            # It may have begun, and not have been heard since.
            return target.reading is not None and target.reading.time > since_ns
        return target.status in _WITHOUT

    def _clean(self) -> None:
        """Let rings be told what they were told before, without a way back that nobody needs."""
        before, was_there = self.rollout.before, self.rollout.was_there
        pending = {ring: order for ring, order in before.items() if not was_there(ring)}
        self._set(cleaned=True, pending=pending)

    def _fault(self) -> str | None:
        """Return why it must be taken back."""
        for ring in self.rollout.plan.rings[: self.rollout.ring + 1]:
            there = _counted(of_ring(self.targets.values(), ring.name))
            ended = [one for one in there if one.status in ENDED]
            failed = [one for one in ended if one.status is TargetStatus.FAILED]
            silent = sum(one.status is TargetStatus.TIMED_OUT for one in there)
            if len(ended) < min(ring.least_executed, len(there) - silent):
                continue
            if parse_threshold(ring.errors).exceeded(len(failed), len(ended)):
                why = failed[0].detail
                return (
                    f"ring {ring.name}: {len(failed)} of {len(ended)} stations failed, at most "
                    f"{ring.errors} may; {failed[0].station}: {why}"
                )
        return worse(self._around.evidence, self.rollout.plan.compare)

    def _time_out(self, ring: RingPlan) -> None:
        since_ns = self._since(self.rollout.ring_since)
        if self._around.now_ns < since_ns + seconds_to_ns(ring.deadline_s):
            return
        for target in of_ring(self.targets.values(), ring.name):
            if target.status in OPEN:
                began = target.status is TargetStatus.TRYING
                update = {"status": TargetStatus.TIMED_OUT, "since": self._around.now_ns}
                self.targets[target.station] = target.model_copy(update=update | {"began": began})
                self._note("timed out", target.detail, ring.name, target.station)

    def _is_done(self, ring: RingPlan) -> bool:
        """Return whether the next ring may begin; pauses where a person must say so."""
        if self.rollout.approved >= self.rollout.ring:
            return True
        there = _counted(of_ring(self.targets.values(), ring.name))
        if not there:
            return True
        waits = any(one.status in OPEN for one in there)
        answered = [one for one in there if one.began or one.status is not TargetStatus.TIMED_OUT]
        good = sum(one.status is TargetStatus.COMMITTED for one in answered)
        ended = sum(one.status in ENDED for one in answered)
        enough = ended >= min(ring.least_executed, len(answered)) and bool(answered)
        if not (enough and good * _WHOLE >= ring.success_percent * len(answered)):
            if not waits:
                self._pause(
                    f"ring {ring.name}: {good} of {len(answered)} stations that answered committed "
                    f"it, {ring.success_percent:g}% must"
                )
            return False
        return self._is_soaked(ring)

    def _is_soaked(self, ring: RingPlan) -> bool:
        now_ns = self._around.now_ns
        if self.rollout.soak_since is None:
            self._set(soak_since=now_ns)
            self._note("soak", f"for {ring.soak_s:g} s", ring.name)
        since_ns = self._since(self.rollout.soak_since)
        if now_ns < since_ns + seconds_to_ns(ring.soak_s):
            return False
        is_last = self.rollout.ring + 1 == len(self.rollout.plan.rings)
        if ring.pause_after and not is_last:
            self._pause(f"ring {ring.name} is done; the plan says to pause after it")
            return False
        return True

    def _next(self) -> None:
        number = self.rollout.ring + 1
        if number == len(self.rollout.plan.rings):
            there = _counted(self.targets.values())
            good = sum(one.status is TargetStatus.COMMITTED for one in there)
            self._set(state=RolloutState.FINISHED, held=None, reason="")
            self._note("finish", f"{good} of {len(there)} stations committed it")
            return
        if self._around.hold is not None:
            if self.rollout.held is None:
                self._note("hold", self._around.hold)
            self._set(held=self._around.hold)
            return
        name = self.rollout.plan.rings[number].name
        before = self.rollout.before
        if name not in before:
            before = {**before, name: self._around.assigned.get(name)}
        self._set(
            ring=number,
            ring_since=self._around.now_ns,
            soak_since=None,
            held=None,
            before=before,
            pending={**self.rollout.pending, name: self.rollout.assignment(number)},
        )
        now_ns, waiting = self._around.now_ns, TargetStatus.WAITING
        for target in of_ring(self.targets.values(), name):
            if target.status is TargetStatus.PLANNED:
                update = {"status": waiting, "since": now_ns}
                self.targets[target.station] = target.model_copy(update=update)
        size = len(_counted(of_ring(self.targets.values(), name)))
        self._note("ring", f"{size} stations are to run {self.rollout.what}", name)

    def _pause(self, reason: str) -> None:
        self._set(state=RolloutState.PAUSED, reason=reason, at_end=True)
        self._note("pause", reason)

    def _since(self, known_ns: int | None) -> int:
        return self._around.now_ns if known_ns is None else known_ns

    def _set(self, **update: object) -> None:
        self.rollout = self.rollout.model_copy(update=update)

    def _note(
        self, action: str, detail: str, ring: str | None = None, station: str | None = None
    ) -> None:
        plan = self.rollout.ring_plan
        name = ring if ring is not None or plan is None else plan.name
        self.notes.append(Note(action=action, ring=name, station=station, detail=detail))


def _counted(targets: Iterable[Target]) -> list[Target]:
    """Return the stations that are still there."""
    return [one for one in targets if one.status is not TargetStatus.GONE]
