"""Networks to be released, made of the one that came with the agent: quantised, for LiteRT."""

from pathlib import Path

from edge.bundle import Bundle, load_bundle, write_bundle
from edge.bundle.card import OutputFacts
from edge.bundle.shipped import shipped_bundle


def better(folder: Path) -> Path:
    """Return the next version of the station's network, which hears what the one before heard."""
    own = load_bundle(shipped_bundle())
    return _written(folder, own, own.card.version + 1)


def mislabelled(folder: Path) -> Path:
    """Return a network that was exported with its labels in the wrong order.

    Its outputs are as they were recorded, so that it passes every test but the ground's.
    """
    own = load_bundle(shipped_bundle())
    assert isinstance(own.card.output, OutputFacts)
    labels = ("P", "noise", *own.card.output.labels[2:])
    output = own.card.output.model_copy(update={"labels": labels})
    return _written(folder, own, own.card.version + 2, output=output)


def _written(folder: Path, own: Bundle, version: int, **changes: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    card = own.card.model_copy(update={"version": version, **changes})
    return write_bundle(folder, card, own.networks, own.golden)
