"""The agent's side: a certificate comes when it comes, and detection never waits."""

import asyncio
import json
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.check import check_station
from edge.cli import app
from edge.config import StationConfig
from edge.enrol.attach import Enrolling, enrolling, let_in
from edge.enrol.identity import IdentityStore, Kept
from edge.enrol.wire import Grant
from edge.update.config import UpdateSection

HOUR_NS = 3600 * 1_000_000_000


def _config(folder: Path, **mqtt: object) -> StationConfig:
    return StationConfig.model_validate(
        {
            "station": {"network": "XX", "station": "KARA1", "latitude": 1, "longitude": 2},
            "source": {"type": "synthetic", "latitude": 1, "longitude": 2},
            "detection": {"model": {"enabled": False}},
            "enrolment": {"retry_s": 1, "clock": "any"},
            "mqtt": mqtt,
            "state_dir": str(folder),
        }
    )


def _kept(station: str = "KARA1", left_ns: int = HOUR_NS) -> Kept:
    grant = Grant(
        certificate="certificate\n",
        authority="authority\n",
        broker="broker.example.org",
        broker_port=8884,
        url="https://centre.example.org:8443/",
        not_before=time.time_ns() - HOUR_NS // 10,
        not_after=time.time_ns() + left_ns,
    )
    return Kept(network="XX", station=station, key="key\n", token_id="00000000", grant=grant)


def _words(said: object) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({json.dumps(json.dumps(said))})")


def test_without_the_section_nothing_changes(tmp_path: Path) -> None:
    """Passwords and certificates of one's own stay as they are."""
    config = _config(tmp_path).model_copy(update={"enrolment": None})

    assert config is let_in(config)
    assert enrolling(config, None) is None


def test_the_broker_comes_from_the_centre_unless_the_file_says_it(tmp_path: Path) -> None:
    """A station behind a tunnel names its own way to the broker."""
    IdentityStore(tmp_path).keep(_kept())

    by_centre = let_in(_config(tmp_path)).mqtt
    by_file = let_in(_config(tmp_path, host="10.0.0.1")).mqtt

    assert ("broker.example.org", 8884) == (by_centre.host, by_centre.port)
    assert ("10.0.0.1", 8884) == (by_file.host, by_file.port)
    assert by_centre.tls is not None
    assert IdentityStore(tmp_path).tls_config == by_centre.tls


def test_updates_come_from_the_centre_unless_the_file_says_it(tmp_path: Path) -> None:
    """By the authority that the station believes already; one of its own address has its own."""
    config = _config(tmp_path)
    store = IdentityStore(tmp_path)
    store.keep(_kept())
    own = config.model_copy(update={"update": UpdateSection(url="https://other.example.org/u/")})
    file = config.model_copy(update={"update": UpdateSection(ca_file=Path("/etc/mine.pem"))})

    by_centre, by_file = let_in(config).update, let_in(file).update

    url = "https://centre.example.org:8443/updates/"
    assert (url, store.authority) == (by_centre.url, by_centre.ca_file)
    assert (url, Path("/etc/mine.pem")) == (by_file.url, by_file.ca_file)
    assert own.update == let_in(own).update


async def test_an_agent_that_knew_no_updates_starts_anew(tmp_path: Path) -> None:
    """Its file names the broker, but nobody had told it where networks come from."""
    moved = asyncio.Event()
    update = UpdateSection(enabled=True, root=tmp_path / "root.json")
    config = _config(tmp_path, host="10.0.0.1", port=8883)
    wanting = config.model_copy(update={"update": update})
    enroller = Enrolling(wanting, moved.set, _words({"done": "enrolled"}))
    IdentityStore(tmp_path).keep(_kept())

    running = asyncio.create_task(enroller.run())

    async with asyncio.timeout(60):
        await moved.wait()
    running.cancel()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff" * 100])
