"""The agent's part in its own software: when to swap, what to commit, what is told.

The agent swaps by starting anew: the launcher then becomes the release on probation.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import structlog

from edge.config import StationConfig
from edge.errors import TremorError, UpdateError, UpdateRefusedError
from edge.messages.update import UpdateReport
from edge.outbox import Outbox
from edge.reconfigure.probation import Vitals
from edge.reconfigure.remote import Remote
from edge.software import pointer
from edge.software.launched import NOT_COUNTED, Launched
from edge.software.preflight import rehearsed
from edge.software.releases import trouble_with
from edge.software.trial import SoftwareTrial
from edge.update.disk import Disk
from edge.update.machine import SOFTWARE_WAY, Machine
from edge.update.part import Turn
from edge.update.record import Candidate, Phase, Record
from edge.update.steps import is_same
from edge.update.store import UpdateStore
from edge.update.targets import Kind
from edge.update.told import told

_log = structlog.get_logger(__name__)

_LOOK_S: Final = 0.5
_GRACE_S: Final = 60.0
_DISK_RETRY_S: Final = 5.0


class SoftwarePart:
    """Agent software over the air, in one agent.

    Args:
        config: The station's.
        remote: Starts the agent anew.
        outbox: The agent's.
        launched: What the launcher told; None: it was not asked, and nothing can be swapped.
        wall_ns: The wall clock, nanoseconds since 1970 UTC.
        steady_s: A steady clock, seconds.
        disk: Writes.
    """

    kind = Kind.SOFTWARE

    def __init__(
        self,
        config: StationConfig,
        remote: Remote,
        outbox: Outbox,
        launched: Launched | None,
        wall_ns: Callable[[], int] = time.time_ns,
        steady_s: Callable[[], float] = time.monotonic,
        disk: Disk | None = None,
    ) -> None:
        self._config = config
        self._rules = config.update
        self._remote = remote
        self._outbox = outbox
        self._launched = launched
        self._wall_ns = wall_ns
        self._steady_s = steady_s
        self._store = UpdateStore(config.state_dir, disk, self.kind)
        self._machine = Machine(self._store, self._rules.tries, wall_ns, SOFTWARE_WAY)
        self._trial: SoftwareTrial | None = None
        self._guard: threading.Timer | None = None
        self._record: Record = self._store.read()
        self._seen_ns = self._store.changed_ns()
        self._damaged: str | None = None
        self._begin()
        self._find_damage()

    @property
    def on_trial(self) -> bool:
        """A release is on probation."""
        return self._trial is not None

    def report(self) -> UpdateReport:
        """Return the part of the station's state."""
        record = self._current()
        report = told(record, self._rules.ring)
        if self._launched is None:
            problem = "the agent was started by another way than `edge-agent run`: nothing is taken"
            return report.model_copy(update={"problem": problem})
        passed = [
            f"{sha256[:12]} is passed over: {reason}" if sha256 else reason
            for sha256, reason in self._launched.passed_over
            if not record.is_quarantined(sha256)
        ]
        said = "; ".join([*passed, *filter(None, [record.problem])])
        update = {"running": self._launched.running, "problem": said or None}
        return report.model_copy(update=update)

    def ready(self) -> tuple[str, str] | None:
        """Return the release that waits for its rehearsal; None where none does."""
        candidate = self._current().candidate
        if candidate is None or candidate.phase is not Phase.PREFLIGHT:
            return None
        return candidate.sha256, candidate.rollout_id

    async def go_on(self, turn: Turn) -> None:
        """Rehearse a candidate, and start anew with it when the ground is quiet."""
        if self._launched is None:
            return
        try:
            candidate = await asyncio.to_thread(self._machine.begin, {Phase.PREFLIGHT})
            if candidate is not None:
                # What this station ran before has shown itself; a return is to be quick.
                if not candidate.returning:
                    await self._rehearse(candidate, turn)
                await self._swap(candidate, turn)
            elif self._is_left() or self._is_mended():
                await turn.quiet()
                self._remote.want_restart()
                await asyncio.Event().wait()
        except (UpdateError, OSError) as error:
            _log.warning("software_waits", reason=str(error))

    async def prove(self, vitals: Callable[[], Vitals]) -> None:
        """Watch over the release on probation; never returns."""
        self._came_up()
        await asyncio.to_thread(self._tidy)
        while self._trial is not None:
            await asyncio.sleep(_LOOK_S)
            trial = self._trial
            reason = trial.look(self._steady_s(), vitals())
            if reason == "":
                await self._commit(trial)
            elif reason:
                await asyncio.to_thread(trial.roll_back, reason)
                self._start_without()
            elif not await asyncio.to_thread(trial.is_wanted):
                self._start_without()
        await asyncio.Event().wait()

    def failed(self, error: Exception) -> bool:
        """Return whether the agent is to start anew after an error: a release was on probation."""
        if isinstance(error, TremorError):
            # It came up far enough to say what is wrong, and that is not the software.
            self._came_up()
        if self._trial is None:
            return False
        self._trial.roll_back(f"the agent ended: {error}")
        self._trial = None
        return True

    def close(self) -> None:
        """Call off what guards against hanging."""
        if self._guard is not None:
            self._guard.cancel()

    def _begin(self) -> None:
        """Take up what the launcher did about a candidate."""
        candidate, word = self._record.candidate, self._launched
        if candidate is None or candidate.phase is not Phase.PROBATION or word is None:
            return
        if word.running == candidate.sha256:
            self._trial = SoftwareTrial(candidate, self._rules, self._machine, self._steady_s())
            _log.warning("software_on_probation", version=candidate.version)
            self._guard = threading.Timer(self._rules.deadline_s + _GRACE_S, self._overdue)
            self._guard.daemon = True
            self._guard.start()
            return
        reason = dict(word.passed_over).get(candidate.sha256)
        if reason is None or reason.startswith(NOT_COUNTED):
            return
        if candidate.tries_left == 0:
            reason = f"it was started {self._rules.tries} times in vain"
        try:
            self._machine.give_up(candidate, reason)
        except UpdateError as error:
            _log.error("software_not_given_up", reason=str(error))

    def _is_left(self) -> bool:
        """Return whether a release runs that was left for what was installed on site."""
        running = self._launched.running if self._launched is not None else None
        record = self._store.read()
        known = (record.candidate, record.committed, record.previous)
        return running is not None and running not in {one.sha256 for one in known if one}

    def _is_mended(self) -> bool:
        """Return whether the release in charge was passed over for damage, and is whole again."""
        return self._damaged is not None and trouble_with(self._store.place(self._damaged)) is None

    def _find_damage(self) -> None:
        """Let the next look see to a release in charge that cannot be started any more."""
        committed, word = self._record.committed, self._launched
        if committed is None or word is None or word.running == committed.sha256:
            return
        if trouble_with(self._store.place(committed.sha256)) is None:
            return
        self._damaged = committed.sha256
        try:
            self._store.change(lambda record: record.model_copy(update={"settled": None}))
        except UpdateError as error:
            _log.error("software_not_mended", reason=str(error))

    async def _rehearse(self, candidate: Candidate, turn: Turn) -> None:
        """Let a candidate show what it would do.

        Raises:
            UpdateError: It is refused, or could not show it.
        """
        station = (self._remote.file.path, self._config.state_dir, turn.network_runs())
        try:
            figures = await rehearsed(self._store, candidate, self._outbox, station, self._rules)
        except UpdateRefusedError as error:
            await asyncio.to_thread(self._machine.give_up, candidate, error.reason)
            raise UpdateError("preflight", error.reason) from error
        except UpdateError as error:
            await asyncio.to_thread(self._machine.note, candidate, str(error))
            raise
        await asyncio.to_thread(self._keep, candidate, {"figures": figures})

    async def _swap(self, candidate: Candidate, turn: Turn) -> None:
        """Start anew with a candidate, when the ground is quiet and the rollout still wants it."""
        await turn.look()
        await turn.quiet()
        kept = (await asyncio.to_thread(self._store.read)).candidate
        if kept is None or not is_same(kept, candidate):
            return
        await asyncio.to_thread(self._machine.enter_next, kept)
        self._remote.want_restart()
        await asyncio.Event().wait()

    async def _commit(self, trial: SoftwareTrial) -> None:
        """Put the release in charge for good; a disk that takes no write is tried again."""
        over = self._launched.installed if self._launched is not None else ""
        if await asyncio.to_thread(trial.commit, over, self._wall_ns):
            self.close()
            self._trial = None
        else:
            await asyncio.sleep(_DISK_RETRY_S)

    def _start_without(self) -> None:
        self.close()
        self._trial = None
        self._remote.want_restart()

    def _overdue(self) -> None:
        """Roll back from a thread of its own: the loop does not turn any more."""
        if self._trial is not None:
            self._trial.roll_back("the agent hung with it")
        self._remote.restart_now()

    def _came_up(self) -> None:
        try:
            pointer.came_up(self._store.folder, self._store.disk)
        except OSError as error:
            _log.error("software_starts_not_forgotten", reason=str(error))

    def _tidy(self) -> None:
        """Remove old releases; the one that runs stays, wanted or not."""
        running = self._launched.running if self._launched is not None else None
        try:
            self._store.tidy_places(() if running is None else (running,))
        except OSError as error:
            _log.warning("old_software_not_removed", reason=str(error))

    def _current(self) -> Record:
        """Return what is kept, read anew where the file was replaced."""
        changed_ns = self._store.changed_ns()
        if changed_ns != self._seen_ns:
            self._record, self._seen_ns = self._store.read(), changed_ns
        return self._record

    def _keep(self, candidate: Candidate, update: dict[str, Any]) -> None:
        def edit(record: Record) -> Record:
            kept = record.candidate
            if kept is None or not is_same(kept, candidate):
                return record
            return record.model_copy(update={"candidate": kept.model_copy(update=update)})

        self._store.change(edit)
