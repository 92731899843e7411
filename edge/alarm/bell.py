"""Begins the alarm, keeps it while the ground shakes, ends it, and tells every action.

It has a thread of its own: detection hands a word over and goes on. The end comes by this
computer's steady clock, so that it comes when no more samples do.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from edge.alarm.action import Action
from edge.errors import AlarmError
from edge.messages import Alarm

_log = structlog.get_logger(__name__)

_FAREWELL_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How the bell stands."""

    alarm: Alarm
    """The newest; `ringing` or not."""
    count: int
    """Alarms since the start, without exercises."""
    problems: tuple[str, ...]
    """Which actions failed when they were told last, and why."""


class Bell:
    """Rings.

    Args:
        idle: The alarm as it is before the first one.
        actions: What it does, in this order.
        hold_s: Seconds after the last strong shaking at which it ends.
    """

    def __init__(self, idle: Alarm, actions: Sequence[Action], hold_s: float) -> None:
        self._alarm = idle
        self._actions = list(actions)
        self._hold_s = hold_s
        self._changed = threading.Condition()
        self._count = 0
        self._quiet_at_s = 0.0
        self._problems: dict[str, str] = {}
        self._untold: deque[tuple[Alarm, tuple[Action, ...]]] = deque()
        self._untold.append((idle, tuple(actions)))
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="alarm", daemon=True)
        self._thread.start()

    @property
    def standing(self) -> Standing:
        """How it stands."""
        with self._changed:
            return Standing(self._alarm, self._count, tuple(self._problems.values()))

    def add(self, action: Action) -> None:
        """Tell one more action, first how the alarm stands."""
        with self._changed:
            self._actions.append(action)
            self._untold.append((self._alarm, (action,)))
            self._changed.notify()

    def ring(self, alarm: Alarm) -> None:
        """Begin an alarm, or go on with the one that rings; comes back at once.

        A real alarm takes the place of an exercise.
        """
        with self._changed:
            self._quiet_at_s = time.monotonic() + self._hold_s
            if self._alarm.ringing and (alarm.exercise or not self._alarm.exercise):
                return
            self._alarm = alarm
            self._count += not alarm.exercise
            self._untold.append((alarm, tuple(self._actions)))
            self._changed.notify()
        _log.warning(
            "alarm",
            trigger=alarm.trigger,
            pga_m_s2=alarm.pga_m_s2,
            jma_intensity=alarm.jma_intensity,
            exercise=alarm.exercise,
        )

    def shaking(self) -> None:
        """Say that the ground still shakes strongly."""
        self._quiet_at_s = time.monotonic() + self._hold_s

    def problem(self, name: str, reason: str | None, *, quiet: bool = False) -> None:
        """Note what is wrong with an action, or that nothing is any more.

        Args:
            name: The action's.
            reason: What is wrong; None where nothing is.
            quiet: It is too early to log it.
        """
        with self._changed:
            if reason is None:
                self._problems.pop(name, None)
                return
            known = self._problems.get(name)
            self._problems[name] = reason
        if known != reason and not quiet:
            _log.warning("alarm_action_failed", action=name, reason=reason)

    def close(self) -> None:
        """End the alarm if it rings, and let the actions go."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(_FAREWELL_S)

    def _run(self) -> None:
        while (told := self._next()) is not None:
            alarm, actions = told
            for action in actions:
                self._do(action, partial(action.tell, alarm))
        for action in self._actions:
            self._do(action, action.close)

    def _next(self) -> tuple[Alarm, tuple[Action, ...]] | None:
        """Wait for something to tell, and to whom; None at the end."""
        with self._changed:
            while not self._untold:
                left_s = self._quiet_at_s - time.monotonic()
                if self._alarm.ringing and (self._closing or left_s <= 0):
                    self._end()
                elif self._closing:
                    return None
                else:
                    self._changed.wait(left_s if self._alarm.ringing else None)
            return self._untold.popleft()

    def _end(self) -> None:
        self._alarm = self._alarm.model_copy(update={"ringing": False})
        self._untold.append((self._alarm, tuple(self._actions)))
        _log.warning("alarm_over", trigger=self._alarm.trigger, exercise=self._alarm.exercise)

    def _do(self, action: Action, what: Callable[[], None]) -> None:
        try:
            what()
        except AlarmError as error:
            self.problem(action.name, str(error))
        except Exception as error:  # noqa: BLE001 - logged in full; must not silence other actions
            _log.exception("alarm_action_broken", action=action.name)
            self.problem(action.name, f"{type(error).__name__}: {error}")
        else:
            self.problem(action.name, None)
