"""Writing bundles that have proven themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from edge.bundle import Card, Golden, load_bundle, verify_bundle, write_bundle
from edge.bundle.card import NETWORK_FILES
from edge.errors import BundleError
from training.export.subject import FORMATS, RUNTIMES, SCHEMES, Format, Scheme


@dataclass(frozen=True, slots=True)
class Naming:
    """What the makers decide of a bundle."""

    version: int
    threshold: float | None
    """Score that fires; none: chosen on the validation part."""
    recipe: str
    licence: str
    remark: str = ""
    """What else the card shall say, such as why it is not int8."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files are made."""

    schemes: tuple[Scheme, ...] = SCHEMES
    formats: tuple[Format, ...] = FORMATS


def folder_of(out: Path, scheme: Scheme) -> Path:
    """Return where the bundles of a scheme go: those of int8 into the folder itself."""
    return out if scheme == "int8" else out / scheme


def proven_bundle(folder: Path, card: Card, networks: Mapping[str, bytes], golden: Golden) -> Path:
    """Write a bundle, read it again and run its golden vectors; each file of it by itself.

    Args:
        folder: Where to; made if it is not there.
        card: The card.
        networks: Content of `model.tflite` and/or `model.onnx`.
        golden: Golden vectors.

    Returns:
        The file.

    Raises:
        BundleError: A network fails the golden vectors; then no file is left behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = write_bundle(folder, card, networks, golden)
    try:
        bundle = load_bundle(path)
        for name in NETWORK_FILES:
            if name in networks:
                alone = {name: networks[name]}
                first = RUNTIMES["onnx" if name.endswith("onnx") else "tflite"][0]
                verify_bundle(replace(bundle, networks=alone), prefer=first)
    except BundleError:
        path.unlink()
        raise
    return path
