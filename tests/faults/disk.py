"""A small disk of its own that can fill up, or turn read-only after an error, as real ones do."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SIZE_BYTES = 4_000_000


def _needs(*programs: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("a disk that fails needs root, to mount one")
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"a disk that fails needs {program!r}, which is not installed")


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{words[0]} does not work here: {done.stderr.strip()}")
    return done.stdout.strip()


class SmallDisk:
    """A file system of four megabytes.

    Args:
        folder: Where it is mounted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Leave no room."""
        with (self.folder / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def clear(self) -> None:
        """Make room again."""
        (self.folder / "filler").unlink()

    def break_down(self) -> None:
        """Let the kernel find an error in the file system: it turns read-only, open files too."""
        device = Path(_run("findmnt", "-no", "SOURCE", str(self.folder))).name
        fault = Path("/sys/fs/ext4") / device / "trigger_fs_error"
        if not fault.exists():
            pytest.skip("this kernel's ext4 has no trigger_fs_error")
        fault.write_text("a fault for a test")


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mount a small ext4; skips, and says why, where there are no rights or no programs."""
    _needs("mount", "umount", "mkfs.ext4", "findmnt")
    folder.mkdir()
    image = folder.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(_SIZE_BYTES)
    _run("mkfs.ext4", "-q", "-F", str(image))
    _run("mount", "-o", "loop,errors=remount-ro", str(image), str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
