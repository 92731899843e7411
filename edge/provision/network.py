"""Which network a card's station begins with, and its hash."""

import hashlib
import zipfile
from pathlib import Path
from typing import Final

from edge.bundle import load_bundle
from edge.bundle.shipped import OWN
from edge.config import StationConfig
from edge.errors import ProvisionError
from edge.wheelhouse.manifest import Wheelhouse

_KIT: Final = "tremorkit"
_FOLDER: Final = "edge/models/"
_SUFFIX: Final = ".tremor"


def network_sha256(
    model: Path | None, config: StationConfig, folder: Path, house: Wheelhouse
) -> str | None:
    """Return the hash of the network that a station begins with; None where none is on the card.

    Args:
        model: The bundle that goes onto the card beside the agent.
        config: The station's.
        folder: The wheelhouse; the agent's own networks are in its wheel.
        house: What the wheelhouse says of itself.

    Raises:
        BundleError: The bundle is none.
        ProvisionError: The agent's wheel cannot be read.
    """
    if model is not None:
        return load_bundle(model).sha256
    wanted = config.detection.model.bundle
    if not config.detection.model.enabled or (wanted is not None and wanted.suffix):
        return None
    name = OWN if wanted is None else wanted.name
    wheel = next((folder / one.file for one in house.wheels if one.name == _KIT), None)
    return None if wheel is None else _in_wheel(wheel, name)


def _in_wheel(wheel: Path, wanted: str) -> str | None:
    """Return the hash of the newest bundle of a name in a wheel; None where there is none."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            newest = max(
                ((version, member) for version, member in _bundles(archive, wanted)), default=None
            )
            return None if newest is None else hashlib.sha256(archive.read(newest[1])).hexdigest()
    except (OSError, zipfile.BadZipFile) as error:
        raise ProvisionError(str(wheel), f"cannot be read ({error})") from error


def _bundles(archive: zipfile.ZipFile, wanted: str) -> list[tuple[int, str]]:
    """Return version and member of the bundles that a name, with a version or without, means."""
    found = []
    for member in archive.namelist():
        if member.startswith(_FOLDER) and member.endswith(_SUFFIX):
            stem = Path(member).stem
            name, _, version = stem.rpartition("-")
            if wanted in {stem, name} and version.isdecimal():
                found.append((int(version), member))
    return found
