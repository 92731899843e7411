"""Zip files as plain sets of named bytes: written the same every time, read with suspicion."""

import io
import zipfile
import zlib
from collections.abc import Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100644 << 16
_LARGE_BYTES = 100_000
_LEVEL = 9


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return a zip file; the same members give the same bytes.

    Members are kept in the order of their names and as they are, for weights hardly shrink and
    another zlib gives other bytes. Only a large member that deflating at least halves is deflated:
    a recurrent network that is written out step by step says the same thing over and over.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = _REGULAR_FILE
            info.create_system = 3
            method = zipfile.ZIP_DEFLATED if _shrinks(members[name]) else zipfile.ZIP_STORED
            archive.writestr(info, members[name], method, _LEVEL)
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


def _shrinks(content: bytes) -> bool:
    if len(content) < _LARGE_BYTES:
        return False
    return 2 * len(zlib.compress(content, _LEVEL)) <= len(content)


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
