"""Tokens, certificates and the audit in the database.

A token is `<id>.<secret>` with 256 random bits and kept as its SHA-256, like those of readers. Each
change goes with its line of the audit, in one transaction. Methods block for the database.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, Update, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from cloud.enrolment.views import AuditLine, Enrolment
from cloud.store.tables import certificates as _certificates
from cloud.store.tables import enrolled_stations as _stations
from cloud.store.tables import enrolment_audit as _audit
from cloud.store.tables import enrolment_tokens as _tokens

Names = tuple[str, str]
"""Network and station code."""
_NO_HASH: Final = hashlib.sha256(b"no token").hexdigest()
_LONGEST_DETAIL: Final = 300


@dataclass(frozen=True, slots=True)
class Token:
    """What the database knows of a token that somebody has shown."""

    id: str
    names: Names
    expires_ns: int
    key_hash: str | None
    """Of the key that used it; None while it is open."""
    revoked: bool


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was signed."""

    serial: str
    names: Names
    key_hash: str
    issued_ns: int
    not_after_ns: int
    pem: str


class Registry:
    """The tables.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, names: Names, now_ns: int, expires_ns: int) -> str:
        """Let a station in, and return its token; this is the only moment at which it can be seen.

        A token that was given to it before and not used is worth nothing from now on.
        """
        number, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        token = f"{number}.{secret}"
        values = {"id": number, "hash": _hash(token), "created_ns": now_ns}
        values |= {"expires_ns": expires_ns, "network": names[0], "station": names[1]}
        self._know(names, now_ns)
        with self._engine.begin() as connection:
            connection.execute(_of(update(_stations), names).values(revoked_ns=None))
            is_open = _tokens.c.used_ns.is_(None) & _tokens.c.revoked_ns.is_(None)
            connection.execute(_of(update(_tokens), names).where(is_open).values(revoked_ns=now_ns))
            connection.execute(insert(_tokens).values(values))
            _note(connection, now_ns, "token", names, None, f"token {number} made")
        return token

    def token(self, shown: str) -> Token | None:
        """Return a token by all of it; None where it is none of ours."""
        number = shown.partition(".")[0]
        with self._engine.connect() as connection:
            row = connection.execute(select(_tokens).where(_tokens.c.id == number)).one_or_none()
        # As long for a token that there is not as for one with a wrong secret.
        known = row.hash if row is not None else _NO_HASH
        if not hmac.compare_digest(known, _hash(shown)) or row is None:
            return None
        names = (row.network, row.station)
        return Token(row.id, names, row.expires_ns, row.key_hash, row.revoked_ns is not None)

    def first(self, token: Token, issued: Issued, address: str) -> int | None:
        """Keep the certificate that a token gave; those of other keys of the station end.

        Returns:
            How many ended; None where the token was used or revoked meanwhile.
        """
        now_ns = issued.issued_ns
        still = (_tokens.c.id == token.id) & _tokens.c.used_ns.is_(None)
        still &= _tokens.c.revoked_ns.is_(None)
        with self._engine.begin() as connection:
            used = {"used_ns": now_ns, "key_hash": issued.key_hash}
            claimed = connection.execute(update(_tokens).where(still).values(used))
            if claimed.rowcount != 1 or not _hold(connection, issued.names):
                connection.rollback()
                return None
            other = _certificates.c.revoked_ns.is_(None)
            ended = connection.execute(
                _of(update(_certificates), issued.names).where(other).values(revoked_ns=now_ns)
            ).rowcount
            _keep(connection, issued)
            detail = f"token {token.id}, certificate {issued.serial}, {ended} ended"
            _note(connection, now_ns, "enrol", issued.names, address, detail)
        return ended

    def next(self, old_serial: str, issued: Issued, address: str) -> bool:
        """Keep the certificate that an older one gave; return False where that was revoked.

        Those before the older one end: their keys may be in a backup, or on a card that was copied.
        """
        with self._engine.begin() as connection:
            if not _hold(connection, issued.names):
                return False
            query = select(_certificates).where(_certificates.c.serial == old_serial)
            row = connection.execute(query).one_or_none()
            if row is None or row.revoked_ns is not None:
                return False
            before = _certificates.c.revoked_ns.is_(None)
            before &= _certificates.c.issued_ns < row.issued_ns
            ended = update(_certificates).where(before).values(revoked_ns=issued.issued_ns)
            connection.execute(_of(ended, issued.names))
            _keep(connection, issued)
            detail = f"certificate {issued.serial} after {old_serial}"
            _note(connection, issued.issued_ns, "renew", issued.names, address, detail)
        return True

    def certificate(self, serial: str) -> Issued | None:
        """Return a certificate that was not revoked, run out or not; None where there is none."""
        return self._issued(_certificates.c.serial == serial)

    def of_key(self, names: Names, key_hash: str, now_ns: int) -> Issued | None:
        """Return the newest certificate of a station's key that holds; None where there is none."""
        wanted = (_certificates.c.network == names[0]) & (_certificates.c.station == names[1])
        fresh = (_certificates.c.key_hash == key_hash) & (_certificates.c.not_after_ns > now_ns)
        return self._issued(wanted & fresh)

    def issued_since(self, names: Names, since_ns: int) -> int:
        """Return how many certificates a station was given since a time."""
        wanted = (_certificates.c.network == names[0]) & (_certificates.c.station == names[1])
        wanted &= _certificates.c.issued_ns > since_ns
        query = select(func.count()).select_from(_certificates).where(wanted)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def is_let_in(self, names: Names) -> bool:
        """Return whether a station was added and not revoked."""
        return names in self.let_in()

    def let_in(self) -> list[Names]:
        """Return the stations that have rights at the broker."""
        query = select(_stations.c.network, _stations.c.station)
        with self._engine.connect() as connection:
            rows = connection.execute(query.where(_stations.c.revoked_ns.is_(None)))
            return sorted((row.network, row.station) for row in rows)

    def revoke(self, names: Names, now_ns: int) -> bool:
        """Shut a station out, with its tokens and certificates; False where it is not let in."""
        with self._engine.begin() as connection:
            holds = _stations.c.revoked_ns.is_(None)
            done = connection.execute(
                _of(update(_stations), names).where(holds).values(revoked_ns=now_ns)
            )
            if done.rowcount != 1:
                return False
            for table in (_tokens, _certificates):
                holds = table.c.revoked_ns.is_(None)
                connection.execute(_of(update(table), names).where(holds).values(revoked_ns=now_ns))
            _note(connection, now_ns, "revoke", names, None, "station revoked")
        return True

    def revoked(self, since_ns: int) -> list[tuple[int, int]]:
        """Return number and time of revoked certificates that would hold at a time."""
        query = select(_certificates.c.serial, _certificates.c.revoked_ns).where(
            _certificates.c.revoked_ns.is_not(None) & (_certificates.c.not_after_ns > since_ns)
        )
        with self._engine.connect() as connection:
            return sorted(
                (int(row.serial, 16), row.revoked_ns) for row in connection.execute(query)
            )

    def note(self, now_ns: int, action: str, station: str | None, address: str, why: str) -> None:
        """Write a line of the audit for what changed nothing, such as a refusal."""
        names = None if station is None else tuple(station.split("/", 1))
        with self._engine.begin() as connection:
            _note(connection, now_ns, action, names, address, why)

    def audit(self, limit: int) -> list[AuditLine]:
        """Return the newest lines, newest first."""
        query = select(_audit).order_by(_audit.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [AuditLine.model_validate(row) for row in connection.execute(query)]

    def all(self, now_ns: int) -> list[Enrolment]:
        """Return how each station stands, by name."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(_stations).order_by(_stations.c.network, _stations.c.station)
            ).all()
            tokens = _newest(
                connection.execute(select(_tokens).order_by(_tokens.c.created_ns)).all()
            )
            held = _newest(
                connection.execute(
                    select(_certificates)
                    .where(_certificates.c.revoked_ns.is_(None))
                    .order_by(_certificates.c.issued_ns)
                ).all()
            )
        return [
            Enrolment.of(row, tokens.get(_key(row)), held.get(_key(row)), now_ns) for row in rows
        ]

    def _know(self, names: Names, now_ns: int) -> None:
        values = {"network": names[0], "station": names[1], "added_ns": now_ns}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_stations).values(values))
        except IntegrityError:
            return  # known already

    def _issued(self, wanted: object) -> Issued | None:
        query = (
            select(_certificates)
            .where(and_(wanted, _certificates.c.revoked_ns.is_(None)))  # type: ignore[arg-type]
            .order_by(_certificates.c.issued_ns.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        names = (row.network, row.station)
        return Issued(row.serial, names, row.key_hash, row.issued_ns, row.not_after_ns, row.pem)


def _hold(connection: Connection, names: Names) -> bool:
    """Hold a station's row until the transaction ends; return False where it is revoked.

    So a revocation comes before or after a certificate, and misses none.
    """
    holds = _stations.c.revoked_ns.is_(None)
    same = _of(update(_stations), names).where(holds).values(added_ns=_stations.c.added_ns)
    return connection.execute(same).rowcount == 1


def _keep(connection: Connection, issued: Issued) -> None:
    values = {"serial": issued.serial, "network": issued.names[0], "station": issued.names[1]}
    values |= {"key_hash": issued.key_hash, "pem": issued.pem}
    times = {"issued_ns": issued.issued_ns, "not_after_ns": issued.not_after_ns}
    connection.execute(insert(_certificates).values({**values, **times}))


def _note(
    connection: Connection,
    now_ns: int,
    action: str,
    names: tuple[str, ...] | None,
    address: str | None,
    detail: str,
) -> None:
    values = {
        "at_ns": now_ns,
        "action": action,
        "station": None if names is None else "/".join(names)[:32],
        "address": None if address is None else address[:64],
        "detail": detail[:_LONGEST_DETAIL],
    }
    connection.execute(insert(_audit).values(values))


def _of(change: Update, names: Names) -> Update:
    columns = change.table.c
    return change.where((columns.network == names[0]) & (columns.station == names[1]))


def _key(row: Row[Any]) -> Names:
    return row.network, row.station


def _newest(rows: Sequence[Row[Any]]) -> dict[Names, Row[Any]]:
    """Return the last row of each station."""
    return {_key(row): row for row in rows}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
