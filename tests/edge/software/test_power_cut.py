"""The power goes off at any write of a release's life: the station starts, and goes on.

Disks keep one promise: what was synced is there. What was not synced yet may be there, or half of
it, or none of it; here it is gone or half.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import UpdateError
from edge.software.releases import trouble_with
from edge.update.disk import Disk
from edge.update.record import End
from tests.edge.software.builder import offer, small_release
from tests.edge.software.life import INSTALLED, Killed, SoftwareLife
from tests.updates import Release


class CutDisk(Disk):
    """A disk whose power goes off at one of its writes.

    Args:
        folder: Only what is written below it counts.

    Attributes:
        left: Writes until the power goes off; None: it stays on.
        after: It goes off after the write rather than before it.
        count: Writes so far.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left: int | None = None
        self.after = False
        self.count = 0
        self._unsynced: set[Path] = set()

    def write(self, path: Path, content: bytes) -> None:
        """Write a file, or the first half of it."""
        if self._is_cut(path) and not self.after:
            super().write(path, content[: len(content) // 2])
            raise Killed
        super().write(path, content)
        self._cut_after(path)

    def rename(self, source: Path, target: Path) -> None:
        """Rename a file; not synced."""
        self._cut_before(target)
        super().rename(source, target)
        self._cut_after(target)

    def sync(self, folder: Path) -> None:
        """Sync a folder."""
        self._cut_before(folder)
        super().sync(folder)
        self._cut_after(folder)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        self._cut_before(path)
        super().remove(path)
        self._cut_after(path)

    def sync_all(self, folder: Path) -> None:
        """Sync a tree; before that, its files are there by half."""
        if self._is_cut(folder) and not self.after:
            for path in folder.rglob("*.py"):
                path.write_bytes(path.read_bytes()[:5])
            raise Killed
        super().sync_all(folder)
        self._cut_after(folder)

    def _is_cut(self, path: Path) -> bool:
        if not path.is_relative_to(self.folder):
            return False
        self.count += 1
        if self.left is None:
            return False
        self.left -= 1
        return self.left == 0

    def _cut_before(self, path: Path) -> None:
        if self._is_cut(path) and not self.after:
            raise Killed

    def _cut_after(self, path: Path) -> None:
        if self.after and self.left == 0 and path.is_relative_to(self.folder):
            self.left = None
            raise Killed


def _lives(life: SoftwareLife) -> Iterator[str]:
    """Live until there is nothing more to do; yield what runs after each end."""
    for _ in range(12):
        try:
            life.look()
            yield life.start()
        except (Killed, UpdateError):
            yield life.launch()
        record = life.record
        if record.candidate is None and record.last is not None:
            return


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("each", [pytest.param(1, marks=pytest.mark.slow), 9])
def test_a_cut_at_any_write(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, each: int, *, after: bool
) -> None:
    """Whenever it comes: what runs is whole, the release is committed in the end."""
    sha256 = offer(release, small_release())
    folder = tmp_path / "station"
    disk = CutDisk(folder / "state/software")
    life = SoftwareLife(folder, release, monkeypatch, disk, tries=5)
    list(_lives(life))
    writes = disk.count
    assert 20 < writes

    for number in range(1, writes + 1, each):
        shutil.rmtree(folder / "state")
        disk.left, disk.after = number, after
        for running in _lives(life):
            assert running in {INSTALLED, sha256}, number
            assert running == INSTALLED or trouble_with(life.store.place(sha256)) is None, number

        record = life.record
        assert record.last is not None, number
        assert (End.COMMITTED, sha256) == (record.last.end, record.last.sha256), number
        assert sha256 == life.start(), number
