"""From an archive of wheels to a folder that runs: no pip, no network, no code that comes along.

A wheel is a zip file that is unpacked as it is (PyPA, "Binary distribution format"): what lies at
its top goes to site-packages, what lies in NAME.data/ goes where its folder says. Nothing of it is
run. The folder is a virtual environment of this computer's Python.
"""

import json
import lzma
import shutil
import stat
import struct
import sys
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from edge.errors import UpdateError, UpdateRefusedError
from edge.software.archive import Archive, WheelSaid
from edge.software.releases import WHOLE, python_of, script_of, written
from edge.update.disk import Disk

_LEFT_OUT: Final = frozenset({"pip"})
"""It comes along for the first installation; a release is installed without it."""
_SITE: Final = frozenset({"purelib", "platlib"})
_DROPPED: Final = frozenset({"headers", "scripts"})
_DAMAGED: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError),
    # Of encryption, of methods and versions that zipfile does not know, of names that are none.
    *(RuntimeError, ValueError),
)
"""What zipfile raises of a file that is damaged."""
_CHUNK_BYTES: Final = 1 << 20
_AT_ONCE_BYTES: Final = 8_000_000
"""A card writes so much in a second: no trigger waits for longer to get to the disk."""
_SCRIPT: Final = """\
import sys
from edge.software.launcher import main
sys.exit(main())
"""


def unpacked_bytes(archive: Archive) -> int:
    """Return what an archive takes on the disk when it is unpacked, bytes.

    Raises:
        UpdateRefusedError: A wheel is none.
    """
    total = 0
    for wheel in _wheels(archive):
        with archive.open(wheel) as file, _zip(file, wheel) as content:
            total += sum(info.file_size for info in content.infolist())
    return total


def check_room(folder: Path, needed: int, spare: int) -> None:
    """Check that the disk has room.

    Args:
        folder: On that disk.
        needed: Bytes that are to be written.
        spare: Bytes that are to be left.

    Raises:
        UpdateError: It has not.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + spare:
        reason = (
            f"{folder} has {free / 1e6:.0f} MB free; {needed / 1e6:.0f} MB are needed, and "
            f"{spare / 1e6:.0f} MB stay free (update.software_free_bytes): make room"
        )
        raise UpdateError("files", reason)


def unpack(archive: Archive, place: Path, disk: Disk) -> None:
    """Unpack an archive into a folder that runs; all of it is on the disk when this returns.

    Args:
        archive: Checked.
        place: The folder; what is there is removed.
        disk: Writes.

    Raises:
        UpdateRefusedError: A wheel is none.
        OSError: It cannot be written.
    """
    shutil.rmtree(place, ignore_errors=True)
    site = place / "lib" / _python_name() / "site-packages"
    site.mkdir(parents=True)
    _make_environment(place)
    waiting = 0
    for wheel in _wheels(archive):
        with archive.open(wheel) as file, _zip(file, wheel) as content:
            for info in content.infolist():
                _write(content, info, place, site)
                waiting += info.file_size
                if waiting > _AT_ONCE_BYTES:
                    disk.sync_all(place)
                    waiting = 0
    disk.sync_all(place)
    whole = {"version": archive.manifest.kit, "files": written(place)}
    disk.write(place / WHOLE, json.dumps(whole).encode())


def _make_environment(place: Path) -> None:
    """Make what makes a folder an environment (the documentation of `site`, "pyvenv.cfg")."""
    home = Path(sys.base_prefix) / "bin"
    version = ".".join(map(str, sys.version_info[:3]))
    lines = (f"home = {home}", "include-system-site-packages = false", f"version = {version}")
    (place / "pyvenv.cfg").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (place / "bin").mkdir()
    python_of(place).symlink_to(home / _python_name())
    script_of(place).write_text(_SCRIPT, encoding="utf-8")


def _python_name() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def _wheels(archive: Archive) -> tuple[WheelSaid, ...]:
    return tuple(wheel for wheel in archive.manifest.wheels if wheel.name not in _LEFT_OUT)


def _zip(file: BinaryIO, wheel: WheelSaid) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise UpdateRefusedError(f"{wheel.file} is no wheel: {error}") from error


def _write(content: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path, site: Path) -> None:
    """Write one file of a wheel where it belongs."""
    if info.is_dir():
        return
    target = _target(info, place, site)
    if target is None:
        return
    if target.is_symlink():
        # bin/python is one: whoever writes through it writes over the computer's own.
        raise UpdateRefusedError(f"{info.filename!r} would lie outside of the release")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with content.open(info) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file, _CHUNK_BYTES)
    except _DAMAGED as error:
        raise UpdateRefusedError(f"{info.filename!r} is damaged: {error}") from error


def _target(info: zipfile.ZipInfo, place: Path, site: Path) -> Path | None:
    """Return where a file of a wheel goes; None where nobody needs it.

    Raises:
        UpdateRefusedError: Out of the folder.
    """
    path = PurePosixPath(info.filename)
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    is_no_name = not path.parts or ".." in path.parts or "\\" in info.filename
    if path.is_absolute() or is_no_name or is_link:
        raise UpdateRefusedError(f"{info.filename!r} would lie outside of the release")
    top = path.parts[0]
    if not top.endswith(".data") or len(path.parts) < 3:  # noqa: PLR2004 - NAME.data/WHERE/FILE
        return site / path
    where, rest = path.parts[1], path.parts[2:]
    if where in _DROPPED:
        return None
    base = site if where in _SITE else place
    return base.joinpath(*rest)
