"""Labels ask for what an early warning needs, and for nothing that no one knows."""

import numpy as np
import pytest

from training.data.labels import HOP_S, Arrivals, hop_targets, unseen_from

HOPS = 320
NOISE, P, S, WEIGHT = range(4)


def _at(target: np.ndarray, time_s: float) -> list[float]:
    """Return the target of the hop that ends at a time."""
    return target[round(time_s / HOP_S) - 1].tolist()


@pytest.fixture
def event() -> np.ndarray:
    """Return the targets of an event with P at 30 s, S at 38 s and an end at 60 s."""
    return hop_targets(HOPS, Arrivals(30.0, 38.0, 60.0))


def test_without_an_event_all_is_noise() -> None:
    """Every hop of a quiet example asks for noise."""
    target = hop_targets(HOPS, None)

    assert [1.0, 0.0, 0.0, 1.0] == target.min(axis=0).tolist() == target.max(axis=0).tolist()


def test_p_lasts_until_s(event: np.ndarray) -> None:
    """Between the onsets the answer is P, and nothing but P."""
    assert [0, 1, 0] == _at(event, 30.25)[:WEIGHT] == _at(event, 37.0)[:WEIGHT]


def test_first_seconds_of_p_weigh_most(event: np.ndarray) -> None:
    """What makes a warning early matters most."""
    assert _at(event, 31.0)[WEIGHT] > _at(event, 35.0)[WEIGHT] >= _at(event, 20.0)[WEIGHT]


def test_pick_error_is_forgiven(event: np.ndarray) -> None:
    """Nothing is asked in the hops within the error of the pick."""
    assert 0.0 == _at(event, 29.75)[WEIGHT] == _at(event, 30.0)[WEIGHT]


def test_around_the_s_onset_both_are_right(event: np.ndarray) -> None:
    """Where P turns to S either may be said."""
    assert [0, 1, 1] == _at(event, 38.0)[:WEIGHT]


def test_s_lasts_as_long_as_p_did(event: np.ndarray) -> None:
    """S is asked for the S-P time, then the coda is free."""
    assert [0, 0, 1] == _at(event, 45.75)[:WEIGHT]
    assert 0.0 == _at(event, 50.0)[WEIGHT]


def test_after_its_end_an_event_is_noise(event: np.ndarray) -> None:
    """Once the coda is under the noise the network must let go."""
    assert [1, 0, 0, 1] == _at(event, 70.0)


def test_event_without_a_known_s_asks_for_p_then_either() -> None:
    """An unlabelled S is not called P."""
    target = hop_targets(HOPS, Arrivals(30.0, None, np.inf))

    assert [0, 1, 0] == _at(target, 31.0)[:WEIGHT]
    assert [0, 1, 1] == _at(target, 34.0)[:WEIGHT]
    assert 0.0 == _at(target, 60.0)[WEIGHT]


def test_unpicked_event_is_not_called_noise() -> None:
    """From where a far earthquake may arrive nothing is asked."""
    target = hop_targets(HOPS, None)
    unseen_from(target, 40.0)

    assert 1.0 == _at(target, 39.0)[WEIGHT]
    assert not target[round(40.0 / HOP_S) :].any()


def test_every_asked_hop_has_an_answer(event: np.ndarray) -> None:
    """A weight without a right answer would only add a constant."""
    asked = event[:, WEIGHT] > 0

    assert (event[asked, :WEIGHT].sum(axis=1) > 0).all()
