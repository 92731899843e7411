"""A kit as an archive, for computers that take no card of ours: Jetson, PC, any Debian."""

import io
import tarfile
from pathlib import Path
from typing import Final

from edge.errors import ProvisionError
from edge.provision.computer import KIT
from edge.provision.kit import TOKEN
from edge.provision.order import Card
from edge.provision.record import DRY_RUN, Record, record_of
from edge.provision.tree import Content, size_of

_SCRIPTS: Final = 0o755
_FILES: Final = 0o644
_SECRETS: Final = 0o600


def provision_archive(card: Card, out: Path | None) -> Record:
    """Write a tar file; the same card gives the same bytes.

    Args:
        card: What was ordered.
        out: Replaced where it is there; None only says what would be written.

    Raises:
        ProvisionError: It cannot be written.
    """
    size = sum(map(size_of, card.kit.values()))
    if out is None:
        return record_of(card, DRY_RUN, size_bytes=size)
    _write(card, out)
    return record_of(card, str(out), size_bytes=size)


def _write(card: Card, out: Path) -> None:
    part = out.with_name(f".{out.name}.part")
    try:
        with tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as tar:
            for path in sorted(card.kit):
                _add(tar, path, card.kit[path])
        part.replace(out)
    except OSError as error:
        raise ProvisionError(str(out), f"cannot be written ({error})") from error
    finally:
        part.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, path: str, content: Content) -> None:
    entry = tarfile.TarInfo(f"{KIT}/{path}")
    entry.size = size_of(content)
    entry.mode = _mode(path)
    if isinstance(content, bytes):
        tar.addfile(entry, io.BytesIO(content))
        return
    with content.open("rb") as file:
        tar.addfile(entry, file)


def _mode(path: str) -> int:
    if path.endswith(".sh"):
        return _SCRIPTS
    return _SECRETS if path.startswith("etc/") or path == TOKEN else _FILES
