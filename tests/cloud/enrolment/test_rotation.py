"""One authority gives way to the next, without a visit to any station."""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

import pytest
from cryptography import x509
from starlette.applications import Starlette

from cloud.enrolment.authorities import Authorities, load_authorities, next_name, retire, rotate
from cloud.enrolment.authority import KEY, make_authority
from cloud.enrolment.door import Door
from cloud.enrolment.handover import left_behind
from cloud.errors import AuthorityError
from edge.enrol.client import ask
from edge.enrol.enroller import Done
from edge.enrol.identity import IdentityStore
from edge.enrol.keys import check_grant, make_key, make_request
from edge.enrol.wire import ENROL_PATH, EnrolRequest
from edge.errors import EnrolError, EnrolRefusedError
from tests.cloud.enrolment.conftest import Centre, free_port
from tests.cloud.enrolment.test_at_a_broker import _door, _is_let_in
from tests.cloud.enrolment.test_commands import _run
from tests.cloud.enrolment.test_commands import file as file  # noqa: PLC0414 - a fixture
from tests.conftest import Mosquitto

StartMosquitto = Callable[[str], Awaitable[Mosquitto]]


def _rotate(centre: Centre) -> None:
    """Do what `ca rotate` does."""
    folder = centre.office.folder
    rotate(folder, None, 3650, "next", time.time_ns())
    # A token of the same second may be from before.
    centre.clock.ahead_ns += 2 * 10**9
    centre.office.refresh()
    centre.office.publish()


def _retire(centre: Centre) -> None:
    """Do what `ca retire --force` does."""
    retire(centre.office.folder, None)
    centre.office.refresh()
    centre.office.publish()


async def _enrolled(centre: Centre, store: IdentityStore, station: str) -> Done:
    return await asyncio.to_thread(centre.enroller(store, station).run)


async def _renewed(centre: Centre, store: IdentityStore, station: str) -> Done:
    run = centre.enroller(store, station).run
    return await asyncio.to_thread(lambda: run(renew_now=True))


def _left(centre: Centre) -> list[str]:
    office = centre.office
    return left_behind(office.engine, office.authorities, centre.clock()).names


async def _until(wanted: dict[str, bool], port: int, stores: dict[str, IdentityStore]) -> None:
    """Wait until a broker lets in and refuses as it should."""
    async with asyncio.timeout(120):
        while True:
            found = {
                name: await asyncio.to_thread(_is_let_in, port, one) for name, one in stores.items()
            }
            if found == wanted:
                return
            await asyncio.sleep(0.1)


@pytest.mark.broker
async def test_a_whole_network_changes_its_authority_by_itself(
    open_centre: Centre, mosquitto_with: StartMosquitto
) -> None:
    """A real broker: old and new are let in meanwhile, the revoked one never, the late one not."""
    centre, names = open_centre, ("KARA1", "KARA2", "KARA3")
    stores = {name: centre.card(name) for name in names}
    for name, store in stores.items():
        await _enrolled(centre, store, name)
    early = centre.card("KARA4")
    port = free_port()
    broker = await mosquitto_with(_door(centre, port))
    assert broker._process is not None
    centre.office.lists._reload = ("kill", "-HUP", str(broker._process.pid))
    await _until(dict.fromkeys(names, True), port, stores)

    _rotate(centre)
    centre.office.registry.revoke(("XX", "KARA3"), centre.clock())
    centre.office.publish()
    assert Done.RENEWED is await _renewed(centre, stores["KARA1"], "KARA1")
    assert Done.ENROLLED is await _enrolled(centre, early, "KARA4")
    stores["KARA4"] = early
    await _until(dict.fromkeys(stores, True) | {"KARA3": False}, port, stores)
    assert ["XX.KARA2"] == _left(centre)

    _retire(centre)
    out = {"KARA2": False, "KARA3": False}
    await _until(dict.fromkeys(stores, True) | out, port, stores)
    assert Done.RENEWED is await _renewed(centre, stores["KARA1"], "KARA1")
    kept = stores["KARA1"].read()
    assert kept is not None
    assert centre.office.authorities.current.pem == kept.grant.authority
    # Refused by the centre, or its new certificate by the station: whichever comes first.
    with pytest.raises((EnrolRefusedError, EnrolError)):
        await _renewed(centre, stores["KARA2"], "KARA2")


