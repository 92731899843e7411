"""The commands of an operator, and what lies on the disks after them."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner

from cloud.cli import app
from cloud.config import load_service_config
from cloud.enrolment.authority import KEY, load_authority, make_authority
from cloud.enrolment.office import Office
from cloud.enrolment.server import ServerCertificate
from cloud.errors import AuthorityError
from cloud.holdings import open_store
from edge.enrol.enroller import Done
from edge.enrol.identity import IdentityStore
from edge.enrol.ticket import LARGEST_BYTES, read_ticket
from tests.cloud.enrolment.conftest import DAY_NS, Centre, free_port, running

CENTRE = """
state_dir = "{folder}"
[enrolment]
names = ["localhost"]
broker = "localhost"
host = "127.0.0.1"
port = {port}
"""


def _run(*words: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert code == done.exit_code, done.output
    return done.stdout


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a centre's file, with an authority."""
    path = tmp_path / "centre.toml"
    path.write_text(CENTRE.format(folder=tmp_path / "centre", port=free_port()))
    _run("ca", "init", "-c", path)
    return path


def test_an_authority_is_made_before_there_is_a_broker(tmp_path: Path) -> None:
    """Mosquitto is set up with the files of `ca init`; that it does not run yet is no fault."""
    path = tmp_path / "centre.toml"
    text = CENTRE.format(folder=tmp_path / "centre", port=free_port())
    path.write_text(f'{text}reload = ["false"]\n')

    done = CliRunner().invoke(app, ["ca", "init", "-c", str(path)])

    assert 0 == done.exit_code, done.output
    assert "reload Mosquitto by hand" in done.stderr
    assert (tmp_path / "centre/broker/revoked.pem").is_file()


def test_from_nothing_to_a_token(file: Path, tmp_path: Path) -> None:
    """Two commands; a dry run changes nothing; the token is for its owner's eyes."""
    token = tmp_path / "KARA1.token"
    _run("station", "add", "XX.KARA1", "-c", file, "--dry-run")
    assert [] == json.loads(_run("station", "enrolments", "-c", file, "--json"))

    _run("station", "add", "XX.KARA1", "-c", file, "--out", token, "--expires", "2")

    ticket = read_ticket(token)
    assert ticket is not None
    assert 0o600 == token.stat().st_mode & 0o777
    assert len(token.read_bytes()) < LARGEST_BYTES // 2
    assert abs(ticket.expires - ticket.issued - 2 * DAY_NS) < DAY_NS
    (found,) = json.loads(_run("station", "enrolments", "-c", file, "--json"))
    assert "waiting" == found["standing"]
    said = json.loads(_run("ca", "show", "-c", file, "--json"))
    authority = x509.load_pem_x509_certificate(ticket.authority.encode())
    assert f"{authority.not_valid_after_utc:%Y-%m-%d}" == said["until"][:10]


def test_revoking_takes_the_rights(file: Path, tmp_path: Path) -> None:
    """Of a station that has only a token, too; twice is an error."""
    _run("station", "add", "XX.KARA1", "-c", file, "--out", tmp_path / "t")
    rights = tmp_path / "centre/broker/tremorkit.acl"
    assert "XX/KARA1" in rights.read_text()

    _run("station", "revoke", "XX.KARA1", "-c", file, "--dry-run")
    assert "XX/KARA1" in rights.read_text()
    _run("station", "revoke", "XX.KARA1", "-c", file)

    assert "XX/KARA1" not in rights.read_text()
    _run("station", "revoke", "XX.KARA1", "-c", file, code=1)
    actions = [
        line["action"] for line in json.loads(_run("station", "audit", "-c", file, "--json"))
    ]
    assert ["revoke", "token"] == actions
    _run("ca", "publish", "-c", file)


@pytest.mark.parametrize("name", ["KARA1", "XX.", "XX.KARA1.00", "XX.KA/RA", "XX.#", ""])
def test_what_is_no_station_is_refused(file: Path, name: str) -> None:
    """Wrong usage, nothing written."""
    _run("station", "add", name, "-c", file, code=2)

    assert [] == json.loads(_run("station", "enrolments", "-c", file, "--json"))


