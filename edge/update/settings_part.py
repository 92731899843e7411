"""Settings over the air as the running agent deals with them: when to swap, what to commit."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog

from edge.errors import UpdateError, UpdateRefusedError
from edge.messages.update import UpdateReport
from edge.reconfigure.effective import effective
from edge.reconfigure.probation import Probation, Vitals
from edge.reconfigure.remote import Remote
from edge.update.part import Turn
from edge.update.record import Candidate, Phase, Record
from edge.update.settings_trial import SettingsTrial, commit, fitted, settings_machine
from edge.update.steps import is_same
from edge.update.targets import Kind
from edge.update.told import told

_log = structlog.get_logger(__name__)

_LOOK_S: Final = 0.5
_DISK_RETRY_S: Final = 5.0


class SettingsPart:
    """Settings of one agent.

    Args:
        remote: The agent's configuration; has begun with settings that are on trial.
        wall_ns: The wall clock, nanoseconds since 1970 UTC.
        steady_s: A steady clock, seconds.
    """

    kind = Kind.CONFIGURATION

    def __init__(
        self,
        remote: Remote,
        wall_ns: Callable[[], int] = time.time_ns,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._remote = remote
        self._wall_ns = wall_ns
        self._steady_s = steady_s
        self._begin_s = steady_s()
        self._machine = settings_machine(remote.file.config, wall_ns)
        self._store = self._machine.store
        self._seen: int | None = None
        self._record = Record()
        # A command that was on trial at the start went before: they have their turn after it.
        self._deferred = remote.trial is not None

    @property
    def on_trial(self) -> bool:
        """Settings are on probation."""
        return self._remote.settings is not None

    def report(self) -> UpdateReport:
        """Return the part of the station's state."""
        return told(self._kept(), self._remote.file.config.update.ring)

    def ready(self) -> tuple[str, str] | None:
        """Return which settings wait for their turn, by hash and rollout."""
        candidate = self._kept().candidate
        if candidate is None or candidate.phase is not Phase.VERIFIED:
            return None
        return candidate.sha256, candidate.rollout_id

    async def go_on(self, turn: Turn) -> None:
        """Fit settings to this station, and start anew with them at a quiet moment."""
        try:
            await self._start_deferred(turn)
            candidate = await asyncio.to_thread(self._machine.begin, {Phase.VERIFIED})
            if candidate is not None and await asyncio.to_thread(self._changes, candidate):
                await self._swap(candidate, turn)
        except (UpdateError, OSError) as error:
            _log.warning("update_waits", kind=self.kind.value, reason=str(error))

    async def prove(self, vitals: Callable[[], Vitals]) -> None:
        """Watch over settings on probation; never returns."""
        trial = self._remote.settings
        if trial is not None:
            await self._judge(trial, vitals)
        await asyncio.Event().wait()

    def failed(self, error: Exception) -> bool:
        """Return whether the agent is to start anew after an error: settings were on trial."""
        trial = self._remote.settings
        if trial is None:
            return False
        trial.roll_back(f"the agent ended: {error}")
        self._remote.settle()
        return True

    def close(self) -> None:
        """Do nothing: the agent's configuration guards against hanging."""

    def _kept(self) -> Record:
        changed = self._store.changed_ns()
        if changed != self._seen:
            self._record, self._seen = self._store.read(), changed
        return self._record

    def _changes(self, candidate: Candidate) -> bool:
        """Return whether settings fit and change something here.

        Those that change nothing are committed at once.

        Raises:
            UpdateError: The disk takes no write.
        """
        try:
            found = fitted(self._store, candidate, effective(self._remote.file))
        except UpdateRefusedError as error:
            self._machine.give_up(candidate, error.reason)
            return False
        if found.changed:
            return True
        commit(self._store, candidate, found, self._wall_ns)
        return False

    async def _start_deferred(self, turn: Turn) -> None:
        """Start anew with settings that were to be tried when a command was on trial."""
        candidate = self._kept().candidate
        if not self._deferred or candidate is None or candidate.phase is not Phase.PROBATION:
            return
        await turn.quiet()
        self._remote.want_restart()
        await asyncio.Event().wait()

    async def _swap(self, candidate: Candidate, turn: Turn) -> None:
        await turn.look()
        await turn.quiet()
        kept = (await asyncio.to_thread(self._store.read)).candidate
        if kept is None or not is_same(kept, candidate):
            return
        noted = kept.model_copy(update={"network_ran": turn.network_runs()})
        await asyncio.to_thread(self._machine.enter_next, noted)
        self._remote.want_restart()
        await asyncio.Event().wait()

    async def _judge(self, trial: SettingsTrial, vitals: Callable[[], Vitals]) -> None:
        probation = Probation(self._remote.file.config.configure, self._begin_s)
        while True:
            await asyncio.sleep(_LOOK_S)
            seen = vitals()
            if not trial.fitted.needs_broker:
                seen = replace(seen, connected=True)
            verdict = probation.look(self._steady_s(), seen)
            if verdict is not None and verdict.ok:
                if await asyncio.to_thread(trial.commit, self._wall_ns):
                    self._remote.settle()
                    return
                await asyncio.sleep(_DISK_RETRY_S)
            elif verdict is not None:
                await asyncio.to_thread(trial.roll_back, verdict.reason)
                break
            elif not await asyncio.to_thread(trial.is_wanted):
                break
        self._remote.settle()
        self._remote.want_restart()
