"""The agent's part: when to look, what to run in the shadow, when to swap, what to commit.

Looking and the shadow are processes of their own. The agent swaps networks by starting anew, when
no trigger is open and the ground has been quiet for a while, inside the window.
"""

import asyncio
import math
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from edge.concurrency import until_first, wait_at_most
from edge.config import StationConfig
from edge.detect.seen import HopSeen
from edge.errors import UpdateError, UpdateRefusedError
from edge.messages.update import UpdateReport
from edge.reconfigure.probation import Vitals
from edge.reconfigure.remote import Remote
from edge.update import child
from edge.update.machine import Machine
from edge.update.moments import Moments
from edge.update.part import Part, Turn
from edge.update.record import Candidate, Phase, Record
from edge.update.start import Chosen, choose
from edge.update.steps import is_same
from edge.update.store import UpdateStore
from edge.update.targets import Kind
from edge.update.told import told
from edge.update.trial import Trial
from edge.update.wayback import file_says

_log = structlog.get_logger(__name__)

_LOOK_S: Final = 0.5
_FIRST_S: Final = 300.0
_DAY_S: Final = 86_400.0
_GRACE_S: Final = 60.0
_MOST_DOUBLINGS: Final = 10
_REST_S: Final = 60.0
_DISK_RETRY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Wires:
    """What the supervisor asks of the running station."""

    vitals: Callable[[], Vitals]
    triggers: Callable[[], int]
    """Opened since the start."""
    thresholds: Callable[[], dict[str, float]]
    """Scores that fire, by detector."""


