"""Examples for fine-tuning `tremor_stream`: new ones, and old ones rehearsed."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.packet import Samples
from training.data.batches import ExampleMaker
from training.data.drops import Drops
from training.data.layouts import read_records
from training.data.mixing import Mixer
from training.data.record import Part, Record
from training.data.synthetic import make_event
from training.errors import DataError
from training.run import RunConfig


class Rehearsal:
    """Draws old examples among new ones.

    Args:
        new: Maker of new examples.
        old: Maker of old ones.
        share: Of old ones.
    """

    def __init__(self, new: ExampleMaker, old: ExampleMaker, share: float) -> None:
        self._new, self._old, self._share = new, old, share

    def draw(self, rng: np.random.Generator) -> tuple[Samples, NDArray[np.float32]]:
        """Return one example: conditioned samples (n, 3) and targets (hops, 4)."""
        return (self._old if rng.random() < self._share else self._new).draw(rng)


def mixer(config: RunConfig, records: Sequence[Record], told: Callable[[], DataError]) -> Mixer:
    """Return a maker of examples from records as the base was trained with.

    Args:
        config: Of the base.
        records: With at least one event above its noise and one stretch of noise.
        told: Makes the error for records that lack either.

    Raises:
        DataError: They do.
    """
    try:
        return Mixer(records, config.conditioning, config.mixing, make_event)
    except ValueError as error:
        raise told() from error


def old_records(paths: Collection[Path], parts: frozenset[Part]) -> list[Record]:
    """Return the old domain's records of some parts, from data sets in any layout.

    Raises:
        DataError: A data set is none, or there is no record of these parts.
    """
    drops = Drops()
    records = [record for path in paths for record in read_records(path, drops, parts)]
    if not records:
        listed = ", ".join(str(path) for path in paths)
        raise DataError(Path(listed), f"no record of the parts {', '.join(sorted(parts))}")
    return records