async def test_a_token_from_before_and_one_from_meanwhile(open_centre: Centre) -> None:
    """Both find the centre; whoever comes meanwhile believes both, and the next one afterwards."""
    before = open_centre.card("KARA1")
    _rotate(open_centre)
    assert ["XX.KARA1"] == _left(open_centre)
    meanwhile = open_centre.card("KARA2")
    unused = open_centre.card("KARA3")

    for store, name in ((before, "KARA1"), (meanwhile, "KARA2")):
        assert Done.ENROLLED is await _enrolled(open_centre, store, name)
        kept = store.read()
        assert kept is not None
        assert 2 == len(x509.load_pem_x509_certificates(kept.grant.authority.encode()))
    assert [] == _left(open_centre)
    _retire(open_centre)
    assert Done.ENROLLED is await _enrolled(open_centre, unused, "KARA3")


async def test_an_answer_that_was_lost_over_a_rotation(open_centre: Centre) -> None:
    """The certificate of the first answer comes again, and the station finds who signed it."""
    ticket = open_centre.office.add(("XX", "KARA1"))
    key = make_key()
    question = EnrolRequest(token=ticket.token, request=make_request(key, "XX/KARA1"))
    url = ticket.url + ENROL_PATH
    first = await asyncio.to_thread(ask, url, question, ticket.authority, 60)
    _rotate(open_centre)

    again = await asyncio.to_thread(ask, url, question, ticket.authority, 60)

    assert first.certificate == again.certificate
    check_grant(again, key, "XX/KARA1", time.time_ns())


def test_the_door_shows_what_another_process_renewed(centre: Centre) -> None:
    """A command renewed the centre's certificate: the service shows that one, and not the old."""
    office = centre.office
    office.refresh()
    first = office._own.certificate.read_bytes()
    watched = _Watched(ssl.PROTOCOL_TLS_SERVER)
    with socket.socket() as listener:
        door = Door(Starlette(), listener, str(office._own.key))
    door._config.ssl = watched
    door.read_certificate()
    rotate(office.folder, None, 10, "next", time.time_ns())
    retire(office.folder, None)

    office.refresh()
    door.read_certificate()
    door.read_certificate()

    assert first != office._own.certificate.read_bytes()
    assert [str(office._own.key)] == watched.loaded


def test_every_cut_leaves_an_authority(tmp_path: Path) -> None:
    """Certificate without key, key that was wiped, certificate that was left: each is none."""
    made = make_authority(tmp_path, "one", 10, None, time.time_ns())
    (tmp_path / "authority-2.pem").write_text(made.pem)
    assert made.fingerprint == load_authorities(tmp_path, None).current.fingerprint
    assert load_authorities(tmp_path, None).previous is None

    second = rotate(tmp_path, None, 10, "two", time.time_ns())
    known = load_authorities(tmp_path, None)
    assert known.previous is not None
    assert (second.fingerprint, made.fingerprint) == (
        known.current.fingerprint,
        known.previous.fingerprint,
    )

    (tmp_path / KEY).write_bytes(b"\0" * 100)
    assert load_authorities(tmp_path, None).previous is None
    (tmp_path / KEY).unlink()
    assert second.fingerprint == load_authorities(tmp_path, None).current.fingerprint
    third = rotate(tmp_path, None, 10, "three", time.time_ns())
    assert third.fingerprint == load_authorities(tmp_path, None).current.fingerprint
    with pytest.raises(AuthorityError, match="already"):
        make_authority(tmp_path, "again", 10, None, time.time_ns())


