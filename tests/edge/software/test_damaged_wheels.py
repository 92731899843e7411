"""Wheels with any damage: refused or unpacked, and nothing else happens."""

import hashlib
import io
import json
import random
import zipfile
from pathlib import Path

import pytest

from edge.errors import UpdateRefusedError
from edge.software.archive import here, open_archive
from edge.software.install import unpack, unpacked_bytes
from edge.update.disk import Disk
from tests.faults.fleet_formats import _packed
from tests.faults.mutate import damaged


class _Memory(Disk):
    """A disk that is no disk: nothing of it is kept."""

    def sync_all(self, folder: Path) -> None:
        """Do nothing."""


def _wheel() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as content:
        content.writestr("a/__init__.py", "a = 1\n" * 50)
        content.writestr("a-1.0.dist-info/METADATA", "Name: a\n")
        content.writestr("a-1.0.data/data/x/y", "z" * 99)
    return buffer.getvalue()


def _archive(wheel: bytes) -> bytes:
    """Return an archive whose manifest bears the wheel out, whatever it is."""
    platform, python = here()
    said = {"file": "a-1.0-py3-none-any.whl", "name": "a", "size_bytes": len(wheel)}
    said["sha256"] = hashlib.sha256(wheel).hexdigest()
    manifest = {"kit": "1.0", "platform": platform, "python": python, "wheels": [said]}
    return _packed(json.dumps(manifest).encode(), wheel)


@pytest.mark.parametrize("count", [300, pytest.param(30_000, marks=pytest.mark.slow)])
def test_no_damage_does_harm(tmp_path: Path, count: int) -> None:
    """Whoever packs a release and whoever carries it may be careless; the station says why."""
    chance, wheel, taken = random.Random(7), _wheel(), 0
    path, place = tmp_path / "release.tar", tmp_path / "place"
    for _ in range(count):
        path.write_bytes(_archive(damaged(chance, wheel)))
        try:
            with open_archive(path) as one:
                one.check("1.0")
                unpacked_bytes(one)
                unpack(one, place, _Memory())
        except UpdateRefusedError:
            continue
        except OSError:
            # A file where a folder should be, a name that is too long: tried again, then given up.
            continue
        taken += 1

    assert 0 < taken < count
    assert {"release.tar", "place"} == {one.name for one in tmp_path.iterdir()}
