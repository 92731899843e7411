"""The whole reproduction of a volcano network: every variant on every parting, then the table."""

from collections.abc import Sequence as ListOf

import numpy as np

from training.data.readers.sequences import CLASSES, Sequence
from training.reproduce.folder import enter
from training.reproduce.options import Options, Told, shortened
from training.reproduce.result import Measure, Reproduction, Run
from training.reproduce.volcano import protocol
from training.reproduce.volcano.frames import (
    Labels,
    believed,
    confusion,
    frame_accuracy,
    likeliest_share,
    recalls,
)
from training.reproduce.volcano.parting import partings
from training.reproduce.volcano.runs import Answered, Trainer
from training.reproduce.volcano.sequences import PUBLISHED_TRAINING, SequenceData, find_sequences
from training.reproduce.volcano.variants import BEST_ON_TEST, CHOSEN, LAST, Variant, variants
from training.zoo import network

FOLDS = 5
_QUICK_FOLDS, _QUICK_EPOCHS = 2, 2
_CHOICES = {
    LAST: "last epoch",
    BEST_ON_TEST: "best epoch by the test sequences",
    CHOSEN: "epochs chosen by an inner part",
}


def reproduce_sequences(name: str, options: Options, told: Told) -> Reproduction:
    """Train and test a volcano network in its variants, or go on where it was interrupted.

    Raises:
        DataError: There are no sequences.
        RunError: The folder holds a reproduction of something else.
    """
    entry = network(name)
    data = find_sequences(options.data)
    folds = _QUICK_FOLDS if options.quick else FOLDS
    most = _QUICK_EPOCHS if options.quick else options.epochs
    ways = variants(entry.published, entry.sound, most)
    enter(name, options, data.fingerprint)
    (options.out / "runs").mkdir(exist_ok=True)
    parted = partings(data, folds)
    runs: list[Run] = []
    for way in ways:
        answered = []
        for number, parting in enumerate(parted):
            place = f"part {number + 1} of {len(parted)}"
            trainer = Trainer(entry, options.seed, lambda text, at=place: told(f"{at}, {text}"))
            file = options.out / "runs" / f"{way.name}-{number}.json"
            answered.append(trainer.run(way, parting, number, file))
        runs += [_run(way, choice, answered, data.test) for choice in _columns(way, answered[0])]
    truth = [one.labels for one in data.test]
    return Reproduction(
        network=name,
        citation=entry.published.source.citation,
        protocol=protocol.PROTOCOL,
        data=_words(data, len(parted)),
        sample=False,
        quick=options.quick,
        labels=CLASSES,
        figures=protocol.figures(name),
        runs=tuple(runs),
        published_confusion=tuple(map(tuple, protocol.CONFUSIONS[name].tolist())),
        differs=(
            *shortened(entry.published, most),
            *protocol.differs(
                name, cross_validated=not data.train, likeliest=likeliest_share(truth)
            ),
        ),
    )


def _columns(way: Variant, answered: Answered) -> tuple[str, ...]:
    """Return the answers that get a column; of half the sequences the last epoch says enough."""
    return (LAST,) if way.share < 1 else tuple(answered.answers)


def _run(way: Variant, choice: str, answered: ListOf[Answered], test: ListOf[Sequence]) -> Run:
    """Return a column: every test sequence once, whichever fold it was in."""
    numbers = [n for one in answered for n in one.numbers]
    truth: list[Labels] = [test[n].labels for n in numbers]
    given = [row for one in answered for row in one.answers[choice]]
    counts = confusion(truth, given)
    accuracy = frame_accuracy(truth, given)
    after = frame_accuracy(truth, believed(given))
    frames = int(sum(map(len, truth)))
    found = recalls(counts)
    per_fold = [
        frame_accuracy([test[n].labels for n in one.numbers], one.answers[choice]).value
        for one in answered
    ]
    measures = {
        protocol.ACCURACY: _percent(accuracy.value, frames, accuracy.low, accuracy.high),
        protocol.BELIEVED: _percent(after.value, frames, after.low, after.high),
        protocol.MEAN_RECALL: _percent(float(np.mean(list(found.values()))), frames),
        **{name: _percent(share, int(counts[CLASSES.index(name)].sum()))
           for name, share in found.items()},
    }  # fmt: skip
    if len(per_fold) > 1:
        mean = float(np.mean(per_fold))
        measures[protocol.FOLDS] = _percent(mean, len(per_fold), min(per_fold), max(per_fold))
    epochs = ", ".join(str(one.epochs[choice]) for one in answered)
    return Run(
        key=f"{way.name}-{choice}",
        title=f"{way.title}, {_CHOICES[choice]}",
        tested=frames,
        measures=measures,
        confusion=tuple(map(tuple, counts.tolist())),
        about={"epochs": epochs, "sequences": f"{way.share:.0%} of those to train on"},
    )


def _percent(value: float, of: int, low: float | None = None, high: float | None = None) -> Measure:
    return Measure(
        value=100 * value,
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
        of=of,
    )


def _words(data: SequenceData, parts: int) -> str:
    frames = sum(len(one.labels) for one in data.test)
    if data.train:
        return (
            f"{len(data.train)} sequences to train on (published: {PUBLISHED_TRAINING}), "
            f"{len(data.test)} to test on, {frames} frames"
        )
    return f"{len(data.test)} sequences, {frames} frames, in {parts} folds"
