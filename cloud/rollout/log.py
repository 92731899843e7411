"""Rollouts, their stations and the audit in the database.

Centre and commands change rollouts at the same time: who changes one says which revision was read,
and is refused where that is old. Lines of the audit are only ever added, in one transaction with
what they tell of. Methods block for the database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cloud.errors import RolloutError
from cloud.rollout.rollout import LIVE, Note, Rollout
from cloud.rollout.target import Target
from cloud.store.tables import rollout_audit as _audit
from cloud.store.tables import rollout_stations as _stations
from cloud.store.tables import rollouts as _rollouts
from edge.timestamps import Timestamp
from edge.update.targets import Kind

_LONGEST_DETAIL: Final = 1_000
_KINDS: Final = {"sqlite": sqlite, "postgresql": postgresql}


class AuditLine(Note):
    """What was done."""

    model_config = ConfigDict(frozen=True, from_attributes=True, populate_by_name=True)

    time: Timestamp = Field(validation_alias="at_ns")
    rollout: str


class Kept(BaseModel):
    """A rollout as the database has it."""

    model_config = ConfigDict(frozen=True)

    rollout: Rollout
    revision: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be kept of a step."""

    rollout: Rollout
    targets: Iterable[Target] = ()
    notes: Iterable[Note] = ()


class RolloutLog:
    """The tables.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, change: Change, ended: tuple[Kept, Change] | None, now_ns: int) -> None:
        """Keep a new rollout, and the end of the one in whose place it comes.

        Raises:
            RolloutError: There is one of that id, or the old one was changed meanwhile.
        """
        rollout = change.rollout
        values = {"id": rollout.id, "revision": 0, "started_ns": rollout.started}
        values |= {"state": rollout.state.value, "message": rollout.model_dump_json()}
        with self._engine.begin() as connection:
            known = select(_rollouts.c.id).where(_rollouts.c.id == rollout.id)
            if connection.execute(known).first() is not None:
                raise RolloutError(rollout.id, "is known already; give another --id")
            if ended is not None:
                _update(connection, ended[0], ended[1], now_ns)
            connection.execute(insert(_rollouts).values(values))
            _note(connection, rollout.id, change.notes, now_ns)

    def save(self, before: Kept, change: Change, now_ns: int) -> Kept:
        """Keep a rollout after a step, and return it.

        Args:
            before: As it was read.
            change: What is new: rollout, stations that changed, lines of the audit.
            now_ns: The wall clock, nanoseconds since 1970 UTC.

        Raises:
            RolloutError: Somebody else changed it meanwhile.
        """
        with self._engine.begin() as connection:
            _update(connection, before, change, now_ns)
        return Kept(rollout=change.rollout, revision=before.revision + 1)

    def live(self) -> list[Kept]:
        """Return the rollouts that are not over, newest first: at most one of each kind."""
        wanted = _rollouts.c.state.in_([state.value for state in LIVE])
        query = select(_rollouts).where(wanted).order_by(_rollouts.c.started_ns.desc())
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        newest: dict[Kind, Kept] = {}
        for row in rows:
            kept = _kept(row.message, row.revision)
            newest.setdefault(kept.rollout.kind, kept)
        return list(newest.values())

    def live_of(self, kind: Kind) -> Kept | None:
        """Return the rollout of a kind that is not over; None where there is none."""
        return next((kept for kept in self.live() if kept.rollout.kind is kind), None)

    def get(self, rollout: str) -> Kept | None:
        """Return a rollout by its id."""
        with self._engine.connect() as connection:
            query = select(_rollouts).where(_rollouts.c.id == rollout)
            row = connection.execute(query).one_or_none()
        return None if row is None else _kept(row.message, row.revision)

    def latest(self, limit: int) -> list[Rollout]:
        """Return the newest rollouts, newest first."""
        query = select(_rollouts).order_by(_rollouts.c.started_ns.desc(), _rollouts.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query.limit(limit)).all()
        return [_kept(row.message, row.revision).rollout for row in rows]

    def targets(self, rollout: str) -> dict[str, Target]:
        """Return the stations of a rollout, by name."""
        query = select(_stations.c.message).where(_stations.c.rollout == rollout)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_stations.c.station)).all()
        found = (Target.model_validate_json(row.message) for row in rows)
        return {target.station: target for target in found}

    def audit(self, rollout: str, limit: int) -> list[AuditLine]:
        """Return the newest lines of a rollout, oldest first."""
        query = select(_audit).where(_audit.c.rollout == rollout)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_audit.c.id.desc()).limit(limit)).all()
        return [AuditLine.model_validate(row) for row in rows[::-1]]


def changed(before: Mapping[str, Target], after: Mapping[str, Target]) -> list[Target]:
    """Return the stations that are not as they were."""
    return [target for name, target in after.items() if before.get(name) != target]


def _update(connection: Connection, before: Kept, change: Change, now_ns: int) -> None:
    rollout = change.rollout
    same = (_rollouts.c.id == rollout.id) & (_rollouts.c.revision == before.revision)
    values = {"revision": before.revision + 1, "state": rollout.state.value}
    values |= {"message": rollout.model_dump_json()}
    if connection.execute(update(_rollouts).where(same).values(values)).rowcount != 1:
        raise RolloutError(
            rollout.id, "was changed by somebody else meanwhile; look, and try again"
        )
    rows = [
        {"rollout": rollout.id, "station": one.station, "message": one.model_dump_json()}
        for one in change.targets
    ]
    if rows:
        kind = _KINDS[connection.dialect.name]
        new = kind.insert(_stations)
        put = new.on_conflict_do_update(
            index_elements=["rollout", "station"], set_={"message": new.excluded.message}
        )
        connection.execute(put, rows)
    _note(connection, rollout.id, change.notes, now_ns)


def _note(connection: Connection, rollout: str, notes: Iterable[Note], now_ns: int) -> None:
    rows = [
        {
            "rollout": rollout,
            "at_ns": now_ns,
            "action": note.action,
            "by": note.by,
            "ring": note.ring,
            "station": note.station,
            "detail": note.detail[:_LONGEST_DETAIL],
        }
        for note in notes
    ]
    if rows:
        connection.execute(insert(_audit), rows)


def _kept(message: str, revision: int) -> Kept:
    return Kept(rollout=Rollout.model_validate_json(message), revision=revision)
