"""Runs of a parting: epochs chosen soundly or as published, and nothing is done twice."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.reproduce.volcano.made import sequence, sequences
from training.errors import RunError
from training.reproduce.options import Options
from training.reproduce.text import to_markdown
from training.reproduce.volcano.command import reproduce_sequences
from training.reproduce.volcano.runs import Answered, BestOnTest, best_epoch
from training.reproduce.volcano.variants import variants
from training.zoo import network


def _archive(path: Path) -> Path:
    made = sequences(10, frames=20)
    np.savez(
        path,
        features=np.concatenate([one.features for one in made]),
        labels=np.concatenate([one.labels for one in made]),
        lengths=[len(one.labels) for one in made],
    )
    return path


def test_one_lucky_epoch_is_not_chosen() -> None:
    """The best epoch is the best of its neighbourhood."""
    shares = [0.5, 0.9, 0.5, 0.6, 0.7, 0.75, 0.75, 0.75, 0.7, 0.6]

    assert 6 == best_epoch(shares)


def test_the_published_choice_looks_at_the_test_sequences() -> None:
    """An epoch is kept if both accuracy and the right frames of events grow."""
    best = BestOnTest([sequence([0, 0, 1, 1])])
    for epoch, given in enumerate(([0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0])):
        best.see(epoch, [np.array(given)])

    assert 2 == best.epoch
    assert [0, 0, 1, 1] == best.answers[0].tolist()
    assert [0, 0, 0, 0] == best.latest[0].tolist()


def test_an_epoch_that_finds_no_more_events_is_not_kept() -> None:
    """Equal accuracy with fewer events does not replace the epoch before."""
    best = BestOnTest([sequence([0, 0, 1, 1])])
    best.see(0, [np.array([0, 1, 1, 1])])
    best.see(1, [np.array([0, 0, 1, 0])])

    assert 0 == best.epoch


def test_only_the_lstm_adds_its_gradients_up() -> None:
    """And its sound form clears them, with an optimiser of its own."""
    ways = {
        name: {way.name: way for way in variants(network(name).published, network(name).sound)}
        for name in ("volcano_tcn", "volcano_lstm")
    }

    assert not any(way.accumulate for way in ways["volcano_tcn"].values())
    lstm = ways["volcano_lstm"]
    assert (True, True, False) == tuple(
        lstm[name].accumulate for name in ("published", "half", "sound")
    )
    assert ("sgd", 500) == (
        lstm["published"].recipe.training.optimiser,
        lstm["published"].recipe.training.epochs,
    )
    assert "adam" == lstm["sound"].recipe.training.optimiser


def test_answers_survive_the_disk() -> None:
    """What is written is what is read."""
    before = Answered((3, 1), {"last": [np.array([0, 1]), np.array([4])]}, {"last": 7})

    after = Answered.from_json(before.to_json())

    assert (before.numbers, before.epochs) == (after.numbers, after.epochs)
    for one, other in zip(before.answers["last"], after.answers["last"], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_whole_reproduction(tmp_path: Path) -> None:
    """Every sequence is tested once in every column; done parts are not done again."""
    options = Options(_archive(tmp_path / "made.npz"), tmp_path / "out", quick=True)
    told: list[str] = []

    first = reproduce_sequences("volcano_tcn", options, told.append)
    began = len(told)
    again = reproduce_sequences("volcano_tcn", options, told.append)

    assert first == again
    assert began == len(told)
    columns = {run.key: run for run in first.runs}
    assert {
        "published-last",
        "published-best-on-test",
        "half-last",
        "sound-chosen",
    } == set(columns)
    frames = sum(range(20, 30))
    assert {frames} == {sum(map(sum, run.confusion)) for run in first.runs}
    page = to_markdown(first)
    assert "84.34 %" in page
    assert "Quick run" in page
    with pytest.raises(RunError, match="something else"):
        reproduce_sequences("volcano_tcn", Options(options.data, options.out, seed=2), told.append)
