"""What is on the card afterwards is the image, or the person is told."""

import hashlib
import lzma
import os
from pathlib import Path

import pytest

from edge.errors import FlashError, ProvisionError
from edge.flash import writer
from edge.flash.writer import write_card
from edge.provision.unpack import PIECE_BYTES

_CONTENT = bytes(range(256)) * (5 * PIECE_BYTES // 1024) + bytes(PIECE_BYTES) + b"end!" * 128


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Return an image of some pieces and a rest."""
    path = tmp_path / "KARA1.img"
    path.write_bytes(_CONTENT)
    return path


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Return a file that stands for a card, full of something else."""
    path = tmp_path / "card"
    path.write_bytes(b"\xff" * (len(_CONTENT) + PIECE_BYTES))
    return path


@pytest.mark.parametrize("is_packed", [False, True])
def test_card_has_the_image(image: Path, card: Path, is_packed: bool) -> None:  # noqa: FBT001
    """From its first byte on; what is behind it stays."""
    if is_packed:
        packed = image.with_suffix(".img.xz")
        packed.write_bytes(lzma.compress(_CONTENT, preset=0))
        image = packed
    told: list[tuple[str, int, int]] = []

    digest = write_card(image, card, lambda *step: told.append(step))

    assert hashlib.sha256(_CONTENT).hexdigest() == digest
    assert _CONTENT == card.read_bytes()[: len(_CONTENT)]
    assert b"\xff" * PIECE_BYTES == card.read_bytes()[len(_CONTENT) :]
    assert ("reading back", len(_CONTENT), len(_CONTENT)) == told[-1]
    assert ("writing", image.stat().st_size, image.stat().st_size) in told


def test_card_that_was_pulled_out_starts_nothing(
    image: Path, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its partition table, the old one and the new, is nowhere."""
    write_at = writer._write_at

    def pulled_out(target: int, piece: bytes, offset: int) -> None:
        if offset > PIECE_BYTES:
            raise OSError(5, "Input/output error")
        write_at(target, piece, offset)

    monkeypatch.setattr(writer, "_write_at", pulled_out)

    with pytest.raises(FlashError, match="Input/output error"):
        write_card(image, card)
    assert bytes(PIECE_BYTES) == card.read_bytes()[:PIECE_BYTES]


def test_card_that_forgets_is_told(
    image: Path, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it wrote, and did not: a card of more bytes than it has."""
    write_at = writer._write_at

    def forgetful(target: int, piece: bytes, offset: int) -> None:
        write_at(target, bytes(len(piece)) if offset == PIECE_BYTES else piece, offset)

    monkeypatch.setattr(writer, "_write_at", forgetful)

    with pytest.raises(FlashError, match="reads back otherwise"):
        write_card(image, card)


def test_card_that_is_shorter_than_it_says_is_told(
    image: Path, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading ends before the image does."""
    read_back = writer._read_back

    def cut(device: Path, size: int, told: writer.Told) -> str:
        os.truncate(device, size - 1000)
        return read_back(device, size, told)

    monkeypatch.setattr(writer, "_read_back", cut)

    with pytest.raises(FlashError, match="reads back otherwise"):
        write_card(image, card)


def test_missing_right_is_told_with_the_remedy(
    image: Path, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Devices belong to root."""

    def refuse(*_arguments: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(writer.os, "open", refuse)

    with pytest.raises(FlashError, match="say sudo"):
        write_card(image, card)


def test_damaged_image_is_told(card: Path, tmp_path: Path) -> None:
    """Half a download writes half a card, and says so."""
    path = tmp_path / "a.img.xz"
    path.write_bytes(lzma.compress(_CONTENT, preset=0)[:-50])

    with pytest.raises(FlashError, match="could not be written"):
        write_card(path, card)
    assert bytes(PIECE_BYTES) == card.read_bytes()[:PIECE_BYTES]


def test_unknown_packing_touches_nothing(card: Path, tmp_path: Path) -> None:
    """Not even the partition table."""
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK")

    with pytest.raises(ProvisionError, match="unpack it"):
        write_card(path, card)
    assert b"\xff" * 512 == card.read_bytes()[:512]


def test_block_device_has_the_image(image: Path, loop: Path, tmp_path: Path) -> None:
    """A real one, read past the kernel's cache."""
    digest = write_card(image, loop)

    assert hashlib.sha256(_CONTENT).hexdigest() == digest
    assert _CONTENT == (tmp_path / "backing").read_bytes()[: len(_CONTENT)]


def test_device_that_is_too_small_is_told(loop: Path, tmp_path: Path) -> None:
    """A packed image does not say beforehand how large it is."""
    path = tmp_path / "large.img.xz"
    path.write_bytes(lzma.compress(_CONTENT + bytes(8 * PIECE_BYTES), preset=0))

    with pytest.raises(FlashError, match="could not be written"):
        write_card(path, loop)