def test_what_the_next_one_inherits(tmp_path: Path) -> None:
    """Passphrase and limits of names; not the name."""
    make_authority(
        tmp_path, "valley", 10, "correct horse", time.time_ns(), within=("valley.example.org",)
    )
    with pytest.raises(AuthorityError, match="tells them apart"):
        rotate(tmp_path, "correct horse", 10, "valley", time.time_ns())

    rotate(tmp_path, "correct horse", 10, next_name("valley"), time.time_ns())

    known = load_authorities(tmp_path, "correct horse")
    assert ("valley 2", ("valley.example.org",)) == (known.current.name, known.current.within)
    assert {0o600} == {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.key")}
    assert b"ENCRYPTED" in (tmp_path / "authority-2.key").read_bytes()
    with pytest.raises(AuthorityError, match="under way"):
        rotate(tmp_path, "correct horse", 10, "valley 3", time.time_ns())
    retire(tmp_path, "correct horse")
    assert ["authority-2.key", "authority-2.pem"] == sorted(one.name for one in tmp_path.iterdir())
    with pytest.raises(AuthorityError, match="one authority"):
        retire(tmp_path, "correct horse")


def test_a_certificate_that_is_too_long_for_two_on_a_card(tmp_path: Path) -> None:
    """Told when it is rotated, and not when the next station is added."""
    domains = tuple(f"{number}.of.a.very.long.name.valley.example.org" for number in range(20))
    make_authority(tmp_path, "valley", 10, None, time.time_ns(), domains)

    with pytest.raises(AuthorityError, match="too long"):
        rotate(tmp_path, None, 10, "valley 2", time.time_ns())


def test_names_go_up() -> None:
    """And stay within what a certificate takes."""
    assert ["a 2", "a 3"] == [next_name("a"), next_name("a 2")]
    assert 62 == len(next_name("x" * 64))


def test_the_commands_of_a_rotation(file: Path, tmp_path: Path) -> None:
    """Show says who is left, retire refuses until nobody is or it is forced; all in the audit."""
    _run("station", "add", "XX.KARA1", "-c", file, "--out", tmp_path / "KARA1.token")
    assert "would make 'tremorkit stations 2'" in _run("ca", "rotate", "-c", file, "--dry-run")

    said = json.loads(_run("ca", "rotate", "-c", file, "--json"))

    assert "CN=tremorkit stations 2" == said["name"]
    assert ([], ["XX.KARA1"]) == (said["previous"]["stations"], said["previous"]["tokens"])
    assert "1 tokens not yet: XX.KARA1" in _run("ca", "show", "-c", file)
    _run("ca", "retire", "-c", file, code=1)
    assert "1 would be shut out" in _run("ca", "retire", "-c", file, "--force", "--dry-run")
    _run("ca", "retire", "-c", file, "--force")
    assert json.loads(_run("ca", "show", "-c", file, "--json"))["previous"] is None
    lines = json.loads(_run("station", "audit", "-c", file, "--json"))
    assert ["retire", "rotate"] == [line["action"] for line in lines[:2]]
    assert "XX.KARA1" in lines[0]["detail"]


class _Watched(ssl.SSLContext):
    """A TLS context that remembers what was loaded."""

    loaded: ClassVar[list[str]] = []

    def load_cert_chain(self, *files: str) -> None:  # type: ignore[override]
        """Load it."""
        self.loaded.append(files[0])
        super().load_cert_chain(*files)


def test_without_a_rotation_nobody_is_left(centre: Centre) -> None:
    """And the lists are those of one authority."""
    centre.card("KARA1")

    assert [] == _left(centre)
    known: Authorities = centre.office.authorities
    assert known.current is known.server
    assert 1 == known.revoked([], time.time_ns()).count(b"BEGIN X509 CRL")
