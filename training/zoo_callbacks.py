"""What happens during a training: the log, the best weights, an end when nothing is gained."""

import math
from dataclasses import dataclass

import keras

from training.errors import DivergedError
from training.models.recipe import Recipe
from training.zoo_run import ZooRunFolder

Logs = dict[str, float] | None


@dataclass(frozen=True, slots=True)
class Watched:
    """The figure that decides which epoch is the best."""

    name: str
    """Column of the log."""
    larger: bool
    """Is better."""

    def gains(self, value: float, best: float) -> bool:
        """Tell whether a value is better than the best so far."""
        return value > best if self.larger else value < best


def watched(recipe: Recipe) -> Watched:
    """Return what the recipe of a network watches, by Keras' name."""
    monitor = recipe.training.monitor
    if monitor == "val_accuracy":
        return Watched(f"val_{recipe.training.metrics[0]}", larger=True)
    return Watched(monitor, larger=False)


class Divergence(keras.callbacks.Callback):
    """Ends a training whose loss is no number any more."""

    def __init__(self, network: str, learning_rate: float) -> None:
        super().__init__()
        self._network, self._learning_rate = network, learning_rate
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002 - Keras' interface
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Look at the loss.

        Raises:
            DivergedError: It is infinite or no number.
        """
        loss = float((logs or {})["loss"])
        if not math.isfinite(loss):
            raise DivergedError(self._network, self._epoch, batch, self._learning_rate)


class BestWeights(keras.callbacks.Callback):
    """Keeps the weights of the best epoch; the file is whole whenever the process ends."""

    def __init__(self, run: ZooRunFolder, figure: Watched) -> None:
        super().__init__()
        self._run, self._figure = run, figure
        _, self._best = run.best(figure.name, larger=figure.larger)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002 - Keras' interface
        """Write the weights if they are better."""
        value = float((logs or {})[self._figure.name])
        if self._figure.gains(value, self._best) or not self._run.best_weights.exists():
            self._best = value
            unfinished = self._run.folder / "unfinished.weights.h5"
            self.model.save_weights(unfinished)
            unfinished.replace(self._run.best_weights)


class LogAndStop(keras.callbacks.Callback):
    """Writes the log, and ends the training when the best epoch is long ago.

    Args:
        run: Whose log it is.
        figure: What decides about the best epoch.
        patience: Epochs without gain; 0 never ends it.
    """

    def __init__(self, run: ZooRunFolder, figure: Watched, patience: int) -> None:
        super().__init__()
        self._run, self._figure, self._patience = run, figure, patience

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Add a row; compare with the best one."""
        self._run.note(epoch, {name: float(value) for name, value in (logs or {}).items()})
        best, _ = self._run.best(self._figure.name, larger=self._figure.larger)
        if self._patience and epoch - best >= self._patience:
            self.model.stop_training = True
