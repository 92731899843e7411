"""Fine-tuning of a trained network with its int8 form in sight (`training.models.quant_aware`)."""

from dataclasses import dataclass
from pathlib import Path

import keras

from training.data.pool import Pool
from training.data.windows import WindowMaker
from training.models.compiling import compile_network
from training.models.quant_aware import quant_aware
from training.zoo_batches import WindowBatches
from training.zoo_run import ZooRunFolder

WEIGHTS = "finetuned.weights.h5"
_SEED_STEP = 1000
"""Away from the draws of the training itself."""
_SLOWER = 0.1
"""Of the training's first learning rate, falling to zero."""
_BATCHES = 50


@dataclass(frozen=True, slots=True)
class Finetuning:
    """How much."""

    epochs: int
    batches: int | None = None
    """Steps an epoch; those of the training if left out."""
    learning_rate: float | None = None
    """At the start; a tenth of the training's if left out."""


def finetune(run: ZooRunFolder, pool: Pool, tuning: Finetuning) -> Path:
    """Train the best weights of a run on, with weights and activations rounded.

    Args:
        run: A finished run; the new weights are written beside its own.
        pool: Of the part `train`.
        tuning: How much.

    Returns:
        The weights.

    Raises:
        RunError: The run has no weights.
        DataError: There is nothing to learn from.
    """
    config = run.config()
    recipe = config.recipe()
    seed = config.seed + _SEED_STEP
    keras.utils.set_random_seed(seed)
    maker = WindowMaker(
        recipe,
        pool,
        as_published=config.as_published,
        augment=config.augment,
        scaler=run.scaler(),
    )
    steps = tuning.batches or config.batches or _BATCHES
    size = config.batch_size or min(recipe.training.batch_size, 32)
    first = tuning.learning_rate or _SLOWER * (
        config.learning_rate or recipe.training.schedule.rate(0)
    )
    model = run.load_model()
    aware = quant_aware(model)
    compile_network(aware, recipe, first)
    aware.optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(
        first, tuning.epochs * steps
    )
    batches = WindowBatches(recipe, maker, size, steps, seed)

    def begin(epoch: int, _logs: object) -> None:
        batches.epoch = epoch

    aware.fit(
        batches,
        epochs=tuning.epochs,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=begin)],
    )
    path = run.folder / WEIGHTS
    model.save_weights(path)
    return path
