"""install.sh in a real Debian 13, with the real kit and no network: minutes, and root.

The system is made by debootstrap, without python3-venv and without pip, and kept in build/fleet.
"""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest

from edge.provision.archive import provision_archive
from edge.provision.order import Order, compose
from edge.wheelhouse import Order as HouseOrder
from edge.wheelhouse import Platform, Target, build_wheelhouse
from tests.edge.provision.conftest import ticket

pytestmark = pytest.mark.slow
_PYTHON = "3.13"
_PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_STATION = """
[station]
network = "XX"
station = "KARA1"
latitude = 46.95
longitude = 7.44

[source]
type = "synthetic"
latitude = 46.95
longitude = 7.44

[enrolment]
"""


@pytest.fixture(scope="module")
def archive(build: Path) -> Path:
    """Return a station's archive with all wheels of the lock."""
    house, station, token = (build / name for name in ("wheelhouse", "KARA1.toml", "token"))
    target = Target(cast("Platform", platform.machine()), _PYTHON)  # type: ignore[arg-type]
    build_wheelhouse(HouseOrder(target, house, more=("pip",)))
    station.write_text(_STATION)
    token.write_bytes(ticket().to_bytes())
    out = build / "KARA1.tar"
    provision_archive(compose(Order(station, house, token=token)), out)
    return out


@pytest.fixture
def board(debian: Path, archive: Path, build: Path) -> Iterator[Path]:
    """Return the root of a copy of the system, with the card's files in it."""
    root = build / "board"
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", debian, root], check=True)
    boot = root / "boot/firmware"
    boot.mkdir(parents=True)
    subprocess.run(["tar", "xf", archive, "-C", boot], check=True)
    yield root
    shutil.rmtree(root)


def _enter(root: Path, *words: str) -> list[str]:
    """Return the words that run a command there, without any network."""
    return ["unshare", "--net", "chroot", str(root), *words]


def _install(root: Path) -> subprocess.CompletedProcess[str]:
    words = _enter(root, "sh", "/boot/firmware/edge-kit/install.sh")
    return subprocess.run(words, capture_output=True, text=True, check=False, env=_PATH)


def test_station_is_installed_without_a_network(board: Path) -> None:
    """A system without pip and venv, and at the end an agent that proves itself."""
    done = _install(board)

    assert 0 == done.returncode, done.stderr
    findings = json.loads((board / "etc/edge-agent/doctor.json").read_text())
    well = {finding["subject"] for finding in findings if finding["ok"]}
    assert {"arithmetic", "model", "sensor", "state directory", "station"} <= well
    shown = subprocess.run(
        _enter(board, "/usr/local/bin/edge-agent", "--version"),
        capture_output=True,
        text=True,
        check=True,
        env=_PATH,
    )
    assert shown.stdout.startswith("edge-agent ")


def test_agents_account_owns_its_state_and_no_more(board: Path) -> None:
    """It reads its configuration, and writes only below its state."""
    _install(board)

    (row,) = (
        line.split(":")
        for line in (board / "etc/passwd").read_text().splitlines()
        if line.startswith("edge-agent:")
    )
    token, station = (
        (board / "var/lib/edge-agent/enrolment-token").stat(),
        (board / "etc/edge-agent/station.toml").stat(),
    )
    assert (int(row[2]), 0o600) == (token.st_uid, token.st_mode & 0o777)
    assert (0, int(row[3]), 0o640) == (station.st_uid, station.st_gid, station.st_mode & 0o777)
    assert row[6].endswith("nologin")


def test_installation_that_was_killed_goes_on(board: Path) -> None:
    """While pip writes: the next start makes a whole one."""
    words = _enter(board, "sh", "/boot/firmware/edge-kit/install.sh")
    process = subprocess.Popen(words, env=_PATH, stderr=subprocess.PIPE, start_new_session=True)
    while process.poll() is None and not list(board.glob("opt/*/lib/python3*/site-packages/*")):
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    assert process.poll() is None
    os.killpg(process.pid, 9)
    process.communicate()
    assert not (board / "opt/edge-agent").exists()

    done = _install(board)

    assert 0 == done.returncode, done.stderr
    assert (board / "opt/edge-agent/.whole").is_file()
