"""One wheel: what its file says of itself."""

import hashlib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Self

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_wheel_filename,
)
from packaging.version import Version

from edge.errors import WheelhouseError
from edge.wheelhouse.licences import licence_of
from edge.wheelhouse.target import Target


@dataclass(frozen=True)
class Wheel:
    """A wheel on disk."""

    path: Path
    name: NormalizedName
    version: Version
    licence: str
    requires: tuple[Requirement, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a wheel's name and metadata.

        Raises:
            WheelhouseError: It is no wheel.
        """
        try:
            name, version, *_ = parse_wheel_filename(path.name)
            metadata = _metadata(path)
            requires = tuple(Requirement(str(r)) for r in metadata.get_all("Requires-Dist", []))
        except (
            InvalidWheelFilename,
            InvalidRequirement,
            zipfile.BadZipFile,
            KeyError,
            OSError,
        ) as error:
            raise WheelhouseError(path.name, f"is no readable wheel ({error})") from error
        return cls(path, name, version, licence_of(metadata), requires)

    @property
    def size_bytes(self) -> int:
        """Return the size of the file."""
        return self.path.stat().st_size

    def sha256(self) -> str:
        """Return the hash of the file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def needs(self, target: Target, extras: Iterable[str] = ()) -> list[Requirement]:
        """Return what it needs on a target.

        Args:
            target: Decides the markers.
            extras: Of this package, that are wanted.
        """
        environment = target.environment()
        wanted = ["", *map(canonicalize_name, extras)]
        return [
            requirement
            for requirement in self.requires
            if requirement.marker is None
            or any(requirement.marker.evaluate({**environment, "extra": e}) for e in wanted)
        ]


def _metadata(path: Path) -> Message:
    """Return the wheel's METADATA, whose folder is named after the wheel (PEP 427)."""
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        own = [n for n in names if n.count("/") == 1]
        if not own:
            raise KeyError("no METADATA")
        return BytesParser().parsebytes(archive.read(own[0]))
