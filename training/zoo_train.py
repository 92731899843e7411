"""Training of a network of the zoo: windows drawn on the fly, the best epoch kept."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import keras

from training.data.pool import Pool
from training.data.record import Part
from training.data.volcano_features import scaler_of
from training.data.windows import WindowExamples, WindowMaker, evaluation_windows
from training.models.compiling import compile_in_logits
from training.models.recipe import Recipe
from training.preparations import Scaler
from training.score.window_metrics import judge
from training.zoo import network
from training.zoo_batches import WindowBatches, arrays_of
from training.zoo_callbacks import BestWeights, Divergence, LogAndStop, watched
from training.zoo_run import Losses, ZooRunConfig, ZooRunFolder

_EVALUATED = 32
"""Windows of the validation part at a time."""
_LARGE = 20
"""A data set of this many of the recipe's batches is trained with them."""
_SMALL_BATCH = 32
_FEW_BATCHES = 50


class Progress(Protocol):
    """Is told how far a training is."""

    def begin(self, epoch: int, epochs: int, batches: int) -> None:
        """Tell where the training begins, and how much there is to do."""

    def batch(self, losses: Losses) -> None:
        """Tell that a step is done."""

    def epoch(self, epoch: int, losses: Losses) -> None:
        """Tell that an epoch is done."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gave."""

    best_epoch: int
    monitor: str
    best: float
    figures: dict[str, float]
    """Of the best weights on the validation part, see `training.score.window_metrics`."""


def train_network(
    config: ZooRunConfig,
    pools: Mapping[Part, Pool],
    run: ZooRunFolder,
    progress: Progress | None = None,
    *,
    start: Path | None = None,
    tensorboard: Path | None = None,
) -> Trained:
    """Train, or go on where an interrupted training of this folder stopped.

    Args:
        config: All parameters; those left out follow from recipe and data.
        pools: Of the parts `train` and `validation`, at the network's rate.
        run: Where everything is written.
        progress: Told of every step.
        start: Weights that this run begins with, instead of random ones.
        tensorboard: Folder for TensorBoard's logs.

    Raises:
        RunError: The folder holds another run, or one that is finished.
        DivergedError: The loss is no number any more.
        DataError: The pools have nothing that the network could learn from.
    """
    recipe = config.recipe()
    scaler = _scaler(config, recipe, pools["train"])
    maker = WindowMaker(
        recipe,
        pools["train"],
        as_published=config.as_published,
        augment=config.augment,
        scaler=scaler,
    )
    config = resolved(config, recipe, maker.size)
    if start is not None:
        digest = hashlib.sha256(start.read_bytes()).hexdigest()
        config = config.model_copy(update={"start_sha256": digest})
    run.begin(config, pools)
    if scaler is not None:
        run.keep_scaler(scaler)
    validation = evaluation_windows(
        recipe,
        pools["validation"],
        as_published=config.as_published,
        scaler=scaler,
        most=config.validation_examples,
    )
    batches = WindowBatches(recipe, maker, config.batch_size or 1, config.batches or 1, config.seed)
    callbacks = _callbacks(config, batches, run, progress, tensorboard)
    _fit(config, batches, validation, run, start, callbacks)
    return _finish(config, validation, run)


def _fit(
    config: ZooRunConfig,
    batches: WindowBatches,
    validation: WindowExamples,
    run: ZooRunFolder,
    start: Path | None,
    callbacks: list[keras.callbacks.Callback],
) -> None:
    """Train from the beginning, or from where the run was interrupted."""
    recipe = config.recipe()
    keras.utils.set_random_seed(config.seed)
    with _precision(mixed=config.mixed_precision):
        model = network(config.network).build(as_published=config.as_published)
        if start is not None:
            model.load_weights(start)
        compile_in_logits(model, recipe, config.learning_rate)
        run.go_back_to(run.epoch_to_do())
        model.fit(
            batches,
            epochs=config.epochs,
            validation_data=arrays_of(recipe, validation),
            validation_batch_size=_EVALUATED,
            callbacks=callbacks,
            verbose=0,
        )


