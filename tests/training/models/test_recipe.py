"""Recipes: schedules by epoch, and a name for each mistake."""

import pytest
from pydantic import ValidationError

pytest.importorskip("keras", reason="the training extra is not installed")

from training.models.recipe import Schedule
from training.zoo import network, zoo


@pytest.mark.parametrize(
    ("name", "epoch", "rate"),
    [
        ("cred", 0, 1e-3),
        ("cred", 10, 1e-3),
        ("cred", 11, 1e-4),
        ("cred", 60, 1e-6),
        ("cred", 199, 5e-7),
        ("eqd_classifier", 20, 1e-3),
        ("eqd_classifier", 21, 2e-4),
        ("eqd_classifier", 61, 5e-5),
        ("quake_cnn", 6, 1e-3),
        ("quake_cnn", 7, 5e-4),
        ("quake_cnn", 14, 2.5e-4),
        ("volcano_tcn", 149, 1e-2),
    ],
)
def test_learning_rate_of_an_epoch_is_the_published_one(name: str, epoch: int, rate: float) -> None:
    """As the authors' code has it, not as its comments say."""
    assert pytest.approx(rate) == network(name).sound.training.schedule.rate(epoch)


@pytest.mark.parametrize(
    "steps", [((1, 1e-3),), ((0, 1e-3), (0, 1e-4)), ((0, 1.0), (5, 1), (2, 1))]
)
def test_steps_out_of_order_are_refused(steps: tuple[tuple[int, float], ...]) -> None:
    """A schedule without a beginning, or one that goes back, is a mistake."""
    with pytest.raises(ValidationError, match="begin at 0 and ascend"):
        Schedule(steps=steps)


def test_published_networks_name_source_and_licence() -> None:
    """A table made of the zoo cites everybody."""
    for entry in zoo().values():
        assert entry.sound.source.citation, entry.name
        assert entry.sound.source.licence, entry.name


def test_every_published_network_names_its_differences() -> None:
    """Nothing is repaired in silence."""
    silent = {name for name, entry in zoo().items() if not entry.sound.differences}

    assert {"tremor_stream"} == silent
