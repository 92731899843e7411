"""What the running centre keeps in view beside messages: assignments, certificates, rollouts."""

from collections.abc import Callable
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cloud.board import Board
from cloud.board.trouble import Fault, Trouble
from cloud.enrolment.registry import Registry
from cloud.enrolment.views import Enrolment, Standing
from cloud.errors import ReleaseError
from cloud.fleetview.desired import Desired
from cloud.release.repository import Repository
from cloud.rollout.log import RolloutLog
from cloud.rollout.rollout import Rollout, RolloutState
from cloud.store import Store
from edge.timestamps import NANOSECONDS_PER_SECOND

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

_EVERY_NS: Final = 60 * NANOSECONDS_PER_SECOND
_ROLLOUTS: Final = 12
_STOPPED_SHOWN_NS: Final = 7 * 86_400 * NANOSECONDS_PER_SECOND
"""So long a rollout that was stopped is said."""
_HELD: Final = {Standing.ENROLLED, Standing.RAN_OUT}
_STANDS: Final = {RolloutState.PAUSED, RolloutState.RETURNING, RolloutState.STOPPED}

Faults = list[tuple[str, tuple[Fault, ...]]]


class Upkeep:
    """Reads what changes seldom; methods block for disk and database.

    Args:
        repository: What stations fetch updates from.
        store: The database.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """

    def __init__(self, repository: Repository, store: Store, now_ns: Callable[[], int]) -> None:
        self._desired = Desired(repository)
        self._registry = Registry(store.engine)
        self._rollouts = RolloutLog(store.engine)
        self._now_ns = now_ns
        self._read_ns = -_EVERY_NS
        self._ends_ns: dict[str, int] = {}
        self._said: str | None = None
        self.faults: Faults = []

    def read(self) -> Callable[[Board], None]:
        """Read what is due; return what tells it to a board, on the loop of the board."""
        wanted = self._tried(self._desired.read)
        now_ns = self._now_ns()
        self.faults = self._tried(lambda: rollout_faults(self._rollouts, now_ns)) or []
        if abs(now_ns - self._read_ns) >= _EVERY_NS:
            self._read_ns = now_ns
            ends_ns = self._tried(lambda: certificate_ends_ns(self._registry.all(now_ns)))
            self._ends_ns = self._ends_ns if ends_ns is None else ends_ns

        def tell(board: Board) -> None:
            if wanted is not None:
                board.want(wanted)
            board.certify(self._ends_ns)

        return tell

    def _tried(self, read: Callable[[], _T]) -> _T | None:
        """Return what is read; None, told once, where it cannot be: the next look may."""
        try:
            return read()
        except (ReleaseError, SQLAlchemyError, OSError, ValueError) as error:
            reason = str(error)[:500]
            if reason != self._said:
                _log.warning("upkeep_unreadable", reason=reason)
            self._said = reason
            return None


def certificate_ends_ns(enrolments: list[Enrolment]) -> dict[str, int]:
    """Return when the certificates of stations end, by NETWORK.STATION."""
    return {
        f"{one.network}.{one.station}": one.until
        for one in enrolments
        if one.standing in _HELD and one.until is not None
    }


def rollout_faults(log: RolloutLog, now_ns: int) -> Faults:
    """Return what is wrong with the newest rollout of each kind, in the form of a station's."""
    return [
        (f"rollout {rollout.id}", (Fault(Trouble.ROLLOUT, _words(rollout)),))
        for rollout in newest_of_kinds(log.latest(_ROLLOUTS))
        if rollout.state in _STANDS and not _is_long_ago(rollout, now_ns)
    ]


def newest_of_kinds(rollouts: list[Rollout]) -> list[Rollout]:
    """Return the first of each kind."""
    found = {rollout.kind: rollout for rollout in reversed(rollouts)}
    return list(found.values())


def _is_long_ago(rollout: Rollout, now_ns: int) -> bool:
    since_ns = rollout.ring_since or rollout.started
    return rollout.state is RolloutState.STOPPED and now_ns - since_ns > _STOPPED_SHOWN_NS


def _words(rollout: Rollout) -> str:
    """Return a rollout that stands still, without what changes while it goes back."""
    state = "paused" if rollout.state is RolloutState.PAUSED else "stopped"
    return f"{state}: {rollout.reason}" if rollout.reason else state
