"""Writing a card: into an image or a mounted boot partition, read back and compared."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.errors import ProvisionError
from edge.provision.bootlines import CMDLINE, CONFIG, with_block, with_words
from edge.provision.computer import KIT
from edge.provision.detect import FORMS, FirstBoot, Found, RootFacts, look, root_facts
from edge.provision.image import Image
from edge.provision.order import Card
from edge.provision.partition import BootPartition, FatInImage, MountedFolder, room_for
from edge.provision.record import DRY_RUN, Record, record_of
from edge.provision.tree import Content, Tree, hashes_of, size_of
from edge.provision.unpack import Progress, unpack

_SSH: Final = "ssh"
"""An empty file of this name makes Raspberry Pi OS start its SSH server."""


@dataclass(frozen=True)
class Source:
    """A system's image as it was downloaded."""

    path: Path
    sha256: str | None = None
    """What its maker says; compared where given."""


@dataclass(frozen=True)
class Prepared:
    """A boot partition that was looked at, and what is to be written to it."""

    partition: BootPartition
    found: Found
    tree: Tree


def prepare(
    card: Card,
    partition: BootPartition,
    wanted: FirstBoot | None = None,
    root: RootFacts | None = None,
) -> Prepared:
    """Look at a boot partition and render what it needs; writes nothing.

    Args:
        card: What was ordered.
        partition: Of the card.
        wanted: The form of telling, where a person says so.
        root: What the root file system shows.

    Raises:
        ProvisionError: The system is none for the card, or there is no room.
    """
    found = look(partition, root, wanted)
    if found.python is not None and found.python != card.house.python:
        raise ProvisionError(
            "the wheelhouse",
            f"is for Python {card.house.python}, the image has {found.python}; make another: "
            f"edge-agent wheelhouse --python {found.python}",
        )
    tree = _tree(card, partition, found)
    needed, free = room_for(tree), partition.free_bytes()
    if needed > free:
        raise ProvisionError(
            "the boot partition",
            f"has {free / 1e6:.0f} MB of room, the files need up to {needed / 1e6:.0f} MB",
        )
    return Prepared(partition, found, tree)


def write(prepared: Prepared) -> None:
    """Write the files, read all of them back and compare.

    Raises:
        ProvisionError: Something could not be written, or reads back otherwise.
    """
    prepared.partition.replace(KIT, prepared.tree)
    expected, seen = hashes_of(prepared.tree), prepared.partition.hashes(prepared.tree)
    wrong = [path for path, digest in expected.items() if seen.get(path) != digest]
    if wrong:
        raise ProvisionError(
            "the boot partition",
            f"reads back otherwise than was written: {', '.join(wrong[:5])}; use another card",
        )


def provision_image(
    card: Card,
    source: Source,
    out: Path,
    *,
    wanted: FirstBoot | None = None,
    told: Progress = lambda _read, _size: None,
) -> Record:
    """Make an image for one station; it appears under its name only when all is well.

    Args:
        card: What was ordered.
        source: The system's image.
        out: The station's image; replaced where it is there.
        wanted: The form of telling, where a person says so.
        told: Progress of unpacking.

    Raises:
        ProvisionError: Something does not fit or cannot be written.
    """
    if out.exists() and source.path.exists() and out.samefile(source.path):
        raise ProvisionError(str(out), "is the system's image itself; give another name")
    part = out.with_name(f".{out.name}.part")
    try:
        digest, prepared = _prepare_image(card, source, part, wanted, told)
        write(prepared)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return _record(card, prepared, str(out), (source.path.name, digest))


def inspect_image(
    card: Card,
    source: Source,
    *,
    wanted: FirstBoot | None = None,
    told: Progress = lambda _read, _size: None,
) -> tuple[Tree, Record]:
    """Return what would be written to an image, and its record; leaves nothing behind.

    Args:
        card: What was ordered.
        source: The system's image.
        wanted: The form of telling, where a person says so.
        told: Progress of unpacking.

    Raises:
        ProvisionError: Something does not fit.
    """
    with tempfile.TemporaryDirectory(prefix="edge-kit-") as scratch:
        part = Path(scratch) / "image"
        digest, prepared = _prepare_image(card, source, part, wanted, told)
        image = (source.path.name, digest)
        return prepared.tree, _record(card, prepared, DRY_RUN, image)


def provision_folder(
    card: Card, folder: Path, *, wanted: FirstBoot | None = None, dry_run: bool = False
) -> tuple[Tree, Record]:
    """Write to the boot partition of a card that was flashed and is mounted.

    Args:
        card: What was ordered.
        folder: Where it is mounted.
        wanted: The form of telling, where a person says so.
        dry_run: Only say what would be written.

    Raises:
        ProvisionError: Something does not fit or cannot be written.
    """
    prepared = prepare(card, MountedFolder(folder), wanted)
    if not dry_run:
        write(prepared)
    return prepared.tree, _record(card, prepared, str(folder), None)


def _prepare_image(
    card: Card, source: Source, part: Path, wanted: FirstBoot | None, told: Progress
) -> tuple[str, Prepared]:
    digest = unpack(source.path, part, told)
    if source.sha256 is not None and source.sha256.lower() != digest:
        raise ProvisionError(
            str(source.path), f"has SHA-256 {digest}, not {source.sha256}; download it again"
        )
    image = Image.read(part, called=str(source.path))
    return digest, prepare(card, FatInImage(image), wanted, root_facts(image))


def _tree(card: Card, partition: BootPartition, found: Found) -> dict[str, Content]:
    names = partition.names()
    computer, form = card.computer, FORMS[found.first_boot]
    tree: dict[str, Content] = {f"{KIT}/{path}": file for path, file in card.kit.items()}
    tree |= form.files(computer)
    words = form.kernel_words(computer)
    if computer.wifi is not None:
        words = [*words, f"cfg80211.ieee80211_regdom={computer.wifi.country}"]
    if CMDLINE in names:
        tree[CMDLINE] = with_words(_text(partition, CMDLINE), words).encode()
    elif words:
        raise ProvisionError(
            "the boot partition", f"has no {CMDLINE}; is it one for a Raspberry Pi?"
        )
    if CONFIG in names:
        lines = with_block(_text(partition, CONFIG), card.firmware_lines)
        tree[CONFIG] = lines.encode(errors="surrogateescape")
    elif card.firmware_lines:
        raise ProvisionError("the boot partition", f"has no {CONFIG} for {card.firmware_lines}")
    if card.system is not None and card.system.user.ssh_keys:
        tree[_SSH] = b""
    return tree


def _text(partition: BootPartition, name: str) -> str:
    return partition.read(name).decode(errors="surrogateescape")


def _record(card: Card, prepared: Prepared, made: str, image: tuple[str, str] | None) -> Record:
    notes = []
    if prepared.found.python is None:
        notes.append(
            f"the image's Python could not be seen; the kit wants {card.house.python} and says so "
            "at the first boot where it is another"
        )
    size = sum(map(size_of, card.kit.values()))
    return record_of(
        card,
        made,
        image=image,
        first_boot=prepared.found.first_boot,
        size_bytes=size,
        notes=notes,
    )


def summary(tree: Mapping[str, Content]) -> list[str]:
    """Return the tree in lines: size and path."""
    return [f"{size_of(tree[path]):>12,}  {path}" for path in sorted(tree)]
