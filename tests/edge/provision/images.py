"""Images of memory cards, made as the makers of systems do: partition table, FAT, ext4."""

import os
import shutil
import struct
import subprocess
import uuid
from pathlib import Path

import pytest

SECTOR = 512
START = 8192
"""Of the boot partition, in sectors, as on Raspberry Pi OS."""
BOOT_MIB = 80
ROOT_MIB = 8
_LARGEST_FAT16_MIB = 33
_MIB = 1024 * 1024
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])

PI_GEN = {
    "config.txt": b"dtparam=audio=on\n[cm5]\ndtoverlay=dwc2\n[all]\n",
    "cmdline.txt": b"console=tty1 root=PARTUUID=1-02 rootwait quiet "
    b"init=/usr/lib/raspberrypi-sys-mods/firstboot\n",
    "kernel8.img": b"kernel",
    "issue.txt": b"Raspberry Pi reference\n",
}
CLOUD_INIT = {
    **PI_GEN,
    "user-data": b"#cloud-config\n# an example, all of it commented out\n",
    "network-config": b"# an example\n",
    # As pi-gen ships it, with an underscore that NoCloud does not know.
    "meta-data": b"instance_id: rpi-image\n",
}
ROOT_64 = ("usr/lib/aarch64-linux-gnu/", "usr/lib/raspberrypi-sys-mods/", "usr/bin/python3.13")


def need(*programs: str) -> None:
    """Skip where a program is missing."""
    missing = [name for name in programs if shutil.which(name, path=_PATH) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is missing (Debian: apt install mtools dosfstools)")


def run(*words: str | Path) -> str:
    """Return what a program says; it must end well."""
    environment = {**os.environ, "PATH": _PATH, "MTOOLS_SKIP_CHECK": "1"}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def write_image(
    path: Path,
    boot: dict[str, bytes],
    root: tuple[str, ...] = (),
    *,
    is_gpt: bool = False,
    boot_mib: int = BOOT_MIB,
) -> Path:
    """Write an image.

    Args:
        path: Of the image.
        boot: Files of the boot partition.
        root: Empty files and, with `/` at their end, folders of the root file system; none, no
            such partition.
        is_gpt: A GPT in place of an MBR.
        boot_mib: Size of the boot partition, MiB.
    """
    need("mformat", "mcopy", "mke2fs", "debugfs")
    parts = [(START, boot_mib * _MIB // SECTOR)]
    if root:
        parts.append((START + parts[0][1], ROOT_MIB * _MIB // SECTOR))
    end = sum(parts[-1]) + 34
    with path.open("wb") as file:
        file.truncate(end * SECTOR)
        file.write(_gpt(parts, end) if is_gpt else _mbr(parts))
    _write_fat(path, boot, boot_mib)
    if root:
        _write_ext4(path, root, parts[1][0])
    return path


def _mbr(parts: list[tuple[int, int]]) -> bytes:
    kinds = (0x0C, 0x83)
    entries = [
        struct.pack("<B3sB3sII", 0, b"\0" * 3, kind, b"\0" * 3, start, sectors)
        for kind, (start, sectors) in zip(kinds, parts, strict=False)
    ]
    return b"".join(entries).ljust(64, b"\0").rjust(510, b"\0") + b"\x55\xaa"


def _gpt(parts: list[tuple[int, int]], end: int) -> bytes:
    protective = struct.pack("<B3sB3sII", 0, b"\0" * 3, 0xEE, b"\0" * 3, 1, end - 1)
    mbr = protective.ljust(64, b"\0").rjust(510, b"\0") + b"\x55\xaa"
    header = struct.pack(
        "<8sIIIIQQQQ16sQII",
        b"EFI PART",
        0x10000,
        92,
        0,
        0,
        1,
        end - 1,
        34,
        end - 34,
        b"",
        2,
        128,
        128,
    )
    kinds = ("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "0fc63daf-8483-4772-8e79-3d69d8477de4")
    entries = [
        struct.pack("<16s16sQQ", uuid.UUID(kind).bytes_le, b"x" * 16, start, start + sectors - 1)
        for kind, (start, sectors) in zip(kinds, parts, strict=False)
    ]
    table = b"".join(entry.ljust(128, b"\0") for entry in entries)
    return mbr + header.ljust(SECTOR, b"\0") + table.ljust(128 * 128, b"\0")


def _write_fat(path: Path, files: dict[str, bytes], mib: int) -> None:
    where = f"{path}@@{START * SECTOR}"
    sectors = str(mib * _MIB // SECTOR)
    # FAT32 begins at 33 MiB; below it is FAT16.
    kind = ["-F"] if mib > _LARGEST_FAT16_MIB else []
    run("mformat", "-i", where, *kind, "-v", "BOOTFS", "-T", sectors, "-h", "64", "-s", "32", "::")
    folder = path.with_name(f"{path.name}.boot")
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    tops = sorted(map(str, folder.iterdir()))
    if tops:
        run("mcopy", "-i", where, "-s", "-Q", *tops, "::/")
    shutil.rmtree(folder)


def _write_ext4(path: Path, names: tuple[str, ...], start: int) -> None:
    folder = path.with_name(f"{path.name}.root")
    for name in ("usr/lib/", "usr/bin/", *names):
        place = folder / name
        if name.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
    part = path.with_name(f"{path.name}.ext4")
    run("mke2fs", "-q", "-t", "ext4", "-d", folder, part, f"{ROOT_MIB}M")
    with path.open("rb+") as file:
        file.seek(start * SECTOR)
        file.write(part.read_bytes())
    part.unlink()
    shutil.rmtree(folder)


def fat_is_sound(path: Path, scratch: Path, mib: int = BOOT_MIB) -> None:
    """Let fsck look at the boot partition of an image."""
    need("fsck.vfat")
    part = scratch / "fat"
    with path.open("rb") as file, part.open("wb") as out:
        file.seek(START * SECTOR)
        out.write(file.read(mib * _MIB))
    run("fsck.vfat", "-n", part)
    part.unlink()


def read_file(path: Path, name: str) -> bytes:
    """Return a file of the boot partition, read by mtools."""
    words = ["mtype", "-i", f"{path}@@{START * SECTOR}", f"::/{name}"]
    return subprocess.run(words, capture_output=True, check=True).stdout