class Supervisor:
    """Updates of one agent.

    Args:
        config: The station's, without any network over the air.
        remote: Starts the agent anew.
        wall_ns: The wall clock, nanoseconds since 1970 UTC.
        steady_s: A steady clock, seconds.
        parts: Kinds beside networks, in the order in which they have their turn.

    Attributes:
        chosen: What the agent runs.
    """

    def __init__(
        self,
        config: StationConfig,
        remote: Remote,
        wall_ns: Callable[[], int] = time.time_ns,
        steady_s: Callable[[], float] = time.monotonic,
        parts: Sequence[Part] = (),
    ) -> None:
        self._parts = tuple(parts)
        self._config = config
        self._rules = config.update
        self._remote = remote
        self._wall_ns = wall_ns
        self._steady_s = steady_s
        self._store = UpdateStore(config.state_dir)
        self._machine = Machine(self._store, self._rules.tries, wall_ns)
        self._wanted = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._guard: threading.Timer | None = None
        self._record: Record = self._store.read()
        self._looked_s = -math.inf
        self._looked_ns: int | None = None
        self._moments = Moments(self._rules, remote, wall_ns, steady_s)
        self.chosen: Chosen = choose(config, self._store, wall_ns)
        self._trial: Trial | None = None
        if self.chosen.candidate is not None:
            self._trial = Trial(self.chosen.candidate, self._rules, self._machine, self._steady_s())
            self._guard = threading.Timer(self._rules.deadline_s + _GRACE_S, self._overdue)
            self._guard.daemon = True
            self._guard.start()

    def want(self) -> None:
        """Look soon; safe to call from any thread."""
        self._loop.call_soon_threadsafe(self._wanted.set)

    def report(self) -> UpdateReport:
        """Return the part of the station's state."""
        return self._with_looks(told(self._record, self._rules.ring))

    def report_of(self, kind: Kind) -> UpdateReport | None:
        """Return the part of the station's state that tells of another kind; None: not taken."""
        found = next((part.report() for part in self._parts if part.kind is kind), None)
        return None if found is None else self._with_looks(found)

    def listen(self, seen: HopSeen, thresholds: dict[str, float]) -> None:
        """Hear what the detectors say of a hop; costs nothing where nothing is on probation."""
        if self._trial is not None:
            self._trial.listen(seen, thresholds)

    def failed(self, error: Exception) -> bool:
        """Return whether the agent is to start anew after an error: a network was on probation."""
        others = [part.failed(error) for part in self._parts]
        if self._trial is None:
            return any(others)
        self._trial.roll_back(f"the agent ended: {error}")
        self._trial = None
        return True

    def close(self) -> None:
        """Call off what guards against hanging."""
        for part in self._parts:
            part.close()
        self._call_off()

    def _call_off(self) -> None:
        if self._guard is not None:
            self._guard.cancel()

    async def run(self, wires: Wires) -> None:
        """Look, prove and swap for ever."""
        others = [part.prove(wires.vitals) for part in self._parts]
        await until_first(self._prove(wires), self._look_for_ever(wires), self._follow(), *others)

    async def _follow(self) -> None:
        """Keep in view what is on the disk: for reports, and what came by another way."""
        seen: int | None = None
        known = self._waiting()
        while True:
            changed = self._store.changed_ns()
            if changed != seen:
                self._record = await asyncio.to_thread(self._store.read)
                seen = changed
            waiting = self._waiting()
            if not waiting <= known:
                # Somebody on site brought it, with a stick say.
                self._wanted.set()
            known = waiting
            await asyncio.sleep(2 * _LOOK_S)

    def _waiting(self) -> set[tuple[str, str]]:
        """Return what waits for its turn, by hash and rollout."""
        found = (_identity(self._record), *(part.ready() for part in self._parts))
        return {one for one in found if one is not None}

    async def _prove(self, wires: Wires) -> None:
        """Watch over the network on probation; never returns."""
        while self._trial is not None:
            await asyncio.sleep(_LOOK_S)
            trial = self._trial
            reason = trial.look(self._steady_s(), wires.vitals())
            if reason == "":
                await self._commit(trial)
            elif reason:
                await asyncio.to_thread(trial.roll_back, reason)
                self._start_without()
            elif not await asyncio.to_thread(trial.is_wanted):
                self._start_without()
        await asyncio.Event().wait()

    async def _commit(self, trial: Trial) -> None:
        """Put the network in charge for good; a disk that takes no write is tried again."""
        if await asyncio.to_thread(trial.commit, file_says(self._config), self._wall_ns):
            self._call_off()
            self._trial = None
        else:
            await asyncio.sleep(_DISK_RETRY_S)

    def _start_without(self) -> None:
        """Start anew with the network before."""
        self._call_off()
        self._trial = None
        self._remote.want_restart()

    def _overdue(self) -> None:
        """Roll back from a thread of its own: the loop does not turn any more."""
        if self._trial is not None:
            self._trial.roll_back("the agent hung with it")
        self._remote.restart_now()

    async def _look_for_ever(self, wires: Wires) -> None:
        delay_s = random.uniform(0, min(self._rules.every_s, _FIRST_S))  # noqa: S311 - jitter
        rest_s = min(_REST_S, self._rules.every_s)
        await self._go_on(wires)
        while True:
            await wait_at_most(self._wanted, delay_s)
            # Whoever may command must not be able to keep a metered line busy.
            await self._moments.until(lambda: self._steady_s() - self._looked_s >= rest_s)
            self._looked_s = self._steady_s()
            self._wanted.clear()
            await self._look(wires)
            await self._go_on(wires)
            delay_s = self._delay_s()

    def _delay_s(self) -> float:
        """Return how long to wait: longer after failures, and never in step with other stations."""
        failures = min(self._store.read().failures, _MOST_DOUBLINGS)
        longest_s = max(_DAY_S, self._rules.every_s)
        wait_s = min(self._rules.every_s * float(1 << failures), longest_s)
        return wait_s * random.uniform(0.75, 1.25)  # noqa: S311 - jitter

    async def _look(self, wires: Wires) -> None:
        """Let the updater run once, when the station can spare it; nowhere to look: do nothing."""
        vouching = self._rules.ca_file
        if self._rules.url is None or (vouching is not None and not vouching.exists()):
            return  # not enrolled yet
        await self._moments.until_free(wires.vitals)
        path = str(self._remote.file.path)
        line = child.command("edge.cli", ("update", "--config", path, "--background", "--json"))
        most_s = self._rules.longest_look_s + _GRACE_S
        try:
            code, _, errors = await child.run_beside(line, most_s, lambda: wires.vitals().busy)
        except (UpdateRefusedError, OSError) as error:
            _log.warning("update_look_failed", reason=str(error))
            return
        # What it says of its phases belongs into the station's own log.
        said = errors.decode(errors="replace")
        sys.stderr.write(said)
        if code != 0:
            _log.warning("update_look_failed", code=code, said=said.strip().splitlines()[-1:])
            return
        self._looked_ns = self._wall_ns()

    def _with_looks(self, report: UpdateReport) -> UpdateReport:
        """Return a report that says when the last look was, and when there may be one."""
        looks = {"looked": self._looked_ns, "window_utc": self._rules.window_utc}
        return report.model_copy(update=looks)

    async def _go_on(self, wires: Wires) -> None:
        """Let each kind go on in turn; while one is on trial nothing else is swapped."""
        turn = Turn(
            wires.vitals,
            lambda: len(wires.thresholds()) > 1,
            lambda: self._look(wires),
            lambda: self._moments.until_quiet(wires.triggers, wires.vitals),
        )
        if self._is_free() and self._config.detection.model.enabled:
            await self._go_on_with_network(wires)
        for part in self._parts:
            if self._is_free():
                await part.go_on(turn)

    def _is_free(self) -> bool:
        """Return whether nothing is on trial."""
        ours = (self._trial, self._remote.trial)
        return not any(ours) and not any(part.on_trial for part in self._parts)

    async def _go_on_with_network(self, wires: Wires) -> None:
        """Run a candidate in the shadow, and swap where it did well."""
        try:
            candidate = await asyncio.to_thread(self._machine.begin, {Phase.SHADOW})
            if candidate is None:
                return
            # What this station had in charge before has shown itself; a return is to be quick.
            if not candidate.returning:
                await self._shadow(candidate)
            await self._swap(candidate, wires)
        except (UpdateError, OSError) as error:
            _log.warning("update_waits", reason=str(error))

    async def _shadow(self, candidate: Candidate) -> None:
        """Run a candidate beside the network in charge.

        Raises:
            UpdateError: It is not proven: it is refused, or did not hear enough.
        """
        _log.info("update_in_shadow", model=candidate.path, span_s=self._rules.shadow.span_s)
        bundle = str(self._store.place(candidate.sha256))
        words = (str(self._remote.file.path), bundle, candidate.sha256)
        most_s = self._rules.shadow.deadline_s + 2 * _GRACE_S
        try:
            code, output, errors = await child.run_beside(
                child.command("edge.update.shadow", words), most_s
            )
            report = child.read_report(code, output, errors)
        except UpdateRefusedError as error:
            await asyncio.to_thread(self._machine.give_up, candidate, error.reason)
            raise UpdateError("shadow", error.reason) from error
        figures = {key: float(value) for key, value in report.items() if _is_number(value)}
        _log.info("update_shadow_ended", model=candidate.path, **figures)
        if figures["heard_s"] < self._rules.shadow.span_s:
            heard = f"only {figures['heard_s']:g} s of samples were heard"
            reason = str(report.get("problem", heard))
            await asyncio.to_thread(self._machine.note, candidate, reason)
            raise UpdateError("shadow", reason)
        update = {"candidate": candidate.model_copy(update={"figures": figures})}
        await asyncio.to_thread(self._keep_of, candidate, update)

    async def _swap(self, candidate: Candidate, wires: Wires) -> None:
        """Put a candidate in charge, when the ground is quiet and the rollout still wants it."""
        await self._look(wires)
        await self._moments.until_quiet(wires.triggers, wires.vitals)
        kept = (await asyncio.to_thread(self._store.read)).candidate
        if kept is None or not is_same(kept, candidate):
            return
        await asyncio.to_thread(self._machine.enter_next, kept)
        self._remote.want_restart()
        await asyncio.Event().wait()

    def _keep_of(self, candidate: Candidate, update: dict[str, Any]) -> None:
        def edit(record: Record) -> Record:
            same = is_same(record.candidate, candidate)
            return record.model_copy(update=update) if same else record

        self._store.change(edit)


def _identity(record: Record) -> tuple[str, str] | None:
    """Return which candidate is ready for the shadow; None where none is."""
    candidate = record.candidate
    if candidate is None or candidate.phase is not Phase.SHADOW:
        return None
    return candidate.sha256, candidate.rollout_id


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
