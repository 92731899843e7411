"""Zip files as plain sets of named bytes: written the same every time, read with suspicion."""

import io
import zipfile
import zlib
from collections.abc import Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100644 << 16


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return a zip file; the same members give the same bytes.

    Members are stored in the order of their names, uncompressed: weights hardly shrink, and
    another zlib would give other bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = _REGULAR_FILE
            info.create_system = 3
            archive.writestr(info, members[name])
    return buffer.getvalue()


def unpack(content: bytes, limits: Mapping[str, int]) -> dict[str, bytes]:
    """Return the members of a zip file.

    Args:
        content: The file.
        limits: Largest size in bytes of each member that may be there; no other may.

    Raises:
        ValueError: It is no sound zip file, or a member is unexpected, twice there or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _members(archive, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"no sound zip file: {error}") from error


def _members(archive: zipfile.ZipFile, limits: Mapping[str, int]) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    for info in archive.infolist():
        name = info.filename
        if name not in limits:
            raise ValueError(f"unexpected member {name!r}; known are {', '.join(limits)}")
        if name in members:
            raise ValueError(f"member {name!r} is there twice")
        # The size in the directory may lie: no more than one byte over the limit is ever unpacked.
        with archive.open(info) as file:
            value = file.read(limits[name] + 1)
        if len(value) > limits[name]:
            raise ValueError(f"member {name!r} is larger than {limits[name]} bytes")
        members[name] = value
    return members
