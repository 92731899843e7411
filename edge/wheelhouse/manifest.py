"""What lies in a wheelhouse, for programs and people; the same wheels give the same bytes."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import WheelhouseError
from edge.wheelhouse.wheel import Wheel

MANIFEST: Final = "manifest.json"
REQUIREMENTS: Final = "requirements.txt"
LICENCES: Final = "licences.txt"
HASHES: Final = "SHA256SUMS"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WheelEntry(_Part):
    """One wheel."""

    file: str = Field(title="File", description="Name in the folder")
    name: str = Field(title="Name", description="Of the package, normalised")
    version: str = Field(title="Version", description="Of the package")
    size_bytes: int = Field(ge=0, title="Size", description="Bytes")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", title="SHA-256", description="Of the file")
    licence: str = Field(title="Licence", description="SPDX expression")


class Wheelhouse(_Part):
    """A folder of wheels."""

    kit: str = Field(title="Kit", description="Version of tremorkit")
    platform: str = Field(title="Platform", description="What `uname -m` says on the station")
    python: str = Field(title="Python", description="Version of the station's Python")
    lock_sha256: str = Field(title="Lock", description="SHA-256 of the lock of versions")
    size_bytes: int = Field(ge=0, title="Size", description="Of all wheels together, bytes")
    wheels: tuple[WheelEntry, ...] = Field(title="Wheels", description="By file name")


def entry_of(wheel: Wheel) -> WheelEntry:
    """Return the entry of a wheel."""
    return WheelEntry(
        file=wheel.path.name,
        name=wheel.name,
        version=str(wheel.version),
        size_bytes=wheel.size_bytes,
        sha256=wheel.sha256(),
        licence=wheel.licence,
    )


def write_manifest(house: Wheelhouse, folder: Path) -> None:
    """Write manifest, hashes, licences and requirements beside the wheels."""
    texts = {
        MANIFEST: json.dumps(house.model_dump(), indent=2) + "\n",
        HASHES: _lines(f"{wheel.sha256}  {wheel.file}" for wheel in house.wheels),
        LICENCES: _lines(f"{w.name} {w.version}: {w.licence}" for w in house.wheels),
        REQUIREMENTS: _lines(
            f"{w.name}=={w.version} --hash=sha256:{w.sha256}" for w in house.wheels
        ),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> Wheelhouse:
    """Return what a wheelhouse says of itself.

    Raises:
        WheelhouseError: It has no manifest, or one that cannot be read.
    """
    path = folder / MANIFEST
    try:
        return Wheelhouse.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise WheelhouseError(str(path), f"cannot be read ({error})") from error


def largest(entries: Sequence[WheelEntry], count: int = 5) -> str:
    """Return the largest wheels in words."""
    ordered = sorted(entries, key=lambda entry: (-entry.size_bytes, entry.file))[:count]
    return ", ".join(f"{entry.name} {entry.size_bytes / 1e6:.1f} MB" for entry in ordered)


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
