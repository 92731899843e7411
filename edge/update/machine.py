"""The work of one phase after the other.

A phase is written down before it begins and counted down before it is tried: what ends the station
in it is tried a few times, and never for ever.
"""

from collections.abc import Callable, Mapping
from typing import Final

import structlog

from edge.errors import UpdateError, UpdateRefusedError
from edge.update.record import Candidate, Phase, Record
from edge.update.steps import counted_down, entered, given_up, is_same, troubled
from edge.update.store import UpdateStore

_log = structlog.get_logger(__name__)

NETWORK_WAY: Final = (
    Phase.FETCHED,
    Phase.VERIFIED,
    Phase.PREFLIGHT,
    Phase.SHADOW,
    Phase.PROBATION,
)
SOFTWARE_WAY: Final = (Phase.FETCHED, Phase.VERIFIED, Phase.PREFLIGHT, Phase.PROBATION)
SETTINGS_WAY: Final = (Phase.FETCHED, Phase.VERIFIED, Phase.PROBATION)

Work = Callable[[Candidate], None]
"""Does a phase; raises `UpdateRefusedError` where what came is at fault, else to try again."""


class Machine:
    """The way of a candidate.

    Args:
        store: What is kept.
        tries: Times that a phase may be begun.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        way: The phases of this kind, in order.
    """

    def __init__(
        self,
        store: UpdateStore,
        tries: int,
        now_ns: Callable[[], int],
        way: tuple[Phase, ...] = NETWORK_WAY,
    ) -> None:
        self.store = store
        self._way = way
        self._tries = tries
        self._now_ns = now_ns

    def run(self, works: Mapping[Phase, Work]) -> Record:
        """Do phase after phase, as long as there is work for it; return what is kept then.

        Raises:
            UpdateError: A phase could not be done now.
        """
        while (candidate := self.begin(set(works))) is not None:
            try:
                works[candidate.phase](candidate)
            except UpdateRefusedError as error:
                return self.give_up(candidate, error.reason)
            except UpdateError as error:
                self.note(candidate, str(error))
                raise
            self.enter_next(candidate)
        return self.store.read()

    def begin(self, phases: set[Phase]) -> Candidate | None:
        """Return the candidate if it is in one of some phases, counted down; else None."""
        record = self.store.read()
        candidate = record.candidate
        if candidate is None or candidate.phase not in phases:
            return None
        if candidate.tries_left == 0:
            why = f": {candidate.trouble}" if candidate.trouble else ""
            self.give_up(candidate, f"it was tried {self._tries} times in vain{why}")
            return None
        after = self.store.change(lambda kept: counted_down(kept, candidate)).candidate
        return after if after is not None and is_same(after, candidate) else None

    def note(self, candidate: Candidate, trouble: str) -> None:
        """Write down why a phase could not be done now."""
        self.store.change(lambda kept: troubled(kept, candidate, trouble))

    def enter_next(self, candidate: Candidate) -> Record:
        """Write down that a candidate is in the next phase."""
        phase = self._way[self._way.index(candidate.phase) + 1]
        now_ns = self._now_ns()
        record = self.store.change(
            lambda kept: entered(kept, candidate, phase, self._tries, now_ns)
        )
        _log.info("update_phase", what=_name(candidate), phase=phase.value)
        return record

    def give_up(self, candidate: Candidate, reason: str, *, quarantine: bool = True) -> Record:
        """Write down that a candidate is not to run; return what is kept then."""
        now_ns = self._now_ns()
        _log.error(
            "update_given_up",
            what=_name(candidate),
            phase=candidate.phase.value,
            reason=reason,
            quarantined=quarantine,
        )
        return self.store.change(
            lambda kept: given_up(kept, candidate, reason, now_ns, quarantine=quarantine)
        )


def _name(candidate: Candidate) -> str:
    return f"{candidate.name} {candidate.version}"
