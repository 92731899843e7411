"""The folder `edge-kit`: what a station is installed from, with the hash of every file."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Final

from edge.errors import ProvisionError
from edge.provision.tree import Content, hashes_of
from edge.resources import firmware_configs
from edge.wheelhouse.manifest import MANIFEST as WHEELHOUSE_MANIFEST
from edge.wheelhouse.manifest import REQUIREMENTS, Wheelhouse, read_manifest

ETC: Final = Path("/etc/edge-agent")
"""Where the station's own files lie on the computer."""
STATION: Final = "station.toml"
TRUST: Final = "root.json"
TOKEN: Final = "enrolment-token"  # noqa: S105 - the name of a file
MANIFEST: Final = "manifest.json"
_SUMS: Final = "SHA256SUMS"
_SCRIPT: Final = Path(__file__).with_name("install.sh")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_FORMAT: Final = 1
_UNITS: Final = ("edge-agent.service", "edge-kit-install.service")


@dataclass(frozen=True)
class Contents:
    """What a kit is made of."""

    name: str
    """Network and station, as `XX.KARA1`."""
    wheelhouse: Path
    etc: Mapping[str, Content]
    """Files for `/etc/edge-agent`, by name; the station file among them."""
    token: bytes | None = None
    """One-time token; wiped at the first boot."""


def kit(contents: Contents) -> dict[str, Content]:
    """Return the folder's files, by path below it.

    Raises:
        WheelhouseError: The wheelhouse cannot be read.
        ProvisionError: A wheel that it names is missing or altered.
    """
    house = read_manifest(contents.wheelhouse)
    files: dict[str, Content] = {
        "install.sh": _SCRIPT,
        "kit.env": _environment(contents.name, house),
        **{f"etc/{name}": content for name, content in contents.etc.items()},
        **{unit: firmware_configs("systemd") / unit for unit in _UNITS},
        **{f"wheels/{path.name}": path for path in _wheels(contents.wheelhouse, house)},
    }
    try:
        hashes = hashes_of(files)
    except OSError as error:
        where = str(error.filename or contents.wheelhouse)
        raise ProvisionError(where, "cannot be read; build the wheelhouse anew") from error
    _must_be_the_wheels(house, hashes)
    files[_SUMS] = "".join(f"{digest}  {path}\n" for path, digest in hashes.items()).encode()
    files[MANIFEST] = _manifest(contents, house, hashes)
    if contents.token is not None:
        files[TOKEN] = contents.token
    return files


def _environment(name: str, house: Wheelhouse) -> bytes:
    values = {
        "KIT_STATION": name,
        "KIT_AGENT": f"tremorkit {house.kit}",
        "KIT_PLATFORM": house.platform,
        "KIT_PYTHON": house.python,
    }
    return "".join(f"{key}={quote(value)}\n" for key, value in values.items()).encode()


def _wheels(folder: Path, house: Wheelhouse) -> list[Path]:
    return [folder / name for name in (WHEELHOUSE_MANIFEST, REQUIREMENTS)] + [
        folder / wheel.file for wheel in house.wheels
    ]


def _must_be_the_wheels(house: Wheelhouse, hashes: Mapping[str, str]) -> None:
    for wheel in house.wheels:
        if hashes[f"wheels/{wheel.file}"] != wheel.sha256:
            raise ProvisionError(
                wheel.file, "is not the wheel that its wheelhouse names; build the wheelhouse anew"
            )


def _manifest(contents: Contents, house: Wheelhouse, hashes: Mapping[str, str]) -> bytes:
    content = {
        "format": _FORMAT,
        "station": contents.name,
        "agent": house.kit,
        "platform": house.platform,
        "python": house.python,
        "files": hashes,
        # No hash of a secret: what is on the card is enough to guess a short one.
        "secrets": [] if contents.token is None else [TOKEN],
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def station_of(manifest: bytes) -> str | None:
    """Return whose card it is by its manifest; None where that cannot be told."""
    try:
        content = json.loads(manifest)
    except (ValueError, RecursionError):
        return None
    name = content.get("station") if isinstance(content, dict) else None
    # An image of others: a person types this name, and reads it on a terminal.
    return name if isinstance(name, str) and _NAME.fullmatch(name) else None
