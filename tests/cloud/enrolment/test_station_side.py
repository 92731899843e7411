"""The station's side alone: power cuts, wrong clocks, servers that lie, drip and babble."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel

from cloud.enrolment.authority import Authority, make_authority, nanoseconds
from edge.enrol.client import ask
from edge.enrol.config import EnrolmentSection
from edge.enrol.enroller import Around, Done, Enroller
from edge.enrol.identity import IdentityStore
from edge.enrol.keys import make_key, make_request
from edge.enrol.ticket import Ticket
from edge.enrol.wire import EnrolRequest, Grant
from edge.errors import EnrolError, EnrolRefusedError
from tests.edge.update.cuts import WatchedDisk, lay_files, left_by_cuts, read_files

YEARS_NS = 20 * 365 * 86_400 * 1_000_000_000
NAME = ("XX", "KARA1")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority."""
    return make_authority(tmp_path / "ca", "test", 3650, None, time.time_ns())


def _ticket(authority: Authority, url: str = "https://localhost:1/") -> Ticket:
    return Ticket(
        network="XX",
        station="KARA1",
        url=url,
        broker="localhost",
        broker_port=8883,
        token="0" * 8 + "." + "A" * 43,
        issued=time.time_ns(),
        expires=time.time_ns() + YEARS_NS,
        authority=authority.pem,
    )


@dataclass
class Signer:
    """Signs as the centre does: a token is good for the first key that comes with it."""

    authority: Authority
    first: bytes | None = None
    steps: list[object] = field(default_factory=list)
    at_step: int = 0

    def __call__(self, _url: str, question: BaseModel, *_rest: object) -> Grant:
        """Answer."""
        self.at_step = len(self.steps)
        request = x509.load_pem_x509_csr(question.request.encode())  # type: ignore[attr-defined]
        key = request.public_key()
        assert isinstance(key, EllipticCurvePublicKey)
        if isinstance(question, EnrolRequest):
            public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            if self.first not in {None, public}:
                raise EnrolRefusedError("another key")
            self.first = public
        signed = self.authority.station(key, "XX/KARA1", 90, time.time_ns())
        return Grant(
            certificate=signed.public_bytes(Encoding.PEM).decode(),
            authority=self.authority.pem,
            broker="localhost",
            broker_port=8883,
            url="https://localhost:1/",
            not_before=nanoseconds(signed.not_valid_before_utc),
            not_after=nanoseconds(signed.not_valid_after_utc),
        )


def _enroller(folder: Path, signer: Signer, disk: WatchedDisk | None = None) -> Enroller:
    section = EnrolmentSection(clock="any")
    return Enroller(*NAME, section, IdentityStore(folder, disk), Around(ask=signer))


def test_the_power_may_go_off_at_any_write_of_an_enrolment(
    tmp_path: Path, authority: Authority
) -> None:
    """From every state that a disk may be left in, the next start ends enrolled."""
    folder, cut = tmp_path / "station", tmp_path / "cut"
    (folder / "enrolment").mkdir(parents=True)
    (folder / "enrolment-token").write_bytes(_ticket(authority).to_bytes())
    before, disk = read_files(folder), WatchedDisk(folder)
    signer = Signer(authority, steps=disk.steps)
    _enroller(folder, signer, disk).run()
    unheard = len(list(left_by_cuts(before, disk.steps[: signer.at_step])))
    states = list(left_by_cuts(before, disk.steps))
    assert len(states) > 40

    for number, files in enumerate(states):
        lay_files(cut, files)
        later = Signer(authority, None if number < unheard else signer.first)
        _enroller(cut, later).run()
        kept = IdentityStore(cut).read()
        assert kept is not None, files.keys()
        assert not (cut / "enrolment-token").exists()
        assert (cut / "enrolment/tls.pem").read_text() == kept.key + kept.grant.certificate


def test_the_power_may_go_off_at_any_write_of_a_renewal(
    tmp_path: Path, authority: Authority
) -> None:
    """There always is a certificate with its key, the old or the new."""
    folder, cut = tmp_path / "station", tmp_path / "cut"
    (folder / "enrolment").mkdir(parents=True)
    (folder / "enrolment-token").write_bytes(_ticket(authority).to_bytes())
    signer = Signer(authority)
    _enroller(folder, signer).run()
    before, disk = read_files(folder), WatchedDisk(folder)
    _enroller(folder, signer, disk).run(renew_now=True)
    old, new = before["enrolment/identity.json"], read_files(folder)["enrolment/identity.json"]
    assert old != new

    for files in islice(left_by_cuts(before, disk.steps), 5000):
        lay_files(cut, files)
        assert files["enrolment/identity.json"] in {old, new}
        assert Done.HELD is _enroller(cut, signer).run()
        kept = IdentityStore(cut).read()
        assert kept is not None
        assert (cut / "enrolment/tls.pem").read_text() == kept.key + kept.grant.certificate
        assert Done.RENEWED is _enroller(cut, signer).run(renew_now=True)


