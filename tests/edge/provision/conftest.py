"""What a person has at hand who makes a card."""

import base64
import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.enrol.ticket import Ticket
from edge.provision.order import Order
from edge.wheelhouse.manifest import Wheelhouse, entry_of, write_manifest
from edge.wheelhouse.wheel import Wheel
from tests.edge.provision.images import need
from tests.edge.wheelhouse.wheels import write_wheel

KEY_BLOB = base64.b64encode(struct.pack(">I", 11) + b"ssh-ed25519" + bytes(range(36))).decode()
KEY = f"ssh-ed25519 {KEY_BLOB} ada@desk"
HASH = "$6$Zb1xQ2$" + "a" * 86
SECRET = "0123abcd." + "s" * 43
DAY_NS = 86_400 * 10**9
STATION = """
[station]
network = "XX"
station = "KARA1"
latitude = 46.95
longitude = 7.44

[source]
type = "adxl355"
axes = ["z", "y", "x"]

[mqtt]
host = "broker.valley.example.org"
"""
SYSTEM = f"""
board = "raspberry-pi-4"

[user]
name = "ada"
ssh_keys = ["{KEY}"]

[wifi]
ssid = "Valley"
password = "correct horse battery"
country = "CH"
"""


SUITE = "trixie"
_PACKAGES = "python3,cloud-init,netplan.io"
"""As on Raspberry Pi OS; pip and python3-venv are not among them."""


def write_house(folder: Path, platform: str = "aarch64", python: str = "3.13") -> Path:
    """Write a wheelhouse of one small wheel."""
    path = write_wheel(folder, "tremorkit", "1.2.3")
    wheel = Wheel.read(path)
    entry = entry_of(wheel)
    house = Wheelhouse(
        kit="1.2.3",
        platform=platform,
        python=python,
        lock_sha256="0" * 64,
        size_bytes=entry.size_bytes,
        wheels=(entry,),
    )
    write_manifest(house, folder)
    return folder


def ticket(**changes: object) -> Ticket:
    """Return a one-time token as the centre gives it, the same each time and for a long while."""
    facts = {
        "network": "XX",
        "station": "KARA1",
        "url": "https://centre.valley.example.org:8443/",
        "broker": "broker.valley.example.org",
        "broker_port": 8883,
        "token": SECRET,
        "issued": "2026-01-01T00:00:00Z",
        "expires": "2100-01-01T00:00:00Z",
        "authority": "-----BEGIN CERTIFICATE-----",
    }
    return Ticket.model_validate(facts | changes)


@dataclass
class Desk:
    """Files on a person's disk."""

    folder: Path
    station: Path = field(init=False)
    system: Path = field(init=False)
    house: Path = field(init=False)

    def __post_init__(self) -> None:
        """Write them."""
        self.station = self.folder / "KARA1.toml"
        self.system = self.folder / "system.toml"
        self.house = write_house(self.folder / "wheelhouse")
        self.station.write_text(STATION)
        self.system.write_text(SYSTEM)

    def token(self, **changes: object) -> Path:
        """Return a one-time token, which the station file is to use."""
        token = self.folder / "token"
        token.write_bytes(ticket(**changes).to_bytes())
        if "[enrolment]" not in self.station.read_text():
            self.station.write_text(self.station.read_text() + "[enrolment]\n")
        return token

    def order(self, **more: object) -> Order:
        """Return an order of them."""
        parts = {"station": self.station, "wheelhouse": self.house, "system": self.system, **more}
        return Order(**parts)  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk with what a card needs."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return Desk(folder)


@pytest.fixture(scope="session")
def build(project_root: Path) -> Iterator[Path]:
    """Return the folder in which what took long is kept; two runs at once take turns."""
    need("debootstrap", "unshare", "chroot")
    if os.geteuid() != 0:
        pytest.skip("debootstrap and chroot need root")
    folder = project_root / "build" / "fleet"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def debian(build: Path) -> Path:
    """Return the root of a fresh system; skips without a mirror."""
    root, mark = build / SUITE, build / f"{SUITE}.whole"
    if not mark.exists():
        shutil.rmtree(root, ignore_errors=True)
        words = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", SUITE, root]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no Debian to be had: {done.stdout.splitlines()[-1:]}")
        mark.touch()
    return root
