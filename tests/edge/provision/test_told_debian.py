"""cloud-init and netplan themselves, of Debian 13, read what the kit writes: minutes, and root."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.provision import cloudinit
from tests.edge.provision.computers import GOLDEN, PASSWORDS, SSIDS, computer

pytestmark = pytest.mark.slow
_ESCAPES = {"s": " ", "t": "\t", "\\": "\\", ";": ";"}


@pytest.fixture
def told(debian: Path) -> Iterator[Path]:
    """Return a folder in the system for what it is told."""
    folder = debian / "told"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def _run(root: Path, *words: str) -> str:
    done = subprocess.run(["chroot", root, *words], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_cloud_init_accepts_it(debian: Path, told: Path, name: str) -> None:
    """By its own command; the wireless part of the network it gives to netplan."""
    for file, content in cloudinit.files(GOLDEN[name]).items():
        (told / file).write_bytes(content)

    said = _run(debian, "cloud-init", "schema", "-c", "/told/user-data")
    network = _run(
        debian, "cloud-init", "schema", "-t", "network-config", "-c", "/told/network-config"
    )

    assert "Valid schema" in said
    assert "Valid schema" in network


def _network(debian: Path, told: Path, **wifi: object) -> dict[str, str]:
    """Return what NetworkManager is given, by key."""
    place = told / "etc" / "netplan" / "50-cloud-init.yaml"
    place.parent.mkdir(parents=True)
    text = cloudinit.files(computer(wifi))[cloudinit.NETWORK_CONFIG].decode()
    # As Raspberry Pi OS has it set up.
    place.write_text(text.replace("version: 2", "version: 2\n  renderer: NetworkManager"))
    place.chmod(0o600)
    _run(debian, "netplan", "generate", "--root-dir", "/told")
    (keyfile,) = (told / "run/NetworkManager/system-connections").glob("*wlan0*")
    rows = re.findall("^([a-z-]+)=(.*)$", keyfile.read_text(), re.MULTILINE)
    return {key: re.sub(r"\\(.)", lambda m: _ESCAPES[m[1]], value) for key, value in rows}


@pytest.mark.parametrize("ssid", SSIDS)
def test_hostile_name_arrives_at_the_radio(debian: Path, told: Path, ssid: str) -> None:
    """Through cloud-init's file, netplan and the keyfile that it writes."""
    assert ssid == _network(debian, told, ssid=ssid, security="open")["ssid"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_hostile_password_arrives_at_the_radio(debian: Path, told: Path, password: str) -> None:
    """As it was typed."""
    rows = _network(debian, told, ssid="Valley", security="sae", password=password)

    assert ("sae", password) == (rows["key-mgmt"], rows["psk"])
