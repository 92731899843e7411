"""Training of `tremor_stream`: examples mixed on the fly, the best epoch by validation kept."""

import json
from collections.abc import Callable
from pathlib import Path

import keras

from training.data.batches import ExampleMaker, MixedBatches, draw_batch
from training.data.collection import census, read_collection
from training.data.mixing import EventMaker, Mixer
from training.data.synthetic import make_event
from training.errors import RunError
from training.loss import allowed_answer_loss
from training.models.tremor_stream import build
from training.run import RunConfig, RunFolder

Report = Callable[[int, dict[str, float]], None]
"""Called after each epoch with its number and its losses."""

_VALIDATION_SEED = 20_250_101
"""The validation examples are the same in every run, so that runs compare."""


def train(
    config: RunConfig,
    data: Path,
    run: RunFolder,
    report: Report,
    synthetic: EventMaker = make_event,
    start: RunFolder | None = None,
) -> float:
    """Train, or go on where an interrupted training of this folder stopped.

    Args:
        config: All parameters.
        data: Folder with the recordings.
        run: Where everything is written.
        report: Told of every epoch.
        synthetic: Source of synthetic events.
        start: Run whose best weights this one begins with, instead of random ones.

    Returns:
        The lowest validation loss.

    Raises:
        RunError: The folder holds another run, or one that is finished.
        DataError: The recordings are not there.
    """
    if start is not None:
        config = config.model_copy(update={"start_sha256": start.weights_sha256()})
    run.begin(config)
    if run.epochs_done() >= config.epochs:
        raise RunError(run.folder, "is finished; name another folder for another run")
    keras.utils.set_random_seed(config.seed)
    records = read_collection(data, sources=config.sources)
    run.data_path.write_text(json.dumps(census(records), indent=2) + "\n")
    training, validation = (
        Mixer(
            [record for record in records if record.part == part],
            config.conditioning,
            config.mixing,
            synthetic,
        )
        for part in ("train", "validation")
    )
    return fit(config, (training, validation), run, report, start)


def fit(
    config: RunConfig,
    examples: tuple[ExampleMaker, ExampleMaker],
    run: RunFolder,
    report: Report,
    start: RunFolder | None = None,
) -> float:
    """Train in a folder that is begun; returns the lowest validation loss.

    Args:
        config: All parameters.
        examples: What training and validation draw from.
        run: Where everything is written.
        report: Told of every epoch.
        start: Run whose best weights this one begins with, instead of random ones.
    """
    batches = MixedBatches(examples[0], config.batch_size, config.batches, config.seed)
    validation = draw_batch(examples[1], config.validation_examples, (_VALIDATION_SEED,))
    model = build(config.shape)
    if start is not None:
        model.load_weights(start.best_weights)
    schedule = keras.optimizers.schedules.CosineDecay(
        config.learning_rate, config.epochs * config.batches
    )
    model.compile(optimizer=keras.optimizers.Adam(schedule), loss=allowed_answer_loss)
    model.fit(
        batches,
        epochs=config.epochs,
        validation_data=validation,
        callbacks=_callbacks(run, batches, report),
        verbose=0,
    )
    return run.lowest_loss()


def _callbacks(
    run: RunFolder, batches: MixedBatches, report: Report
) -> list[keras.callbacks.Callback]:
    def begin(epoch: int, _logs: object) -> None:
        batches.epoch = epoch

    def end(epoch: int, logs: dict[str, float]) -> None:
        run.note(epoch, logs)
        report(epoch, logs)

    return [
        keras.callbacks.LambdaCallback(on_epoch_begin=begin),
        keras.callbacks.ModelCheckpoint(
            str(run.best_weights),
            monitor="val_loss",
            save_best_only=True,
            save_weights_only=True,
            # After an interruption the best so far still counts.
            initial_value_threshold=run.lowest_loss(),
        ),
        keras.callbacks.BackupAndRestore(str(run.backup)),
        # Last: an epoch is in the log only when its weights are on disk.
        keras.callbacks.LambdaCallback(on_epoch_end=end),
    ]