@pytest.mark.parametrize("stations", [20, pytest.param(200, marks=pytest.mark.slow)])
async def test_all_stations_of_one_table(file: Path, tmp_path: Path, stations: int) -> None:
    """One command, many cards, as many certificates, all from one address."""
    table, cards = tmp_path / "stations.csv", tmp_path / "cards"
    codes = [f"S{number:03}" for number in range(stations)]
    table.write_text("network,station\n" + "".join(f"XX,{code}\n" for code in codes))
    await asyncio.to_thread(_run, "station", "add", "--csv", table, "--out", cards, "-c", file)
    settings = load_service_config(file)
    store = open_store(settings)
    office = Office(settings, store.engine)
    centre = Centre(tmp_path, settings, office, store)

    def enrol(code: str) -> Done:
        ticket = read_ticket(cards / f"{code}.token")
        assert ticket is not None
        return centre.enroller(centre.lay(code, ticket), code).run()

    async with running(office):
        with ThreadPoolExecutor(4) as pool:
            outcomes = await asyncio.to_thread(lambda: list(pool.map(enrol, codes)))

    assert [Done.ENROLLED] * stations == outcomes
    assert stations == len({one.serial for one in office.registry.all(time.time_ns())})
    keys = {kept.key for code in codes if (kept := IdentityStore(tmp_path / code).read())}
    assert stations == len(keys)
    store.close()


def test_a_key_that_others_may_read_is_refused(file: Path, tmp_path: Path) -> None:
    """As ssh does; and a second authority is never made over the first."""
    key = tmp_path / "centre/authority" / KEY
    assert 0o600 == key.stat().st_mode & 0o777
    key.chmod(0o640)

    with pytest.raises(AuthorityError, match="others may read it"):
        load_authority(key.parent, None)
    with pytest.raises(AuthorityError, match="there is an authority already"):
        make_authority(key.parent, "again", 10, None, time.time_ns())


def test_a_passphrase_protects_the_key(tmp_path: Path) -> None:
    """Without it, or with another, the key does not open."""
    made = make_authority(tmp_path / "ca", "test", 10, "correct horse", time.time_ns())
    for wrong in (None, "", "correct mule"):
        with pytest.raises(AuthorityError, match="passphrase_file"):
            load_authority(tmp_path / "ca", wrong)

    assert made.fingerprint == load_authority(tmp_path / "ca", "correct horse").fingerprint
    with pytest.raises(AuthorityError, match="shorter than"):
        make_authority(tmp_path / "other", "test", 10, "short", time.time_ns())


def test_a_servers_certificate_is_made_anew_in_time(tmp_path: Path) -> None:
    """After two thirds, for other names, and where its files do not fit each other."""
    now_ns = time.time_ns()
    authority = make_authority(tmp_path / "ca", "test", 3650, None, now_ns)
    one = partial(ServerCertificate, tmp_path / "broker", "broker", days=90)
    broker = one(names=("a.example", "192.0.2.7"))

    assert broker.ensure(authority, now_ns)
    assert not broker.ensure(authority, now_ns + 59 * DAY_NS)
    assert broker.ensure(authority, now_ns + 61 * DAY_NS)
    assert one(names=("b.example",)).ensure(authority, now_ns + 61 * DAY_NS)
    broker.certificate.write_bytes(b"half")
    assert one(names=("b.example",)).ensure(authority, now_ns + 61 * DAY_NS)


def test_an_authority_within_a_domain_says_so(tmp_path: Path) -> None:
    """The limit is in its certificate, and critical."""
    made = make_authority(
        tmp_path / "ca", "test", 10, None, time.time_ns(), within=("valley.example",)
    )

    found = made.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert found.critical
    assert [x509.DNSName("valley.example")] == found.value.permitted_subtrees


def test_each_list_is_newer_than_the_one_before(centre: Centre) -> None:
    """OpenSSL takes the newest of those that Mosquitto keeps, by the second."""
    times = []
    for _ in range(3):
        centre.office.publish()
        content = (centre.office.lists.folder / "revoked.pem").read_bytes()
        times.append(x509.load_pem_x509_crl(content).last_update_utc)

    assert sorted(set(times)) == times


def test_a_token_is_shown_though_the_broker_is_not_told(file: Path) -> None:
    """The older one is worth nothing any more, so this one must not be lost."""
    file.write_text(f'{file.read_text()}reload = ["false"]\n')

    done = CliRunner().invoke(app, ["station", "add", "XX.KARA1", "-c", str(file)])

    assert 0 != done.exit_code
    assert "KARA1" == json.loads(done.stdout)["station"]


def test_a_program_that_fails_to_reload_is_told(centre: Centre) -> None:
    """The files are written all the same."""
    section = centre.office.section.model_copy(update={"reload": ("false",)})
    config = centre.config.model_copy(update={"enrolment": section})
    office = Office(config, centre.store.engine)

    with pytest.raises(AuthorityError, match="reload Mosquitto by hand"):
        office.publish()

    assert (office.lists.folder / "tremorkit.acl").is_file()
