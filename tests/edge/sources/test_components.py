"""Joining components by time, whatever the pieces they come in."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.sources.components import ComponentJoiner, Span

START_NS = 1_700_000_000_000_000_000
RATE_HZ = 100.0
PERIOD_NS = 10_000_000


def _feed(joiner: ComponentJoiner, component: int, first: int, count: int) -> list[Span]:
    samples = np.arange(first, first + count, dtype=np.float32)
    return joiner.push(component, START_NS + first * PERIOD_NS, samples)


@settings(deadline=None)
@given(st.data())
def test_rows_hold_samples_of_one_moment(data: st.DataObject) -> None:
    """Pieces of any length and interleaving give each moment once, in order."""
    total = 300
    joiner = ComponentJoiner(frozenset({0, 1, 2}), RATE_HZ)
    done = [0, 0, 0]
    spans: list[Span] = []
    while min(done) < total:
        component = data.draw(st.sampled_from([n for n in range(3) if done[n] < total]))
        count = min(data.draw(st.integers(1, 120)), total - done[component])
        spans += _feed(joiner, component, done[component], count)
        done[component] += count

    rows = np.concatenate([span.samples for span in spans])

    np.testing.assert_array_equal(np.tile(np.arange(total)[:, None], 3), rows)
    for span in spans:
        assert START_NS + int(span.samples[0, 0]) * PERIOD_NS == span.start_ns


def test_what_only_one_component_has_is_left_out() -> None:
    """Components that begin at different times are joined from the latest start."""
    joiner = ComponentJoiner(frozenset({0, 2}), RATE_HZ)

    early = _feed(joiner, 0, 0, 100)
    (span,) = _feed(joiner, 2, 40, 100)

    assert [] == early
    assert list(range(40, 100)) == span.samples[:, 0].tolist()
    assert np.isnan(span.samples[:, 1]).all()


def test_pieces_that_never_meet_are_left_out() -> None:
    """Components whose times do not overlap at all give nothing."""
    joiner = ComponentJoiner(frozenset({0, 1}), RATE_HZ)

    spans = _feed(joiner, 0, 0, 100) + _feed(joiner, 1, 500, 100) + _feed(joiner, 0, 600, 100)

    assert [] == spans


def test_a_component_that_comes_back_is_joined_again() -> None:
    """After its silence the third component stands in the rows again."""
    joiner = ComponentJoiner(frozenset({0, 1}), RATE_HZ)
    spans = _feed(joiner, 0, 0, 1500)
    spans += _feed(joiner, 1, 1500, 500) + _feed(joiner, 0, 1500, 500)

    rows = np.concatenate([span.samples for span in spans])

    assert np.isnan(rows[:1500, 1]).all()
    assert list(range(1500, 2000)) == rows[-500:, 1].tolist()
