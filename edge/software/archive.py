"""The signed archive of a release: a folder of wheels, with a manifest, as one tar.

The archive's hash is what holders of keys signed, so what it says of itself is believed; it is
compared all the same, so that a release that was packed wrongly is told from one that fits.
"""

import hashlib
import os
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, Final, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.bundle.card import Sha256
from edge.errors import UpdateRefusedError

_MANIFEST: Final = "manifest.json"
_MOST_MANIFEST_BYTES: Final = 1_000_000
_CHUNK_BYTES: Final = 1 << 20
_SAID: Final = ConfigDict(frozen=True, extra="ignore")

WheelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+!-]{0,200}\.whl$")]


class WheelSaid(BaseModel):
    """What the manifest says of a wheel."""

    model_config = _SAID

    file: WheelName
    name: str
    size_bytes: int = Field(ge=0)
    sha256: Sha256


class Manifest(BaseModel):
    """What the archive says of itself."""

    model_config = _SAID

    kit: str
    platform: str
    python: str
    wheels: tuple[WheelSaid, ...] = Field(min_length=1)


def here() -> tuple[str, str]:
    """Return platform and Python of this computer, as archives name them."""
    return os.uname().machine, f"{sys.version_info.major}.{sys.version_info.minor}"


class Archive:
    """An open archive.

    Args:
        tar: The archive.

    Attributes:
        manifest: What it says of itself.

    Raises:
        UpdateRefusedError: It is none, or not whole.
    """

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members = {member.name: member for member in tar.getmembers() if member.isreg()}
        self.manifest = self._read_manifest()

    def check(self, version: str) -> None:
        """Check that it is for this computer, and holds what its manifest says.

        Args:
            version: What was signed.

        Raises:
            UpdateRefusedError: It does not.
        """
        said = self.manifest
        if said.kit != version:
            raise UpdateRefusedError(f"its manifest says {said.kit}, signed was {version}")
        if (said.platform, said.python) != here():
            machine, python = here()
            reason = f"it is for {said.platform} and Python {said.python}; this is {machine}"
            raise UpdateRefusedError(f"{reason} with Python {python}")
        named = {wheel.file for wheel in said.wheels}
        for name in self._members:
            if name.endswith(".whl") and name not in named:
                raise UpdateRefusedError(f"{name} is not in its manifest")
        for wheel in said.wheels:
            with self.open(wheel) as file:
                found = _digest(file)
            if found != wheel.sha256:
                raise UpdateRefusedError(f"{wheel.file} is not what its manifest says")

    @contextmanager
    def open(self, wheel: WheelSaid) -> Iterator[BinaryIO]:
        """Open a wheel.

        Raises:
            UpdateRefusedError: It is not there.
        """
        file = self._file(wheel.file)
        with file:
            yield file

    def _file(self, name: str) -> BinaryIO:
        member = self._members.get(name)
        file = self._tar.extractfile(member) if member is not None else None
        if file is None:
            raise UpdateRefusedError(f"{name} is missing in the archive")
        return cast("BinaryIO", file)

    def _read_manifest(self) -> Manifest:
        with self._file(_MANIFEST) as file:
            content = file.read(_MOST_MANIFEST_BYTES)
        try:
            return Manifest.model_validate_json(content)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise UpdateRefusedError(f"{_MANIFEST}: {where}: {first['msg']}") from error


def _digest(file: BinaryIO) -> str:
    found = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        found.update(chunk)
    return found.hexdigest()


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive.

    Raises:
        UpdateRefusedError: It is none, or not whole.
        OSError: It cannot be read.
    """
    try:
        with tarfile.open(path, mode="r:") as tar:
            yield Archive(tar)
    except tarfile.TarError as error:
        raise UpdateRefusedError(f"it is no archive: {error}") from error
