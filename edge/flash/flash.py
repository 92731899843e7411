"""From a station's image to a card: checks, the typed name, a writer."""

import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from edge.errors import ConfigError, FlashError, ProvisionError
from edge.flash.device import LARGEST_GB, Device
from edge.flash.writer import Told, write_card
from edge.provision.computer import KIT
from edge.provision.image import Image
from edge.provision.kit import MANIFEST, station_of
from edge.provision.partition import FatInImage

WriterName = Literal["auto", "own", "rpi-imager"]
_IMAGER: Final = "rpi-imager"
_PLAIN: Final = (".img", ".raw")


@dataclass(frozen=True)
class Flash:
    """One image and the device for it."""

    image: Path
    device: Device
    station: str | None
    """Whose image it is; None where that cannot be seen."""

    @property
    def word(self) -> str:
        """What a person types: the station's name, else the device's."""
        return self.station or self.device.name

    def as_dict(self) -> dict[str, object]:
        """Return what there is for JSON."""
        facts = asdict(self.device)
        device = {key: str(value) if key == "path" else value for key, value in facts.items()}
        return {"image": str(self.image), "station": self.station, "device": device}


def plan(image: Path, device: Device, largest_gb: float = LARGEST_GB) -> Flash:
    """Check everything that can be checked without writing.

    Args:
        image: A station's image, or any other of a card.
        device: Where it shall go.
        largest_gb: Gigabytes up to which the device may be a card.

    Raises:
        FlashError: Nothing is to be written to the device; gives every reason.
        ProvisionError: The image is none.
    """
    is_plain = image.suffix in _PLAIN
    size = image.stat().st_size if is_plain and image.is_file() else None
    if not image.is_file():
        raise ProvisionError(str(image), "there is no such file")
    reasons = device.reasons_against(size, largest_gb)
    if reasons:
        raise FlashError(str(device.path), reasons)
    return Flash(image, device, _station(Image.read(image)) if is_plain else None)


def must_be_meant(flash: Flash, typed: str) -> None:
    """Do nothing where a person typed the name.

    Raises:
        ConfigError: Something else was typed.
    """
    if typed.strip() != flash.word:
        raise ConfigError(
            None, [f"nothing was written: {typed.strip()!r} was typed, not {flash.word}"]
        )


def write(flash: Flash, writer: WriterName, told: Told = lambda _step, _done, _of: None) -> str:
    """Write; returns by whom.

    Args:
        flash: Planned, and meant.
        writer: auto takes rpi-imager where it is installed.
        told: Progress of the own writer.

    Raises:
        FlashError: It failed.
    """
    imager = None if writer == "own" else shutil.which(_IMAGER)
    if imager is not None:
        _by_imager(imager, flash)
        return _IMAGER
    if writer == _IMAGER:
        raise FlashError(str(flash.device.path), [f"{_IMAGER} is not installed; say --writer own"])
    write_card(flash.image, flash.device.path, told)
    return "own"


def _by_imager(program: str, flash: Flash) -> None:
    """Let Raspberry Pi Imager write; it reads back by itself, and shows how far it is."""
    words = [program, "--cli", str(flash.image), str(flash.device.path)]
    done = subprocess.run(words, check=False)  # noqa: S603 - our own arguments
    if done.returncode != 0:
        raise FlashError(
            str(flash.device.path),
            [f"{_IMAGER} ended with {done.returncode}; try --writer own"],
        )


def _station(image: Image) -> str | None:
    """Return whose image it is: what the kit's manifest says, where there is one."""
    try:
        return station_of(FatInImage(image).read(f"{KIT}/{MANIFEST}"))
    except ProvisionError:
        return None
