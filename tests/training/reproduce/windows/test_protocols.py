"""Every published network has a protocol whose rows its score fills."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.data.quakes import recording
from training.data.pool import Pool
from training.data.recording import at_rate
from training.reproduce.registry import reproducible
from training.reproduce.windows.as_recorded import as_recorded_windows
from training.reproduce.windows.protocols import PROTOCOLS
from training.zoo import network, zoo


def test_every_published_network_has_a_protocol() -> None:
    """Only our own was never published."""
    assert {*zoo()} - {"tremor_stream"} == {*reproducible()}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_published_figures_name_their_source(name: str) -> None:
    """At least one row has a published value, and somebody who reports it."""
    figures = PROTOCOLS[name].figures

    assert any(figure.published is not None and figure.source for figure in figures)
    assert len({figure.key for figure in figures}) == len(figures)
    assert any(figure.honest for figure in figures)
    assert any(not figure.honest for figure in figures)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_shares_leave_something_to_train_on(name: str) -> None:
    """Test and validation part are not everything."""
    split = PROTOCOLS[name].split

    assert 0 < split.test < 0.5
    assert 0 < split.validation < 0.5


@pytest.mark.parametrize("name", PROTOCOLS)
def test_scores_fill_every_row(name: str) -> None:
    """Windows of a set, and answers of the network's shape, give each figure of the table."""
    protocol = PROTOCOLS[name]
    recipe = network(name).published
    made = [recording(seed, magnitude=3.0) for seed in range(3)]
    pool = Pool([at_rate(one, recipe.input.rate_hz) for one in made])
    windows = as_recorded_windows(recipe, pool)
    assert windows is not None
    score = protocol.score(recipe)

    score.add(np.random.default_rng(1).uniform(size=windows.targets.shape), windows)

    found = score.measures()
    assert {figure.key for figure in protocol.figures} <= set(found)
    assert all(found[figure.key].value is not None for figure in protocol.figures)
