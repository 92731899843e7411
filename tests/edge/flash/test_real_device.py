"""A real block device of this machine's kernel: what it says, and what is refused because of it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import FlashError
from edge.flash.device import Device, devices
from edge.flash.flash import plan
from edge.flash.writer import write_card


@contextmanager
def _mounted(device: Path, folder: Path) -> Iterator[Path]:
    """Make a file system on a device and mount it; skips where that is not allowed."""
    make = shutil.which("mkfs.ext4", path="/usr/sbin:/sbin")
    if make is None:
        pytest.skip("mkfs.ext4 is missing")
    subprocess.run([make, "-q", str(device)], check=True)
    folder.mkdir()
    done = subprocess.run(
        ["mount", str(device), str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"this machine mounts nothing: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_kernel_tells_size_and_that_it_is_no_card(loop: Path, tmp_path: Path) -> None:
    """A disk of this machine is refused before anything is asked; it is listed all the same."""
    image = tmp_path / "a.img"
    image.write_bytes(bytes(1024))

    device = Device.read(loop)

    assert (24 * 2**20, False, False) == (
        device.size_bytes,
        device.is_partition,
        device.is_removable,
    )
    assert device.name in {one.name for one in devices()}
    with pytest.raises(FlashError, match="it is built in"):
        plan(image, device)


def test_mounted_device_is_refused_by_name_and_by_the_kernel(loop: Path, tmp_path: Path) -> None:
    """Looked at before, and opened exclusively: the second holds when the first was too early."""
    image = tmp_path / "a.img"
    image.write_bytes(os.urandom(4096))
    with _mounted(loop, tmp_path / "place") as place:
        (place / "letter").write_text("dear")
        card = replace(Device.read(loop), is_removable=True)

        with pytest.raises(FlashError, match=f"is mounted at {place}; unmount it first"):
            plan(image, card)
        with pytest.raises(FlashError, match="could not be written"):
            write_card(image, loop)
        assert "dear" == (place / "letter").read_text()
    assert () == Device.read(loop).mounts