async def test_a_damaged_identity_does_not_end_the_agent(tmp_path: Path, content: bytes) -> None:
    """It waits without a certificate, and says so; a stop is heard meanwhile."""
    store = IdentityStore(tmp_path)
    store.keep(_kept())
    store.identity.write_bytes(content)
    said = {"failed": "files", "reason": "damaged"}
    enroller = Enrolling(_config(tmp_path), line=_words(said))
    stop = asyncio.Event()

    running = asyncio.create_task(enroller.run())
    waiting = asyncio.create_task(enroller.until_enrolled(stop))
    stop.set()

    assert not await waiting
    assert not running.done()
    running.cancel()


async def test_a_certificate_that_is_there_is_used_at_once(tmp_path: Path) -> None:
    """No process is started for it; the files for TLS are made anew."""
    IdentityStore(tmp_path).keep(_kept())
    enroller = Enrolling(_config(tmp_path), line=("false",))

    running = asyncio.create_task(enroller.run())

    assert await enroller.until_enrolled(asyncio.Event())
    assert "key\ncertificate\n" == (tmp_path / "enrolment/tls.pem").read_text()
    assert "authority\n" == (tmp_path / "enrolment/authority.pem").read_text()
    running.cancel()


async def test_anothers_certificate_is_not_used(tmp_path: Path) -> None:
    """A card that went into another station: it would speak under a wrong name."""
    IdentityStore(tmp_path).keep(_kept(station="KARA2"))
    enroller = Enrolling(_config(tmp_path), line=_words({"failed": "files", "reason": "no"}))
    running = asyncio.create_task(enroller.run())
    stop = asyncio.Event()
    stop.set()

    assert not await enroller.until_enrolled(stop)
    assert "127.0.0.1" == enroller.config.mqtt.host
    running.cancel()


async def test_a_broker_that_moved_wants_another_start(tmp_path: Path) -> None:
    """The agent knew another address, or none."""
    moved = asyncio.Event()
    enroller = Enrolling(_config(tmp_path), moved.set, _words({"done": "enrolled"}))
    IdentityStore(tmp_path).keep(_kept())

    running = asyncio.create_task(enroller.run())

    async with asyncio.timeout(60):
        await moved.wait()
    running.cancel()


@pytest.mark.parametrize("words", [("false",), (sys.executable, "-c", "print('[')"), ("/no/such",)])
async def test_an_attempt_that_crashes_is_made_again(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Whatever becomes of the process, the agent goes on."""
    enroller = Enrolling(_config(tmp_path), line=words)

    assert 1.0 == await enroller._step()


async def test_who_was_refused_asks_rarely(tmp_path: Path) -> None:
    """The centre counts failures."""
    said = {"failed": "refused", "reason": "no"}
    enroller = Enrolling(_config(tmp_path), line=_words(said))

    assert await enroller._step() > 600


def test_check_says_that_there_is_no_certificate(tmp_path: Path) -> None:
    """Before it complains of a broker."""
    found = {one.subject: one for one in check_station(_config(tmp_path))}

    assert "no certificate yet" in found["broker"].text


def test_the_command_says_what_is_wanting(tmp_path: Path) -> None:
    """Without a token it names the command that makes one."""
    file = tmp_path / "station.toml"
    file.write_text(
        f'state_dir = "{tmp_path}/state"\n[station]\nnetwork = "XX"\nstation = "KARA1"\n'
        'latitude = 1\nlongitude = 2\n[source]\ntype = "synthetic"\nlatitude = 1\nlongitude = 2\n'
        '[enrolment]\nclock = "any"\n'
    )

    done = CliRunner().invoke(app, ["enrol", "-c", str(file), "--json"])
    dry = CliRunner().invoke(app, ["enrol", "-c", str(file), "--json", "--dry-run"])

    assert 1 == done.exit_code
    assert "station add XX.KARA1" in json.loads(done.stdout)["failed"]
    assert {"done": "nothing done", "certificate": "none"} == json.loads(dry.stdout)