@pytest.mark.parametrize(
    ("ahead_ns", "words"), [(-YEARS_NS, "before this software"), (YEARS_NS, "set the clock")]
)
def test_a_clock_twenty_years_off_waits_and_says_so(
    tmp_path: Path, authority: Authority, ahead_ns: int, words: str
) -> None:
    """Nothing is used up: with the clock set the station enrols with the same token."""
    store = IdentityStore(tmp_path / "station")
    store.default_token.parent.mkdir()
    store.default_token.write_bytes(_ticket(authority).to_bytes())
    signer = Signer(authority)
    section = EnrolmentSection(clock="any")
    around = Around(ask=signer, now_ns=lambda: time.time_ns() + ahead_ns)

    with pytest.raises(EnrolError, match=words) as caught:
        Enroller(*NAME, section, store, around).run()

    assert "clock" == caught.value.stage
    assert store.default_token.exists()
    assert Done.ENROLLED is Enroller(*NAME, section, store, Around(ask=signer)).run()


def test_nobody_keeps_the_clock(tmp_path: Path, authority: Authority) -> None:
    """By default the station waits until somebody does."""
    store = IdentityStore(tmp_path / "station")
    store.default_token.parent.mkdir()
    store.default_token.write_bytes(_ticket(authority).to_bytes())
    around = Around(ask=Signer(authority), is_kept=lambda: False)

    with pytest.raises(EnrolError, match="nobody keeps the host's clock"):
        Enroller(*NAME, EnrolmentSection(), store, around).run()


@pytest.mark.parametrize("content", [b"", b"\0" * 900, b"{", b'{"version": 2}', b"x" * 9000])
def test_a_token_file_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    """An error says what to do, and shows nothing of a token."""
    store = IdentityStore(tmp_path)
    store.default_token.write_bytes(content)

    with pytest.raises(EnrolError, match=r"station add") as caught:
        Enroller(*NAME, EnrolmentSection(clock="any"), store).run()

    assert "token" == caught.value.stage


def test_a_bad_token_does_not_let_a_good_certificate_run_out(
    tmp_path: Path, authority: Authority
) -> None:
    """A second token that the centre refuses leaves the certificate alone, and it is renewed."""
    store = IdentityStore(tmp_path / "station")
    store.default_token.parent.mkdir()
    store.default_token.write_bytes(_ticket(authority).to_bytes())
    signer = Signer(authority)
    section = EnrolmentSection(clock="any")
    Enroller(*NAME, section, store, Around(ask=signer)).run()
    other = _ticket(authority).model_copy(update={"token": "1" * 8 + "." + "B" * 43})
    store.default_token.write_bytes(other.to_bytes())

    with pytest.raises(EnrolRefusedError):
        Enroller(*NAME, section, store, Around(ask=signer)).run()
    kept = store.read()
    assert kept is not None
    late = Around(ask=signer, now_ns=lambda: kept.renew_at_ns + 1)
    assert Done.RENEWED is Enroller(*NAME, section, store, late).run()


Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def _server(authority: Authority, folder: Path, answer: Answering) -> AsyncIterator[str]:
    key, certificate = authority.server(("localhost",), 30, nanoseconds(_begin(authority)))
    (folder / "server.pem").write_bytes(key + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        await server.wait_closed()


def _begin(authority: Authority) -> object:
    return authority.certificate.not_valid_before_utc


async def _asked(authority: Authority, url: str, timeout_s: float = 30) -> Grant:
    question = EnrolRequest(token="t", request=make_request(make_key(), "XX/KARA1"))
    return await asyncio.to_thread(ask, url, question, authority.pem, timeout_s)


@pytest.mark.parametrize(
    ("ahead_ns", "words"), [(YEARS_NS, "not valid yet"), (-YEARS_NS, "has run out")]
)
async def test_a_handshake_that_fails_by_the_clock_says_so(
    tmp_path: Path, ahead_ns: int, words: str
) -> None:
    """What OpenSSL says of times becomes a question about the clock."""
    made_ns = time.time_ns() + ahead_ns
    authority = make_authority(tmp_path / "ca", "test", 3650, None, made_ns)

    async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    async with _server(authority, tmp_path, silent) as url:
        with pytest.raises(EnrolError, match=f"{words}.*is the clock right") as caught:
            await _asked(authority, url)

    assert "clock" == caught.value.stage


_HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "closed connection without response|centre"),
        (b"SSH-2.0-server\r\n", "centre"),
        (_HEAD + b"{}", "it is none"),
        (_HEAD + b"x" * 100_000, "more than 16384 bytes"),
        (b"HTTP/1.1 500 no\r\nConnection: close\r\n\r\n<b>\x1b[31m", "answers 500"),
        (b"HTTP/1.1 302 go\r\nLocation: https://evil.example/\r\n\r\n", "answers 302"),
    ],
)
async def test_answers_that_are_none_are_refused(
    tmp_path: Path, authority: Authority, content: bytes, words: str
) -> None:
    """Bounded, without control characters, and never followed elsewhere."""

    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    async with _server(authority, tmp_path, babble) as url:
        with pytest.raises(EnrolError, match=words) as caught:
            await _asked(authority, url)

    assert "\x1b" not in str(caught.value)


async def test_a_server_that_drips_does_not_hold_us(tmp_path: Path, authority: Authority) -> None:
    """The time is of the whole attempt, not between two bytes."""

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(_HEAD)
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with _server(authority, tmp_path, drip) as url:
        with pytest.raises(EnrolError, match=r"too long|timed out"):
            await _asked(authority, url, timeout_s=1.0)
