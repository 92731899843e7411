"""What a scheme costs is counted in points of F1, and how sure that is."""

from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle, load_bundle
from edge.detect.loading import shipped_bundle
from training.models.tremor_stream_recipe import RECIPE
from training.score.schemes import compare_schemes, score_scheme, stream_answers

HOPS = 40


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    """Return the network that the agent comes with."""
    return load_bundle(shipped_bundle())


def _targets(examples: int) -> np.ndarray:
    """Return noise in the first half of each example and P in the second, all asked."""
    targets = np.zeros((examples, HOPS, 4), np.float32)
    targets[:, : HOPS // 2, 0] = 1
    targets[:, HOPS // 2 :, 1] = 1
    targets[:, :, 3] = 1
    return targets


def test_same_answers_cost_nothing(shipped: Bundle) -> None:
    """Float against itself: no loss, no doubt."""
    targets = _targets(10)
    said = targets[:, :, :3]
    scored = score_scheme(RECIPE, shipped, (said, said), targets, seed=1)

    assert (1.0, 0.0, (0.0, 0.0)) == (scored.value, scored.loss_points, scored.interval_points)


def test_missed_hops_cost_points(shipped: Bundle) -> None:
    """A tenth of the P hops missed in one example of ten: F1 falls by half a point."""
    targets = _targets(10)
    parent = targets[:, :, :3].copy()
    child = parent.copy()
    child[0, -2:] = [1, 0, 0]
    scored = score_scheme(RECIPE, shipped, (parent, child), targets, seed=1)

    assert pytest.approx(100 * (1 - 2 * 198 / (198 + 200))) == scored.loss_points
    low, high = scored.interval_points
    assert low <= scored.loss_points <= high
    assert low >= 0


def test_one_scheme_alone_is_not_compared(shipped: Bundle, tmp_path: Path) -> None:
    """Without a float parent there is nothing to lose; no data are read."""
    assert [] == compare_schemes([shipped], tmp_path, examples=1, seed=1)


def test_each_example_is_a_stream_of_its_own(shipped: Bundle) -> None:
    """The same trace gives the same answers, whatever came before it."""
    rng = np.random.default_rng(2)
    quiet, loud = (s * rng.standard_normal((320, 3)).astype(np.float32) for s in (1, 6))
    said = stream_answers(shipped, np.stack([quiet, loud, quiet]))

    assert (3, 40, 3) == said.shape
    np.testing.assert_array_equal(said[0], said[2])
    np.testing.assert_allclose(1, said.sum(axis=-1), atol=0.02)
