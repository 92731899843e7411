"""Fine-tuning of a network of frames, a sequence a step, as its authors train it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from training.errors import DataError
from training.models.compiling import compile_in_logits
from training.models.volcano import LABELS
from training.models.volcano_labels import UNLABELLED
from training.retrain.config import RetrainConfig
from training.retrain.frames_data import Labels
from training.zoo_run import ZooRunFolder

Weights = list[NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A sequence to learn from."""

    features: NDArray[np.float32]
    """Shape (frames, 48), normalised."""
    labels: Labels
    """Shape (frames,); -1 where nothing is asked."""


class Tuner:
    """Tunes a base any number of times, each time from its own weights.

    One model is built and compiled; what comes of a tuning are weights.

    Args:
        base: Run whose best weights to begin with.
        config: Epochs and learning rate.

    Raises:
        RunError: The base has no weights.
    """

    def __init__(self, base: ZooRunFolder, config: RetrainConfig) -> None:
        self._epochs = config.epochs
        self._model = base.load_model()
        compile_in_logits(self._model, base.config().recipe(), config.learning_rate)
        self.base: Weights = self._model.get_weights()

    def tune(
        self,
        lessons: Sequence[Lesson],
        rehearsed: Sequence[Lesson],
        share: float,
        seed: tuple[int, ...],
    ) -> Weights:
        """Return weights after some epochs of as many steps as there are new sequences.

        Args:
            lessons: New sequences.
            rehearsed: Old ones.
            share: Of steps that take an old one.
            seed: Of this tuning.

        Raises:
            DataError: There is nothing to learn from.
        """
        if not lessons:
            raise DataError(
                Path("retrain"),
                "found nothing that enough stations saw; fewer --stations, a longer --window-s, "
                "or more data may help",
            )
        rng = np.random.default_rng(seed)
        keras.utils.set_random_seed(int(rng.integers(2**31)))
        self._begin_anew()
        for _ in range(self._epochs):
            for number in rng.permutation(len(lessons)):
                lesson = lessons[number]
                if rehearsed and rng.random() < share:
                    lesson = rehearsed[rng.integers(len(rehearsed))]
                self._step(lesson)
        return self._model.get_weights()

    def classes(self, weights: Weights, features: NDArray[np.float32]) -> Labels:
        """Return the likeliest class of each frame, shape (frames,)."""
        self._model.set_weights(weights)
        answers = keras.ops.convert_to_numpy(self._model(features[None], training=False))
        return np.asarray(answers[0].argmax(axis=-1), np.int64)

    def save(self, weights: Weights, path: Path) -> None:
        """Write weights as a run keeps them."""
        self._model.set_weights(weights)
        self._model.save_weights(path)

    def _begin_anew(self) -> None:
        """Forget the last tuning: weights of the base, an optimiser without a past."""
        self._model.set_weights(self.base)
        optimiser = self._model.optimizer
        if not optimiser.built:
            optimiser.build(self._model.trainable_variables)
        rate = optimiser.learning_rate
        for variable in optimiser.variables:
            if variable is not rate:
                variable.assign(keras.ops.zeros_like(variable))

    def _step(self, lesson: Lesson) -> None:
        asked = lesson.labels != UNLABELLED
        targets = np.zeros((len(asked), len(LABELS)), np.float32)
        targets[asked, lesson.labels[asked]] = 1.0
        weight = asked[None].astype(np.float32)
        self._model.train_on_batch(lesson.features[None], targets[None], weight)
