"""Training of one form of a network for a protocol; goes on after an interruption."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from training.data.pool import Pool
from training.data.record import Part
from training.reproduce.options import Options, Told
from training.zoo import network
from training.zoo_run import Losses, ZooRunConfig, ZooRunFolder
from training.zoo_train import train_network

_QUICK: Final = {"epochs": 1, "batches": 2, "batch_size": 4, "validation_examples": 8}


def _epochs(name: str, options: Options) -> int | None:
    """Return the epochs of a training; None leaves them to the recipe."""
    own = network(name).published.training.epochs
    return None if options.epochs is None else min(own, options.epochs)


class _Words:
    """Tells of each epoch in words."""

    def __init__(self, told: Told) -> None:
        self._told = told

    def begin(self, epoch: int, epochs: int, batches: int) -> None:
        """Tell how much there is to do."""
        self._epochs, self._batches, self._done = epochs, batches, 0
        self._told(f"training from epoch {epoch + 1} of {epochs}")

    def batch(self, losses: Losses) -> None:
        """Tell how far the epoch is."""
        self._done = self._done % self._batches + 1
        self._told(f"training, step {self._done} of {self._batches}, loss {losses['loss']:.4g}")

    def epoch(self, epoch: int, losses: Losses) -> None:
        """Tell of the end of an epoch."""
        self._told(f"training, epoch {epoch + 1} of {self._epochs}, loss {losses['loss']:.4g}")


def train_form(
    name: str,
    pools: Mapping[Part, Pool],
    folder: Path,
    options: Options,
    told: Told,
    *,
    as_published: bool,
) -> ZooRunFolder:
    """Return the finished run of a form of a network.

    Args:
        name: In the zoo.
        pools: Of the parts `train` and `validation`.
        folder: Of the run.
        options: Seed, backend and whether it shall be quick.
        told: Called with a word on where it is.
        as_published: Which form.
    """
    run = ZooRunFolder(folder)
    if not run.finished:
        config = ZooRunConfig(
            network=name,
            as_published=as_published,
            quantity="as-recorded",
            seed=options.seed,
            backend=options.backend,
            **(_QUICK if options.quick else {"epochs": _epochs(name, options)}),
        )
        train_network(config, pools, run, _Words(told))
    return run
