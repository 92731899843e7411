"""Tokens of those who may read, kept as hashes.

A token is `<id>.<secret>` with 256 random bits: a plain SHA-256 of it cannot be searched through.
"""

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from cloud.store.tables import tokens
from edge.timestamps import Timestamp

REFRESH_S: Final = 5.0
"""A token that was revoked is refused after so long."""


class Role(StrEnum):
    """What a token is good for."""

    READER = "reader"
    OPERATOR = "operator"
    """Reads, and gives orders to rollouts."""


class TokenView(BaseModel):
    """What is known of a token; not the token."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    name: str = Field(description="Whose it is")
    role: Role
    created: Timestamp = Field(validation_alias="created_ns")
    revoked: Timestamp | None = Field(validation_alias="revoked_ns")


class Tokens:
    """The table; methods block for the database.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, _Known] = {}
        self._read_s: float | None = None
        self._lock = threading.Lock()

    def add(self, name: str, now_ns: int, role: Role = Role.READER) -> str:
        """Return a new token; this is the only moment at which it can be seen."""
        number, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        token = f"{number}.{secret}"
        values = {"id": number, "name": name, "hash": _hash(token), "created_ns": now_ns}
        values |= {"role": role.value}
        with self._engine.begin() as connection:
            connection.execute(insert(tokens).values(values))
        return token

    def revoke(self, number: str, now_ns: int) -> bool:
        """Revoke a token by its id; return False where there is none that holds."""
        holds = (tokens.c.id == number) & tokens.c.revoked_ns.is_(None)
        with self._engine.begin() as connection:
            done = connection.execute(update(tokens).where(holds).values(revoked_ns=now_ns))
        return done.rowcount > 0

    def all(self) -> list[TokenView]:
        """Return every token that was ever given, oldest first."""
        query = select(tokens).order_by(tokens.c.created_ns, tokens.c.id)
        with self._engine.connect() as connection:
            return [TokenView.model_validate(row) for row in connection.execute(query)]

    def holds(self, token: str) -> bool:
        """Return whether a token is one of ours and was not revoked.

        While the database is away, the tokens hold that held when it was last read.
        """
        return self._of(token) is not None

    def operator(self, token: str) -> str | None:
        """Return whose a token is, if it may give orders."""
        known = self._of(token)
        return known.name if known is not None and known.role == Role.OPERATOR else None

    def _of(self, token: str) -> "_Known | None":
        known = self._all_known().get(token.partition(".")[0])
        if known is None or not hmac.compare_digest(known.hash, _hash(token)):
            return None
        return known

    def _all_known(self) -> "dict[str, _Known]":
        with self._lock:
            now_s = time.monotonic()
            if self._read_s is None or now_s - self._read_s > REFRESH_S:
                self._read_s = now_s
                self._known = self._read()
            return self._known

    def _read(self) -> "dict[str, _Known]":
        query = select(tokens).where(tokens.c.revoked_ns.is_(None))
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(query)
                return {row.id: _Known(row.hash, row.name, row.role) for row in rows}
        except SQLAlchemyError:
            # Said by the keeper already; a wall display must not go dark with the database.
            return self._known


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that holds."""

    hash: str
    name: str
    role: str


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