def resolved(config: ZooRunConfig, recipe: Recipe, size: int) -> ZooRunConfig:
    """Return the parameters with those filled in that were left out.

    A data set of many of the recipe's batches is trained as published; a small one with smaller
    batches, so that an epoch has some steps.

    Args:
        config: As given.
        recipe: Of the network.
        size: Examples in which each recording comes once.
    """
    training = recipe.training
    is_large = size >= _LARGE * training.batch_size
    batch_size = config.batch_size or (
        training.batch_size if is_large else min(training.batch_size, _SMALL_BATCH)
    )
    once = math.ceil(size / batch_size)
    patience = config.patience if config.patience is not None else training.patience or 0
    return config.model_copy(
        update={
            "epochs": config.epochs or training.epochs,
            "batch_size": batch_size,
            "batches": config.batches or max(once, _FEW_BATCHES),
            "learning_rate": config.learning_rate or training.schedule.rate(0),
            "patience": patience,
        }
    )


def learning_rate(config: ZooRunConfig, epoch: int) -> float:
    """Return the learning rate of an epoch of resolved parameters."""
    first = config.learning_rate or 0.0
    if config.schedule == "cosine":
        return first * 0.5 * (1 + math.cos(math.pi * epoch / (config.epochs or 1)))
    schedule = config.recipe().training.schedule
    return first * schedule.rate(epoch) / schedule.rate(0)


def _scaler(config: ZooRunConfig, recipe: Recipe, pool: Pool) -> Scaler | None:
    if recipe.task != "volcano-sequence":
        return None
    return scaler_of(recipe, pool, as_published=config.as_published)


@contextmanager
def _precision(*, mixed: bool) -> Iterator[None]:
    """Build and train with products in 16 bits, or not, and leave Keras as it was."""
    before = keras.mixed_precision.dtype_policy()
    if mixed:
        keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)


def _callbacks(
    config: ZooRunConfig,
    batches: WindowBatches,
    run: ZooRunFolder,
    progress: Progress | None,
    tensorboard: Path | None,
) -> list[keras.callbacks.Callback]:
    """Return what happens at each epoch, in this order: weights, log, state to go on with."""
    figure = watched(config.recipe())

    def begin(epoch: int, _logs: object) -> None:
        batches.epoch = epoch

    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_begin=begin),
        keras.callbacks.LearningRateScheduler(lambda epoch, _: learning_rate(config, epoch)),
        Divergence(config.network, config.learning_rate or 0.0),
        BestWeights(run, figure),
        LogAndStop(run, figure, config.patience or 0),
        # Last of the three: what it does not know of yet is done again.
        keras.callbacks.BackupAndRestore(str(run.backup), double_checkpoint=True),
    ]
    if tensorboard is not None:
        callbacks.append(keras.callbacks.TensorBoard(str(tensorboard), profile_batch=0))
    if progress is not None:
        progress.begin(run.epoch_to_do(), config.epochs or 0, config.batches or 0)
        callbacks.append(
            keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda _, logs: progress.batch(logs),
                on_epoch_end=progress.epoch,
            )
        )
    return callbacks


def _finish(config: ZooRunConfig, validation: WindowExamples, run: ZooRunFolder) -> Trained:
    """Judge the best weights and write down what they are worth: the run is done."""
    recipe, figure = config.recipe(), watched(config.recipe())
    model = run.load_model()
    outputs = model.predict(validation.inputs, batch_size=_EVALUATED, verbose=0)
    figures = judge(recipe, outputs, validation.targets, validation.examples or None).figures()
    epoch, best = run.best(figure.name, larger=figure.larger)
    run.validation_path.write_text(json.dumps(figures, indent=2) + "\n")
    return Trained(epoch, figure.name, best, figures)
