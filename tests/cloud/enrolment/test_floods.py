"""Somebody floods the door, from outside or from among the stations; the others are let in."""

import asyncio
import base64
import socket
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from cloud.enrolment import impatient
from cloud.enrolment.authority import make_authority
from edge.enrol.client import ask
from edge.enrol.enroller import Done
from edge.enrol.keys import check_grant, load_key, make_key, make_request, prove
from edge.enrol.ticket import read_ticket
from edge.enrol.wire import ENROL_PATH, RENEW_PATH, EnrolRequest, Grant, RenewRequest
from edge.errors import EnrolError, EnrolRefusedError
from tests.cloud.enrolment.conftest import DAY_NS, Centre
from tests.cloud.enrolment.test_over_tls import _post

if TYPE_CHECKING:
    from pydantic import BaseModel


async def test_a_station_behind_the_same_address_as_a_flood(open_centre: Centre) -> None:
    """Wrong questions fill neither the audit nor the way of a true token."""
    store = open_centre.card()
    for _ in range(14):
        await asyncio.to_thread(_post, open_centre, b"x")

    done = await asyncio.to_thread(open_centre.enroller(store).run)

    assert Done.ENROLLED is done
    assert len(open_centre.audited("refuse")) < 14


async def test_who_holds_connections_and_says_nothing(
    open_centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of one address than it may have are closed at once, the others soon."""
    monkeypatch.setattr(impatient, "_FIRST_S", 1.0)
    monkeypatch.setattr(impatient, "_MOST_OF_A_SITE", 4)
    store = open_centre.card()
    context = ssl.create_default_context(cadata=open_centre.office.authorities.pem())
    port = open_centre.office.section.port
    held = [
        await asyncio.open_connection("localhost", port, ssl=context, server_hostname="localhost")
        for _ in range(6)
    ]

    async with asyncio.timeout(60):
        for reader, _ in held:
            assert b"" == await reader.read(1)
    done = await asyncio.to_thread(open_centre.enroller(store).run)
    for _, writer in held:
        writer.close()

    assert Done.ENROLLED is done


def _renewal(kept: object, key: bytes) -> RenewRequest:
    request = make_request(key, "XX/KARA1")
    grant = kept.grant  # type: ignore[attr-defined]
    proof = prove(kept.key.encode(), request)  # type: ignore[attr-defined]
    return RenewRequest(certificate=grant.certificate, request=request, proof=proof)


async def test_a_station_that_renews_without_end(open_centre: Centre) -> None:
    """One that was taken over fills the database with some certificates a day, not with millions.

    The next day it may again; and it cannot keep itself from a renewal in time.
    """
    store = open_centre.card()
    await asyncio.to_thread(open_centre.enroller(store).run)
    kept = store.read()
    assert kept is not None
    url = kept.grant.url + RENEW_PATH
    key = make_key()
    same = {
        (
            await asyncio.to_thread(ask, url, _renewal(kept, key), kept.grant.authority, 60)
        ).certificate
        for _ in range(5)
    }
    assert 1 == len(same)

    given = 0
    with pytest.raises(EnrolRefusedError, match="too often"):  # noqa: PT012 - the last of many
        while given < 30:
            question = _renewal(kept, make_key())
            await asyncio.to_thread(ask, url, question, kept.grant.authority, 60)
            given += 1
    assert given < 12
    open_centre.clock.ahead_ns += 2 * DAY_NS
    await asyncio.to_thread(ask, url, _renewal(kept, make_key()), kept.grant.authority, 60)


async def test_a_replayed_renewal_gives_nothing_new(open_centre: Centre) -> None:
    """Recorded and sent again: the certificate of before, without whose key it is paper."""
    store = open_centre.card()
    await asyncio.to_thread(open_centre.enroller(store).run)
    kept = store.read()
    assert kept is not None
    url = kept.grant.url + RENEW_PATH
    question = _renewal(kept, kept.key.encode())

    answers = [
        await asyncio.to_thread(ask, url, question, kept.grant.authority, 60) for _ in range(3)
    ]

    assert 1 == len({one.certificate for one in answers})
    assert len(open_centre.audited("renew")) <= 1


async def test_a_key_from_an_old_backup(open_centre: Centre) -> None:
    """When a station has renewed by its next certificate, the ones before give nothing any more."""
    store = open_centre.card()
    await asyncio.to_thread(open_centre.enroller(store).run)
    old = store.read()
    assert old is not None
    renew = open_centre.enroller(store).run
    for _ in range(2):
        open_centre.clock.ahead_ns += DAY_NS
        await asyncio.to_thread(lambda: renew(renew_now=True))

    question = _renewal(old, make_key())
    with pytest.raises(EnrolRefusedError, match="none of ours"):
        await asyncio.to_thread(ask, old.grant.url + RENEW_PATH, question, old.grant.authority, 60)
    assert Done.RENEWED is await asyncio.to_thread(lambda: renew(renew_now=True))


@pytest.mark.parametrize("token", ["\x00" * 20, "a\x00.b", "\u202e.x", "'; drop table"])
async def test_a_token_of_strange_characters(open_centre: Centre, token: str) -> None:
    """Refused before any database sees it: PostgreSQL knows no zero in a text."""
    url = open_centre.office.url() + ENROL_PATH
    question = EnrolRequest.model_construct(
        version=1, token=token, request=make_request(make_key(), "XX/KARA1")
    )

    with pytest.raises(EnrolRefusedError):
        await asyncio.to_thread(ask, url, question, open_centre.office.authorities.pem(), 60)


async def test_a_handshake_that_never_ends(open_centre: Centre) -> None:
    """Beside it stations are let in."""
    store = open_centre.card()
    with socket.create_connection(("127.0.0.1", open_centre.office.section.port), timeout=30):
        begin_s = time.monotonic()
        done = await asyncio.to_thread(open_centre.enroller(store).run)

    assert Done.ENROLLED is done
    assert time.monotonic() - begin_s < 60


def _pem(kind: str, der: bytes) -> str:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {kind}-----\n{body}-----END {kind}-----\n"


async def test_certificates_and_requests_that_nobody_makes(open_centre: Centre) -> None:
    """Of a version or a curve that there is not: refused, and no error of ours."""
    store = open_centre.card()
    ticket = read_ticket(store.default_token)
    assert ticket is not None
    await asyncio.to_thread(open_centre.enroller(store).run)
    kept = store.read()
    assert kept is not None
    good = _renewal(kept, make_key())
    der = x509.load_pem_x509_certificate(good.certificate.encode()).public_bytes(Encoding.DER)
    request = x509.load_pem_x509_csr(good.request.encode()).public_bytes(Encoding.DER)
    curve, other = bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f")
    version = request.replace(b"\x02\x01\x00", b"\x02\x01\x05", 1)
    asked: list[tuple[str, BaseModel]] = [
        (RENEW_PATH, good.model_copy(update={"certificate": _pem("CERTIFICATE", one)}))
        for one in (der.replace(b"\x02\x01\x02", b"\x02\x01\x07", 1), der.replace(curve, other))
    ]
    asked += [
        (path, question.model_copy(update={"request": _pem("CERTIFICATE REQUEST", one)}))
        for one in (version, request.replace(curve, other))
        for path, question in (
            (RENEW_PATH, good),
            (ENROL_PATH, EnrolRequest(token=ticket.token, request="-")),
        )
    ]

    for path, question in asked:
        with pytest.raises(EnrolRefusedError):
            await asyncio.to_thread(ask, kept.grant.url + path, question, kept.grant.authority, 60)

    assert len(asked) == len(open_centre.audited("refuse"))


def test_answers_that_nobody_makes(tmp_path: Path) -> None:
    """The same, as a station sees them: it tries again later."""
    authority = make_authority(tmp_path, "test", 10, None, time.time_ns())
    key = make_key()
    signed = authority.station(load_key(key).public_key(), "XX/KARA1", 9, time.time_ns())
    der = signed.public_bytes(Encoding.DER)
    curve, other = bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f")
    for bad in (der.replace(b"\x02\x01\x02", b"\x02\x01\x07", 1), der.replace(curve, other)):
        grant = Grant(
            certificate=_pem("CERTIFICATE", bad),
            authority=authority.pem,
            broker="localhost",
            broker_port=8883,
            url="https://localhost:1/",
            not_before=0,
            not_after=1,
        )
        with pytest.raises(EnrolError, match="no certificate of the authority"):
            check_grant(grant, key, "XX/KARA1", time.time_ns())
