"""An image of somebody who means harm: refused with a word, and nothing else happens."""

import gzip
import json
import lzma
import stat
import struct
from pathlib import Path

import pytest

from edge.errors import FlashError, ProvisionError
from edge.flash.writer import write_card
from edge.provision import detect, partition, unpack
from edge.provision.image import Image, Partition
from edge.provision.kit import station_of
from edge.provision.order import compose
from edge.provision.partition import FatInImage
from tests.edge.provision.conftest import Desk

_PROTECTIVE = 0xEE


def _gpt(path: Path, table: int, first: int, last: int) -> Path:
    """Write an image with one partition by a GPT."""
    head, header = bytearray(512), bytearray(512)
    head[446 + 4] = _PROTECTIVE
    struct.pack_into("<II", head, 446 + 8, 1, 100)
    head[510:] = b"\x55\xaa"
    header[:8] = b"EFI PART"
    struct.pack_into("<QII", header, 72, table, 1, 128)
    entry = struct.pack("<16s16sQQ", b"k" * 16, b"u" * 16, first, last)
    path.write_bytes(bytes(head + header) + entry.ljust(128, b"\0") + bytes(100_000))
    return path


@pytest.mark.parametrize(
    ("table", "first", "last", "reason"),
    [
        (2**63, 4, 8, "entries lie behind the file"),
        (2**64 - 1, 4, 8, "entries lie behind the file"),
        (2, 2**64 - 1, 0, "has a partition from"),
        (2, 10, 2, "has a partition from 10 to 2"),
        (2, 0, 8, "has a partition from 0 to 8"),
        (2, 2**62, 2**62, "has a partition from"),
        (2, 4, 2**40, "ends behind the file"),
    ],
)
def test_a_partition_table_that_lies(
    tmp_path: Path, table: int, first: int, last: int, reason: str
) -> None:
    """Numbers that no file has, ends before beginnings, and what would cover the table itself."""
    with pytest.raises(ProvisionError, match=reason):
        Image.read(_gpt(tmp_path / "a.img", table, first, last))


def test_a_partition_over_its_own_table(tmp_path: Path) -> None:
    """One that begins at the first sector is none."""
    head = bytearray(512)
    head[446 + 4] = 0x0C
    struct.pack_into("<II", head, 446 + 8, 0, 10)
    head[510:], head[82:90] = b"\x55\xaa", b"FAT32   "
    (tmp_path / "a.img").write_bytes(bytes(head) + bytes(10_000))

    with pytest.raises(ProvisionError, match="without partitions"):
        Image.read(tmp_path / "a.img")


@pytest.mark.parametrize("suffix", [".img.xz", ".img.gz"])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.6])
def test_an_archive_that_is_damaged(tmp_path: Path, suffix: str, place: float) -> None:
    """By every unpacker, provisioned or flashed: a word, and no traceback."""
    pack = lzma.compress if suffix == ".img.xz" else gzip.compress
    content = bytearray(pack(bytes(range(256)) * 4000))
    begin = round(len(content) * place)
    content[begin : begin + 12] = b"\xff" * 12
    packed, card = tmp_path / f"a{suffix}", tmp_path / "card"
    packed.write_bytes(content)
    card.write_bytes(bytes(2_000_000))

    with pytest.raises(ProvisionError, match="cannot be unpacked"):
        unpack.unpack(packed, tmp_path / "out")
    with pytest.raises(FlashError, match="could not be written"):
        write_card(packed, card)


def test_an_archive_that_unpacks_to_more_than_any_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of kilobytes can hold terabytes of nothing."""
    monkeypatch.setattr(unpack, "MOST_BYTES", 3 * unpack.PIECE_BYTES)
    (tmp_path / "a.xz").write_bytes(lzma.compress(bytes(5 * unpack.PIECE_BYTES)))

    with pytest.raises(ProvisionError, match="no card has"):
        unpack.unpack(tmp_path / "a.xz", tmp_path / "out")


@pytest.mark.parametrize(
    "manifest",
    [
        b"[" * 100_000,
        b"\xff\xfe{",
        b'{"station": ["XX.A"]}',
        json.dumps({"station": "XX.A\x1b[2J\x1b[1;1HXX.KARA1"}).encode(),
        json.dumps({"station": "XX.A\u202eKARA1"}).encode(),
        json.dumps({"station": "XX.A\n"}).encode(),
    ],
)
def test_a_name_that_is_no_name(manifest: bytes) -> None:
    """What a person is asked to type cannot paint on their terminal."""
    assert station_of(manifest) is None


def _endless(folder: Path, name: str) -> None:
    """Put a program that never ends into a folder."""
    program = folder / name
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_a_file_system_that_leads_into_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tools that read it may never end: they are ended."""
    for name in ("mdir", "debugfs"):
        _endless(tmp_path, name)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(partition, "_LONGEST_S", 0.2)
    monkeypatch.setattr(detect, "_LONGEST_S", 0.2)
    parts = (Partition(512, 512), Partition(1024, 2048))

    with pytest.raises(ProvisionError, match="mdir did not end"):
        FatInImage(Image(tmp_path / "a.img", "a", parts)).names()
    with pytest.raises(ProvisionError, match="debugfs did not end"):
        detect._listed(str(tmp_path / "debugfs"), "a.img", "/usr/lib")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ca\n.pem", "cannot keep"),
        ("c:a.pem", "cannot keep"),
        ("größe.pem", "cannot keep"),
        ("-rf.pem", "cannot keep"),
        (".pem", "cannot keep"),
        ("a\\b.pem", "cannot keep"),
        ("STATION.TOML", "another file is called"),
        ("x" * 200, "cannot keep"),
    ],
)
def test_a_file_that_a_card_cannot_keep(desk: Desk, name: str, reason: str) -> None:
    """Lost on a FAT, or between two lines of hashes: the station would not start."""
    path = desk.folder / name
    path.write_text("pem")

    with pytest.raises(ProvisionError, match=reason):
        compose(desk.order(files=(path,)))


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"signed": {"_type": "root"}}', b"\xff"])
def test_a_root_of_trust_that_is_none(desk: Desk, content: bytes) -> None:
    """However deep it is."""
    path = desk.folder / "root.json"
    path.write_bytes(content)

    with pytest.raises(ProvisionError, match="no root of trust"):
        compose(desk.order(trust=path))
