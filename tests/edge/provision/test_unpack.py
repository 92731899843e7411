"""Unpacking and hashing in one pass."""

import gzip
import hashlib
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import ProvisionError
from edge.provision.unpack import PIECE_BYTES, unpack

_CONTENT = b"begin" + bytes(2 * PIECE_BYTES) + b"middle" + bytes(3 * PIECE_BYTES + 17)
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".img": bytes,
    ".img.xz": lzma.compress,
    ".img.gz": gzip.compress,
}


@pytest.mark.parametrize("suffix", sorted(_PACKERS))
def test_image_comes_out_as_it_went_in(tmp_path: Path, suffix: str) -> None:
    """With the hash of the file that was given, which is what makers publish."""
    path, out = tmp_path / f"a{suffix}", tmp_path / "out"
    path.write_bytes(_PACKERS[suffix](_CONTENT))
    told: list[tuple[int, int]] = []

    digest = unpack(path, out, lambda read, size: told.append((read, size)))

    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert _CONTENT == out.read_bytes()
    assert (path.stat().st_size,) * 2 == told[-1]


def test_holes_stay_holes(tmp_path: Path) -> None:
    """A system of three gigabytes is mostly nothing."""
    path, out = tmp_path / "a.img", tmp_path / "out"
    path.write_bytes(bytes(8 * PIECE_BYTES))

    unpack(path, out)

    assert 8 * PIECE_BYTES == out.stat().st_size
    assert out.stat().st_blocks * 512 < PIECE_BYTES


def test_several_streams_of_xz_are_one_image(tmp_path: Path) -> None:
    """Packers that use several processors write them so."""
    path, out = tmp_path / "a.xz", tmp_path / "out"
    path.write_bytes(lzma.compress(b"first") + lzma.compress(b"second"))

    unpack(path, out)

    assert b"firstsecond" == out.read_bytes()


@pytest.mark.parametrize("suffix", [".img.xz", ".img.gz"])
def test_cut_download_is_told(tmp_path: Path, suffix: str) -> None:
    """Not written as half a system."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(_PACKERS[suffix](_CONTENT)[:-20])

    with pytest.raises(ProvisionError, match="cannot be unpacked"):
        unpack(path, tmp_path / "out")


def test_other_kind_of_file_is_refused(tmp_path: Path) -> None:
    """With those that are known."""
    path = tmp_path / "a.zip"
    path.touch()

    with pytest.raises(ProvisionError, match=r"not one of \.img, \.xz"):
        unpack(path, tmp_path / "out")
