"""`make fleet-test`: one line from an image to a network that came over the air, in a real Debian.

Every step is a command that a user types, or a process that a unit file starts. Needs root for
debootstrap and chroot, and some minutes.
"""

import json
import platform
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from edge.timestamps import format_time
from tests.fleet import cards, networks
from tests.fleet.board import Board
from tests.fleet.commands import as_process
from tests.fleet.house import House
from tests.fleet.recording import LATITUDE, LONGITUDE, write_recording
from tests.fleet.steps import NAME, Steps
from tests.fleet.telling import Telling

pytestmark = pytest.mark.slow

_CENTRE, _BROKER = "centre.fleet.test", "broker.fleet.test"
_MACHINE = platform.machine()
_SOURCES = {
    "openeew": 'type = "openeew"\npaths = ["/srv/recording"]',
    "synthetic": f"""type = "synthetic"
latitude = {LATITUDE}
longitude = {LONGITUDE}
repeat_every_s = 60
[[source.earthquakes]]
origin_time = "{{now}}"
latitude = {LATITUDE + 0.1}
longitude = {LONGITUDE}
depth_km = 10
magnitude = 4.5""",
}
_STATION = """
[station]
network = "XX"
station = "KARA1"
latitude = {latitude}
longitude = {longitude}

[source]
{source}

[enrolment]
retry_s = 2
clock = "any"

[update]
enabled = true
root = "/etc/edge-agent/root.json"
ring = "canary"
every_s = 5
quiet_s = 1
healthy_s = 10
clock = "any"

[update.shadow]
span_s = 40
"""


def _station_file(folder: Path, kind: str, now_s: float) -> Path:
    """Write a station whose samples come by the clock of today, recorded or made up."""
    now = format_time(round(now_s * 1e9))
    text = _STATION.format(
        latitude=LATITUDE, longitude=LONGITUDE, source=_SOURCES[kind].format(now=now)
    )
    if kind == "openeew":
        text += f'\n[replay]\ndata_start = "{now}"\nwall_start = "{now}"\n'
    path = folder / "KARA1.toml"
    path.write_text(text)
    return path


@pytest.fixture
def telling(capsys: pytest.CaptureFixture[str]) -> Telling:
    """Return who tells the person at the terminal."""

    def say(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201 - a person waits

    say("")
    return Telling(say)


def test_from_an_image_to_a_network_over_the_air(
    build: Path, debian: Path, telling: Telling, project_root: Path
) -> None:
    """Image, card, installation, enrolment, trigger, release, shadow, commit; and what is bad."""
    folder = build / "line"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    data = project_root.parent / "shared" / "data"
    kind = "openeew" if data.is_dir() else "synthetic"
    now_s = time.time()
    wheelhouse = _wheelhouse(telling, build)
    with telling.step("the centre's authority, broker and keys are made"):
        house = House(folder / "house", _CENTRE, _BROKER)
        house.found()
    boot = _card(telling, house, wheelhouse, folder, _station_file(folder, kind, now_s))
    board = _installed(telling, boot, debian, folder)
    if kind == "openeew":
        (board.root / "srv/recording").mkdir()
        write_recording(data, board.root / "srv/recording/1.jsonl.gz", now_s)
    with house.open(), board.service() as service:
        steps = Steps(telling, house, board)
        steps.enrols()
        steps.triggers()
        steps.takes(networks.better(folder / "better"))
        steps.refuses(networks.mislabelled(folder / "bad"))
        steps.is_shut_out()
        starts = service.starts
    assert 1 == starts, f"the agent ended by itself\n{board.troubles()}"
    telling.write(build / "report.json", samples=kind, system="Debian 13 (trixie)")
    telling.say(f"{telling.seconds:.0f} s, {build / 'report.json'}")
    shutil.rmtree(folder)


def _wheelhouse(telling: Telling, build: Path) -> Path:
    """Make the wheelhouse of this machine's processor."""
    house = build / f"wheelhouse-{_MACHINE}"
    with telling.step(f"the wheelhouse for {_MACHINE} is made") as facts:
        words = ("--platform", _MACHINE, "--python", "3.13", "--limit", "90", "--out", house)
        made = json.loads(as_process("edge-agent", "wheelhouse", *words, "--json"))
        facts |= {"wheels": len(made["wheels"]), "MB": round(made["size_bytes"] / 1e6, 1)}
    return house


def _card(telling: Telling, house: House, wheelhouse: Path, folder: Path, station: Path) -> Path:
    """Make the image of a station; return what its boot partition holds, read by other programs."""
    with telling.step("a system's image is made: partition table, FAT, ext4"):
        image = cards.system_image(folder, _MACHINE)
    with telling.step("it becomes the station's image") as facts:
        token, out = folder / "KARA1.token", folder / "KARA1.img"
        house.let_in(NAME, token)
        record = cards.provision(
            as_process,
            out,
            *(station, "--system", cards.system_file(folder, "pc"), "--wheelhouse", wheelhouse),
            *("--image", image, "--token", token, "--trust", house.root),
        )
        facts["told by"] = record["first_boot"]
    with telling.step("the image is read back") as facts:
        boot = cards.read_back(out, folder)
        summed = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
        subprocess.run(summed, cwd=boot / "edge-kit", check=True)
        facts["files"] = sum(1 for path in boot.rglob("*") if path.is_file())
    out.unlink()
    assert [] == cards.faults_of_user_data((boot / "user-data").read_bytes())
    assert token.read_bytes() == (boot / "edge-kit/enrolment-token").read_bytes()
    assert house.root.read_bytes() == (boot / "edge-kit/etc/root.json").read_bytes()
    return boot


def _installed(telling: Telling, boot: Path, debian: Path, folder: Path) -> Board:
    """Install the kit of a card in a Debian, which has no network for it."""
    with telling.step("cloud-init of that system reads it") as facts:
        board = Board(folder / "board", debian, boot)
        board.names(_CENTRE, _BROKER)
        for name in ("user-data", "network-config"):
            kind = ("-t", "network-config") if name == "network-config" else ()
            read = board.run("cloud-init", "schema", *kind, "-c", f"/boot/firmware/{name}")
            assert "Valid schema" in read.stdout, read.stdout + read.stderr
        facts["schema"] = "valid"
    with telling.step("install.sh installs it without a network") as facts:
        done = board.run("sh", "/boot/firmware/edge-kit/install.sh")
        assert 0 == done.returncode, done.stderr
        findings = json.loads((board.root / "etc/edge-agent/doctor.json").read_text())
        facts["doctor"] = f"{sum(one['ok'] for one in findings)} of {len(findings)} well"
    kit = board.root / "boot/firmware/edge-kit"
    assert not (kit / "enrolment-token").exists()
    assert [] == list((kit / "etc").iterdir())
    assert board.token.exists()
    return board
