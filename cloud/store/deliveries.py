"""The log of what was told to whom: a row a rule and revision of an event.

Methods block for the database; call them in a thread.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cloud.store.tables import deliveries
from edge.timestamps import Timestamp

_LONGEST_ANSWER = 500


class DeliveryStatus(StrEnum):
    """How far a delivery came."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"
    GIVEN_UP = "given-up"
    SUPERSEDED = "superseded"


class Delivery(BaseModel):
    """One row."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    rule: str = Field(description="Name of the rule")
    event_id: str
    revision: int
    status: DeliveryStatus
    attempts: int = Field(description="How often it was tried")
    created: Timestamp = Field(validation_alias="created_ns", description="On the wall clock")
    tried: Timestamp | None = Field(validation_alias="tried_ns", description="The last try")
    answer: str | None = Field(description="Of the last try: status, or what went wrong")


class DeliveryLog:
    """The table.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, rule: str, event_id: str, revision: int, now_ns: int) -> bool:
        """Note a delivery that is to be made; return False for one that was noted before."""
        values = {
            "rule": rule,
            "event_id": event_id,
            "revision": revision,
            "status": DeliveryStatus.WAITING.value,
            "attempts": 0,
            "created_ns": now_ns,
        }
        kind = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        insert = kind.insert(deliveries).values(values).on_conflict_do_nothing()
        with self._engine.begin() as connection:
            # Drivers do not all count the rows of such an insert; what it returns is certain.
            return connection.execute(insert.returning(deliveries.c.rule)).first() is not None

    def knows(self, rule: str, event_id: str) -> bool:
        """Return whether a rule was ever told of an event, or of an alarm."""
        columns = deliveries.c
        query = select(columns.rule).where(columns.rule == rule, columns.event_id == event_id)
        with self._engine.connect() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def note(self, delivery: Delivery) -> None:
        """Note how a delivery stands."""
        columns = deliveries.c
        change = update(deliveries).where(
            columns.rule == delivery.rule,
            columns.event_id == delivery.event_id,
            columns.revision == delivery.revision,
        )
        values = {
            "status": delivery.status.value,
            "attempts": delivery.attempts,
            "tried_ns": delivery.tried,
            "answer": delivery.answer and delivery.answer[:_LONGEST_ANSWER],
        }
        with self._engine.begin() as connection:
            connection.execute(change.values(values))

    def latest(self, limit: int) -> list[Delivery]:
        """Return the newest rows, newest first."""
        columns = deliveries.c
        order = (columns.created_ns.desc(), columns.rule, columns.revision.desc())
        with self._engine.connect() as connection:
            rows = connection.execute(select(deliveries).order_by(*order).limit(limit)).all()
        return [Delivery.model_validate(row) for row in rows]

    def since(self, created_ns: int) -> list[Delivery]:
        """Return the rows that were begun since, oldest first."""
        columns = deliveries.c
        query = select(deliveries).where(columns.created_ns >= created_ns)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(columns.created_ns, columns.revision)).all()
        return [Delivery.model_validate(row) for row in rows]
