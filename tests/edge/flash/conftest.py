"""Devices as the kernel shows them, without any."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.flash.device import Device, Kernel

_MIB = 2**20


@dataclass
class FakeKernel:
    """Trees of /sys, /proc and /dev below a folder; devices are files there."""

    root: Path

    @property
    def kernel(self) -> Kernel:
        """What the code under test is given."""
        return Kernel(self.root / "sys", self.root / "proc")

    def device(
        self,
        name: str = "sdz",
        *,
        size: int = 64 * _MIB,
        removable: bool = True,
        bus: str = "pci0000",
        partitions: tuple[str, ...] = (),
    ) -> Path:
        """Add a device; returns its path."""
        own = self.root / "sys" / "devices" / bus / name
        self._fill(own, 8, size)
        (own / "removable").write_text("1\n" if removable else "0\n")
        for number, part in enumerate(partitions, 1):
            self._fill(own / part, 8, _MIB, minor=number)
            (own / part / "partition").write_text(f"{number}\n")
        path = self.root / "dev" / name
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            file.truncate(size)
        return path

    def _fill(self, folder: Path, major: int, size: int, minor: int = 0) -> None:
        folder.mkdir(parents=True)
        (folder / "size").write_text(f"{size // 512}\n")
        (folder / "dev").write_text(f"{major}:{minor}\n")
        (folder / "ro").write_text("0\n")
        for view in ("class/block", "block"):
            if view == "block" and minor:
                continue
            link = self.root / "sys" / view / folder.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(folder)

    def tell(self, path: str, text: str) -> None:
        """Write a file of /proc or /sys."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def read(self, path: Path) -> Device:
        """Return the device as the code under test sees it."""
        return Device.read(path, self.kernel)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeKernel:
    """Return a kernel whose devices are files."""
    root = tmp_path / "kernel"
    real = Path.is_block_device
    monkeypatch.setattr(
        Path, "is_block_device", lambda path: real(path) or path.parent == root / "dev"
    )
    return FakeKernel(root)


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Path]:
    """Return a real block device of 24 MiB; skips where this machine lends none."""
    backing = tmp_path / "backing"
    with backing.open("wb") as file:
        file.truncate(24 * _MIB)
    losetup = shutil.which("losetup", path="/usr/sbin:/sbin:/usr/bin")
    if losetup is None or os.geteuid() != 0:
        pytest.skip("loop devices need losetup and root")
    words = [losetup, "--find", "--show", str(backing)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this machine lends no loop device: {done.stderr.strip()}")
    device = Path(done.stdout.strip())
    yield device
    subprocess.run([losetup, "--detach", str(device)], check=True)
