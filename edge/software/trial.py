"""A release in charge, until it is committed or rolled back.

Nothing rolls back what is committed. That nobody can be told is no fault of a release.
"""

from collections.abc import Callable
from dataclasses import replace

import structlog

from edge.errors import UpdateError
from edge.reconfigure.probation import Probation, Vitals
from edge.update.config import UpdateSection
from edge.update.machine import Machine
from edge.update.record import Candidate
from edge.update.steps import committed, is_same

_log = structlog.get_logger(__name__)


class SoftwareTrial:
    """Watches over a release on probation.

    Args:
        candidate: The release.
        rules: How it is judged.
        machine: Writes down what becomes of it.
        begin_s: A steady clock's time of the start, seconds.
    """

    def __init__(
        self, candidate: Candidate, rules: UpdateSection, machine: Machine, begin_s: float
    ) -> None:
        self.candidate = candidate
        self._machine = machine
        self._probation = Probation(rules, begin_s)

    def look(self, now_s: float, vitals: Vitals) -> str | None:
        """Return why it is rolled back, empty where it can be committed; None: not yet.

        Args:
            now_s: The steady clock's time, seconds.
            vitals: How the station is.
        """
        verdict = self._probation.look(now_s, replace(vitals, connected=True))
        if verdict is None:
            return None
        return "" if verdict.ok else verdict.reason

    def is_wanted(self) -> bool:
        """Return whether the rollout still wants it."""
        return is_same(self._machine.store.read().candidate, self.candidate)

    def commit(self, over: str, now_ns: Callable[[], int]) -> bool:
        """Put the release in charge for good; return whether that is on the disk.

        Args:
            over: What is installed on site.
            now_ns: The wall clock, nanoseconds since 1970 UTC.
        """
        try:
            self._machine.store.change(
                lambda record: committed(record, self.candidate, over, now_ns())
            )
        except UpdateError as error:
            _log.error("software_not_committed", reason=str(error))
            return False
        _log.warning("software_committed", version=self.candidate.version)
        return True

    def roll_back(self, reason: str) -> None:
        """Write down that the release is not to run."""
        try:
            self._machine.give_up(self.candidate, reason)
        except UpdateError as error:
            # The tries that are left are on the disk.
            _log.error("software_not_rolled_back", reason=str(error))
