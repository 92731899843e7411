"""Who still hangs on the authority before, while it gives way to the next.

A station that has renewed since believes both. One that has not, believes the older one alone; a
token that was made before says that one, too.
"""

from dataclasses import dataclass

from cryptography import x509
from sqlalchemy import Engine, select

from cloud.enrolment.authorities import Authorities
from cloud.enrolment.registry import Names
from cloud.store.tables import certificates as _certificates
from cloud.store.tables import enrolled_stations as _stations
from cloud.store.tables import enrolment_tokens as _tokens


@dataclass(frozen=True, slots=True)
class Left:
    """Who would be shut out without the authority before."""

    stations: tuple[Names, ...] = ()
    """Their newest certificate is by it."""
    tokens: tuple[Names, ...] = ()
    """Their token was made before the next one, and not used yet."""

    @property
    def names(self) -> list[str]:
        """All of them, as NETWORK.STATION."""
        return sorted({".".join(one) for one in (*self.stations, *self.tokens)})


def left_behind(engine: Engine, authorities: Authorities, now_ns: int) -> Left:
    """Return who still hangs on the authority before; nobody where there is none.

    Args:
        engine: The database.
        authorities: Both.
        now_ns: Now; certificates that ran out by then count, for they can still be renewed.
    """
    if authorities.previous is None:
        return Left()
    newest: dict[Names, str] = {}
    with engine.connect() as connection:
        let_in = {
            (row.network, row.station)
            for row in connection.execute(select(_stations).where(_stations.c.revoked_ns.is_(None)))
        }
        held = select(_certificates).where(_certificates.c.revoked_ns.is_(None))
        for row in connection.execute(held.order_by(_certificates.c.issued_ns)):
            newest[row.network, row.station] = row.pem
        is_open = _tokens.c.used_ns.is_(None) & _tokens.c.revoked_ns.is_(None)
        is_open &= (_tokens.c.expires_ns > now_ns) & (_tokens.c.created_ns < authorities.since_ns)
        waiting = {
            (row.network, row.station) for row in connection.execute(select(_tokens).where(is_open))
        }
    before = authorities.previous.certificate.subject
    stations = [names for names, pem in newest.items() if _issuer(pem) == before]
    return Left(tuple(sorted(let_in & set(stations))), tuple(sorted(let_in & waiting)))


def _issuer(pem: str) -> x509.Name:
    return x509.load_pem_x509_certificate(pem.encode("ascii")).issuer
