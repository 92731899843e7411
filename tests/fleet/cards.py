"""A card: what a person orders, and what is on the image, by other readers than the kit's."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

from tests.edge.provision import images
from tests.edge.provision.conftest import KEY
from tests.fleet.commands import Run

_SCHEMA = Path(__file__).resolve().parents[1] / "edge/provision/cloud_init/cloud-config.json"
_BOOT_MIB = 160
_ROOT = ("usr/lib/{machine}-linux-gnu/", "usr/bin/python3.13", "usr/bin/cloud-init")
_SYSTEM = """
board = "{board}"

[user]
name = "ada"
ssh_keys = ["{key}"]
"""


def system_file(folder: Path, board: str) -> Path:
    """Write the system file of a board on a cable."""
    path = folder / "system.toml"
    path.write_text(_SYSTEM.format(board=board, key=KEY))
    return path


def system_image(folder: Path, machine: str) -> Path:
    """Write the image of a system as its maker publishes it: `.img.xz`, with cloud-init."""
    root = tuple(name.format(machine=machine) for name in _ROOT)
    plain = images.write_image(folder / "system.img", images.CLOUD_INIT, root, boot_mib=_BOOT_MIB)
    subprocess.run(["xz", "-0", "--force", plain], check=True)
    return plain.with_name("system.img.xz")


def provision(run: Run, out: Path, *words: str | Path) -> dict[str, Any]:
    """Run `edge-agent provision`; return its record."""
    record: dict[str, Any] = json.loads(
        run("edge-agent", "provision", *words, "--out", out, "--json")
    )
    return record


def read_back(image: Path, folder: Path) -> Path:
    """Return the files of an image's boot partition, by mtools; the partition must be sound."""
    images.fat_is_sound(image, folder, _BOOT_MIB)
    boot = folder / "boot"
    shutil.rmtree(boot, ignore_errors=True)
    boot.mkdir()
    where = f"{image}@@{images.START * 512}"
    images.run("mcopy", "-s", "-Q", "-n", "-i", where, "::/", boot)
    return boot


def faults_of_user_data(content: bytes) -> list[str]:
    """Return what cloud-init's own schema has against a file."""
    loaded = yaml.load(content, Loader=yaml.CSafeLoader)
    schema = Draft7Validator(json.loads(_SCHEMA.read_text()))
    return [error.message for error in schema.iter_errors(loaded)]
