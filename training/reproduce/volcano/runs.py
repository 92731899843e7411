"""One network trained in one way on one parting, with its answers kept on disk.

A run that is interrupted begins again at the parting at which it was.
"""

import json
from collections.abc import Callable
from collections.abc import Sequence as ListOf
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from training.data.readers.sequences import Sequence
from training.reproduce.volcano.fit import answers, compile_for_sequences, fit_sequences
from training.reproduce.volcano.frames import Labels
from training.reproduce.volcano.parting import Parting, inner_parting, thinned
from training.reproduce.volcano.variants import BEST_ON_TEST, CHOSEN, LAST, Variant
from training.zoo import ZooEntry

Progress = Callable[[str], None]
"""Called after each epoch with a word on where it is."""

_SMOOTHED_EPOCHS = 5
"""Epochs over which the accuracy on the inner part is averaged before the best is taken."""
_EVENT_CLASSES = 1
"""The classes from here on are events; the authors also want these answered better."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The test sequences of one parting and what a network answered."""

    numbers: tuple[int, ...]
    """Of the sequences in the test set."""
    answers: dict[str, list[Labels]]
    """By the way in which the epoch was chosen."""
    epochs: dict[str, int]
    """After how many epochs, by the same names."""

    def to_json(self) -> str:
        """Return a form that a file keeps."""
        plain = {name: [one.tolist() for one in rows] for name, rows in self.answers.items()}
        return json.dumps({"numbers": self.numbers, "answers": plain, "epochs": self.epochs})

    @classmethod
    def from_json(cls, text: str) -> "Answered":
        """Return what `to_json` wrote."""
        content = json.loads(text)
        rows = {
            name: [np.array(one, np.int64) for one in lists]
            for name, lists in content["answers"].items()
        }
        return cls(tuple(content["numbers"]), rows, content["epochs"])


@dataclass(frozen=True, slots=True)
class Trainer:
    """Trains one network in its variants.

    Attributes:
        entry: Of the zoo.
        seed: Of the fresh weights; each parting adds its number.
        progress: Told of every epoch.
    """

    entry: ZooEntry
    seed: int
    progress: Progress

    def run(self, variant: Variant, parting: Parting, number: int, file: Path) -> Answered:
        """Return the answers to the test sequences of a parting; from the file if it is there."""
        if file.is_file():
            return Answered.from_json(file.read_text())
        keras.utils.set_random_seed(self.seed + number)
        train = thinned(parting.train, variant.share)
        if variant.choose_epochs:
            answered = self._chosen(variant, train, parting)
        else:
            answered = self._watched(variant, train, parting)
        fresh = file.with_suffix(".part")
        fresh.write_text(answered.to_json())
        fresh.replace(file)
        return answered

    def _watched(self, variant: Variant, train: ListOf[Sequence], parting: Parting) -> Answered:
        """Train all epochs; keep the last answers, and the best on the test sequences."""
        best = BestOnTest(parting.test)
        epochs = variant.recipe.training.epochs
        model = self._network(variant)

        def after(epoch: int) -> None:
            best.see(epoch, answers(model, parting.test))
            self.progress(f"{variant.name}, epoch {epoch + 1} of {epochs}")

        fit_sequences(model, variant.recipe, train, epochs, after)
        return Answered(
            parting.numbers,
            {LAST: best.latest, BEST_ON_TEST: best.answers},
            {LAST: epochs, BEST_ON_TEST: best.epoch + 1},
        )

    def _chosen(self, variant: Variant, train: tuple[Sequence, ...], parting: Parting) -> Answered:
        """Find the number of epochs on an inner part, then train anew on all of it."""
        inner = inner_parting(train)
        most = variant.recipe.training.epochs
        shares: list[float] = []
        model = self._network(variant)

        def watch(epoch: int) -> None:
            shares.append(_share(inner.test, answers(model, inner.test)))
            self.progress(f"{variant.name}, choosing, epoch {epoch + 1} of {most}")

        fit_sequences(model, variant.recipe, inner.train, most, watch)
        epochs = best_epoch(shares) + 1
        final = self._network(variant)
        fit_sequences(
            final,
            variant.recipe,
            train,
            epochs,
            lambda epoch: self.progress(f"{variant.name}, epoch {epoch + 1} of {epochs}"),
        )
        return Answered(parting.numbers, {CHOSEN: answers(final, parting.test)}, {CHOSEN: epochs})

    def _network(self, variant: Variant) -> keras.Model:
        model = self.entry.build(as_published=not variant.choose_epochs)
        compile_for_sequences(model, variant.recipe, accumulate=variant.accumulate)
        return model


class BestOnTest:
    """The authors' choice: best accuracy so far and more right frames of events than before.

    Attributes:
        latest: Answers of the last epoch seen.
        answers: Answers of the epoch that is kept.
        epoch: Its number.
    """

    def __init__(self, sequences: ListOf[Sequence]) -> None:
        self._sequences = sequences
        self._share = -1.0
        self._events = -1
        self.latest: list[Labels] = []
        self.answers: list[Labels] = []
        self.epoch = -1

    def see(self, epoch: int, given: list[Labels]) -> None:
        """Take the answers of an epoch."""
        self.latest = given
        share = _share(self._sequences, given)
        events = sum(
            int(((one.labels == row) & (one.labels >= _EVENT_CLASSES)).sum())
            for one, row in zip(self._sequences, given, strict=True)
        )
        if share >= self._share and events > self._events:
            self._share, self._events = share, events
            self.answers, self.epoch = given, epoch


def best_epoch(shares: ListOf[float]) -> int:
    """Return the epoch whose accuracy, averaged over its neighbours, is highest.

    Single epochs of a step a sequence jump by a percent; the best of many jumps is luck.
    """
    half = _SMOOTHED_EPOCHS // 2
    smooth = [np.mean(shares[max(0, i - half) : i + half + 1]) for i in range(len(shares))]
    return int(np.argmax(smooth))


def _share(sequences: ListOf[Sequence], given: ListOf[Labels]) -> float:
    right = sum(int((one.labels == row).sum()) for one, row in zip(sequences, given, strict=True))
    return right / sum(len(one.labels) for one in sequences)
