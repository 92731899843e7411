"""Every published network has a protocol whose rows its score fills."""

import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from training.reproduce.registry import reproducible
from training.reproduce.windows.protocols import PROTOCOLS
from training.zoo import zoo


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
