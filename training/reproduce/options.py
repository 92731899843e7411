"""What a user asks of a reproduction."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.models.recipe import Recipe

Told = Callable[[str], None]
"""Called with a word on where it is."""


@dataclass(frozen=True, slots=True)
class Options:
    """Data and place of one reproduction."""

    data: Path
    out: Path
    """Folder of the result and of what an interrupted run goes on from."""
    quick: bool = False
    """Train for a moment, to try the machinery."""
    seed: int = 1
    cache: Path | None = None
    """Folder for recordings at the network's rate, for data larger than memory."""
    backend: str = "tensorflow"
    epochs: int | None = None
    """At most, where less than the protocol's own."""


def shortened(published: Recipe, most: int | None) -> tuple[str, ...]:
    """Return a word about a training that was cut short.

    Args:
        published: Recipe of the network.
        most: Epochs that were allowed; all if none.
    """
    epochs = published.training.epochs
    if most is None or epochs <= most:
        return ()
    return (f"Published training ends after {most} epochs instead of {epochs}, to save time.",)
