"""A network in charge, until it is committed or rolled back.

Nothing rolls back what is committed. That nobody can be told is no fault of a network: a station
that is cut off from its broker commits all the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import structlog

from edge.detect.seen import HopSeen
from edge.errors import UpdateError
from edge.reconfigure.probation import Probation, Vitals
from edge.update.config import UpdateSection
from edge.update.firing import Firing, Said
from edge.update.machine import Machine
from edge.update.record import Candidate
from edge.update.steps import committed, is_same

_log = structlog.get_logger(__name__)

_HOUR_S: Final = 3600.0


class Trial:
    """Watches over a network on probation.

    Args:
        candidate: The network.
        rules: How it is judged.
        machine: Writes down what becomes of it.
        begin_s: A steady clock's time of the start, seconds.
    """

    def __init__(
        self, candidate: Candidate, rules: UpdateSection, machine: Machine, begin_s: float
    ) -> None:
        self.candidate = candidate
        self._rules = rules
        self._machine = machine
        self._probation = Probation(rules, begin_s)
        self._begin_s = begin_s
        self._firing = Firing()

    def listen(self, seen: HopSeen, thresholds: Mapping[str, float]) -> None:
        """Hear what the detectors say of a hop."""
        self._firing.take(
            {
                name: Said(frame.score, thresholds[name], bool(frame.probabilities))
                for name, frame in seen.frames.items()
            }
        )

    def look(self, now_s: float, vitals: Vitals) -> str | None:
        """Return why the network is rolled back, empty where it can be committed; None: not yet.

        Args:
            now_s: The steady clock's time, seconds.
            vitals: How the station is.
        """
        fault = self._fault(now_s)
        if fault is not None:
            return fault
        verdict = self._probation.look(now_s, replace(vitals, connected=True))
        if verdict is None:
            return None
        return "" if verdict.ok else verdict.reason

    def is_wanted(self) -> bool:
        """Return whether the rollout still wants it."""
        return is_same(self._machine.store.read().candidate, self.candidate)

    def commit(self, over: str | None, now_ns: Callable[[], int]) -> bool:
        """Put the network in charge for good; return whether that is on the disk.

        Args:
            over: What the station file says of its network.
            now_ns: The wall clock, nanoseconds since 1970 UTC.
        """
        try:
            self._machine.store.change(
                lambda record: committed(record, self.candidate, over, now_ns())
            )
        except UpdateError as error:
            _log.error("update_not_committed", reason=str(error))
            return False
        _log.warning("update_committed", model=self.candidate.path)
        return True

    def roll_back(self, reason: str) -> None:
        """Write down that the network is not to run."""
        try:
            self._machine.give_up(self.candidate, reason)
        except UpdateError as error:
            # The tries that are left are on the disk.
            _log.error("update_not_rolled_back", reason=str(error))

    def _fault(self, now_s: float) -> str | None:
        """Return what no later health makes good; None where there is nothing."""
        if self._firing.broken:
            return f"{self._firing.broken} of its answers were no numbers"
        rules, figures = self._rules.shadow, self.candidate.figures
        per_s = figures.get("firings_alone", 0.0) / max(figures.get("heard_s", _HOUR_S), 1.0)
        # What waited for the agent's start comes faster than time goes.
        span_s = max(now_s - self._begin_s, self._firing.span_s)
        most = rules.firings_more + rules.firings_factor * per_s * span_s
        if self._firing.alone > most:
            return f"it fired {self._firing.alone} times where STA/LTA saw nothing"
        return None
