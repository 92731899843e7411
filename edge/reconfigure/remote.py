"""The way of a change from afar: proposed, trying, then committed or returned.

Each step is on disk before it is taken, so that the agent may die at any moment:

    proposed     the agent starts itself anew
    trying       one of a few starts with the change, counted down before the start
    committed    it was well for long enough; the change is in force
    returned     it was not, or the starts are used up; the agent starts anew without the change

The outcome is kept with the word whether it was told, so that it is told at least once.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import structlog

from edge.concurrency import wait_at_most
from edge.config import StationConfig
from edge.errors import ChangesError, ConfigError
from edge.messages.topics import station_topic
from edge.outbox import Lane, Outbox
from edge.reconfigure import answers
from edge.reconfigure.effective import Effective, StationFile, effective, log_changes
from edge.reconfigure.probation import Probation, Verdict, Vitals
from edge.reconfigure.record import Entry, Outcome, Trial
from edge.reconfigure.ring import RingSettings
from edge.timestamps import seconds_to_ns
from edge.update.settings_trial import SettingsTrial, settings_on_trial

_log = structlog.get_logger(__name__)

_LOOK_S: Final = 0.5
_BUSY_S: Final = 120.0
"""No trigger is open for longer."""
_FAREWELL_S: Final = 30.0
"""An agent that does not end in this time to start anew hangs."""
_REPLY_LIFE_NS: Final = seconds_to_ns(86_400.0)


class Remote:
    """An agent's configuration, and how it changes from afar.

    Args:
        file: The station file.
        start_anew: Replaces this process by a new one; called from a thread where the agent hangs.
        wall_ns: The wall clock, nanoseconds since 1970 UTC.
        steady_s: A steady clock, seconds.

    Attributes:
        file: The station file as the agent read it.
        config: What the agent runs.
        trial: The change that it runs on trial; None where it does not.
        settings: The settings over the air that it runs on trial; None where it does not.
        changed: The settings that lie over the file, with those on trial.
        restart_wanted: The agent is to start anew.
    """

    def __init__(
        self,
        file: StationFile,
        start_anew: Callable[[], None],
        wall_ns: Callable[[], int] = time.time_ns,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.file = file
        self.config = file.config
        self.trial: Trial | None = None
        self.settings: SettingsTrial | None = None
        self.changed: tuple[str, ...] = ()
        self.restart_wanted = False
        self.wall_ns = wall_ns
        self._start_anew = start_anew
        self._steady_s = steady_s
        self._begin_s = steady_s()
        self._wanted = asyncio.Event()
        self._guard: threading.Timer | None = None
        self._outbox: Outbox | None = None

    def begin(self, outbox: Outbox) -> StationConfig:
        """Return what to run now; takes the next step of a trial, and tells what is not told.

        Args:
            outbox: The agent's; that it is open means that no other agent runs.
        """
        self._outbox = outbox
        held = effective(self.file)
        log_changes(held)
        self.config = held.config
        self._lies_over(held, held.entries)
        if held.record.trial is not None:
            self._enter(held, held.record.trial)
        if self.trial is None:
            self._enter_settings(held)
        self._tell()
        return self.config

    def settle(self) -> None:
        """Take note that settings over the air are on trial no more."""
        self.settings = None
        self._call_off_guard()

    async def watch(self, vitals: Callable[[], Vitals], notify: Callable[[], None]) -> None:
        """Watch over a trial; return when the agent is to start anew, else never.

        Args:
            vitals: Says how the agent is.
            notify: Called after an answer was put into the outbox.
        """
        probation = Probation(self.config.configure, self._begin_s)
        while self.trial is not None and not self.restart_wanted:
            await wait_at_most(self._wanted, _LOOK_S)
            verdict = probation.look(self._steady_s(), vitals())
            if verdict is not None:
                await asyncio.to_thread(self._conclude, self.trial, verdict)
                notify()
        if not self.restart_wanted:
            await self._wanted.wait()
        await self._let_finish(vitals)

    async def _let_finish(self, vitals: Callable[[], Vitals]) -> None:
        """Wait while the ground shakes: a trigger that is open shall get its last revision."""
        end_s = self._steady_s() + _BUSY_S
        while vitals().busy and self._steady_s() < end_s:  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(_LOOK_S)

    def want_restart(self) -> None:
        """Let `watch` return."""
        self.restart_wanted = True
        self._wanted.set()
        self._guard_against_hanging(_BUSY_S + _FAREWELL_S)

    def restart_now(self) -> None:
        """Start anew at once, from any thread: nothing else does any more."""
        self._start_anew()

    def ended(self, *, told_to_stop: bool) -> None:
        """Take note that the agent ended in an orderly way.

        Args:
            told_to_stop: By a signal: then it stays down, and goes on with a trial at its next
                start. Else a source that ended cannot prove a change.
        """
        if told_to_stop:
            self._call_off_guard()
            self.restart_wanted = False
        elif self.trial is not None or self.settings is not None:
            self.failed("the source ended")

    def failed(self, reason: str) -> None:
        """Take back what is on trial, because the agent could not go on with it."""
        if self.trial is not None:
            self._give_back(self.trial, reason)
            self.trial = None
        if self.settings is not None:
            self.settings.roll_back(reason)
            self.settings = None
        self.restart_wanted = True

    def close(self) -> None:
        """Call off what guards against hanging: the agent has ended."""
        self._call_off_guard()

    def _lies_over(self, held: Effective, entries: Sequence[Entry]) -> None:
        """Tell which settings lie over the file."""
        keys = (one.key for one in (*held.ring.entries, *entries))
        self.changed = tuple(dict.fromkeys(keys))

    def _enter_settings(self, held: Effective) -> None:
        """Take the next step of settings over the air that the last process left."""
        self.settings = settings_on_trial(held, self.wall_ns)
        if self.settings is None:
            return
        found = self.settings.fitted
        self.config = found.config
        self._lies_over(replace(held, ring=RingSettings(found.entries)), held.entries)
        self._guard_against_hanging(self.file.config.configure.deadline_s + _FAREWELL_S)

    def _enter(self, held: Effective, trial: Trial) -> None:
        """Take the next step of a trial that the last process left."""
        if trial.tries_left == 0:
            self._give_back(trial, "the agent ended at every start before the change was proven")
            return
        try:
            _, config = self.file.laid_under(trial.entries, held.ring.entries)
        except ConfigError as error:
            self._give_back(trial, f"it does not fit the station file: {error}")
            return
        trying = trial.model_copy(update={"state": "trying", "tries_left": trial.tries_left - 1})
        try:
            record = self.file.store.change(
                lambda record: record.on_trial(trying) if record.trial == trial else record
            )
        except ChangesError as error:
            _log.error("change_not_tried", command=trial.command, reason=str(error))
            return
        if record.trial != trying:
            return
        _log.warning("change_on_trial", command=trial.command, changed=list(trial.changed))
        self.trial, self.config = trying, config
        self._lies_over(held, trying.entries)
        self._guard_against_hanging(config.configure.deadline_s + _FAREWELL_S)

    def _conclude(self, trial: Trial, verdict: Verdict) -> None:
        self._call_off_guard()
        if verdict.ok and self._commit(trial):
            self.trial = None
            self._tell()
            return
        if not verdict.ok:
            self._give_back(trial, verdict.reason)
        self.trial = None
        self.restart_wanted = True
        self._guard_against_hanging(_BUSY_S + _FAREWELL_S)

    def _commit(self, trial: Trial) -> bool:
        """Return whether a change is in force now: somebody on site may have taken it away."""
        outcome = answers.committed(trial, self.wall_ns())
        try:
            record = self.file.store.change(
                lambda record: record.ended(trial, outcome) if record.trial == trial else record
            )
        except ChangesError as error:
            self._give_back(trial, str(error))
            return False
        kept = record.outcome(trial.command)
        if kept is None or not kept.ok:
            return False
        _log.warning("change_committed", command=trial.command, changed=list(trial.changed))
        return True

    def _give_back(self, trial: Trial, reason: str) -> None:
        _log.error("change_taken_back", command=trial.command, reason=reason)
        outcome = answers.returned(trial, reason, self.wall_ns())
        try:
            self.file.store.change(
                lambda record: record.ended(trial, outcome) if record.trial == trial else record
            )
        except ChangesError as error:
            # The starts that are left are counted on disk, or no start with it is made at all.
            _log.error("change_not_taken_back", command=trial.command, reason=str(error))
            self._send(outcome)

    def _tell(self) -> None:
        """Put into the outbox what became of changes, and remember that it is there."""
        if not self.file.config.configure.enabled:
            return
        try:
            record = self.file.store.read()
            untold = [one for one in record.outcomes if not one.told]
            for outcome in untold:
                self._send(outcome)
            if untold:
                names = [one.command for one in untold]
                self.file.store.change(lambda record: record.told(names))
        except ChangesError as error:
            _log.error("changes_not_told", reason=str(error))

    def _send(self, outcome: Outcome) -> None:
        if self._outbox is None:
            return
        now_ns = self.wall_ns()
        answer = answers.reply(outcome, self.config, now_ns)
        topic = station_topic(answer.network, answer.station, "reply")
        self._outbox.put(
            topic, answer.to_wire(), lane=Lane.REPLY, expires_ns=now_ns + _REPLY_LIFE_NS
        )

    def _guard_against_hanging(self, most_s: float) -> None:
        """Start anew from a thread of its own if nothing else does in time."""
        self._call_off_guard()
        self._guard = threading.Timer(most_s, self._overdue)
        self._guard.daemon = True
        self._guard.start()

    def _call_off_guard(self) -> None:
        if self._guard is not None:
            self._guard.cancel()
            self._guard = None

    def _overdue(self) -> None:
        if self.trial is not None:
            self._give_back(self.trial, "the agent hung with it")
        if self.settings is not None:
            self.settings.roll_back("the agent hung with them")
        _log.error("agent_hangs", remedy="it is started anew")
        self._start_anew()
