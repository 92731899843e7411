"""Examples show every case and no habit of the collection."""

import numpy as np
import pytest

from edge.signal.conditioning import ConditioningConfig
from training.data.labels import HOP_S
from training.data.mixing import Event, Mixer, MixingConfig, event_of, stretched
from training.data.record import RATE_HZ, Record
from training.data.synthetic import make_event

NOISE_M_S2 = 5e-4
P_INDEX = 1600


def _record(part_seed: int = 0, *, event: bool = True, source: str = "openeew") -> Record:
    rng = np.random.default_rng(part_seed)
    samples = NOISE_M_S2 * rng.standard_normal((4800, 3))
    if event:
        made = make_event(rng)
        length = min(len(made.samples), 4800 - P_INDEX)
        start = P_INDEX - int(made.p_index)
        samples[start : start + length] += made.samples[:length] / np.abs(made.samples).max()
    return Record(
        source=source,
        event="e",
        station="s",
        part="train",
        samples=samples.astype(np.float32),
        noise_end=P_INDEX - 256 if event else len(samples),
        p_index=float(P_INDEX) if event else None,
        s_index=float(P_INDEX + 200) if event else None,
    )


RECORDS = [*(_record(i) for i in range(4)), *(_record(i, event=False) for i in range(4, 6))]


def _mixer(**changes: float) -> Mixer:
    config = MixingConfig.model_validate(changes)
    return Mixer(RECORDS, ConditioningConfig(), config, make_event)


def test_examples_have_one_form() -> None:
    """Whole hops, bounded values, one target a hop."""
    mixer = _mixer()
    rng = np.random.default_rng(1)
    for _ in range(30):
        samples, target = mixer.draw(rng)
        assert (mixer.hops * 8, 3) == samples.shape
        assert (mixer.hops, 4) == target.shape
        assert np.isfinite(samples).all()
        assert ConditioningConfig().limit >= np.abs(samples).max()


def test_same_seed_gives_the_same_examples() -> None:
    """A run can be repeated."""
    one = _mixer().draw(np.random.default_rng(7))
    other = _mixer().draw(np.random.default_rng(7))

    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])


def test_p_is_everywhere() -> None:
    """The place of P teaches nothing: it covers the example evenly."""
    mixer = _mixer(noise_share=0.0)
    rng = np.random.default_rng(2)
    places = []
    for _ in range(150):
        _, target = mixer.draw(rng)
        asked = np.flatnonzero((target[:, 1] > 0) & (target[:, 3] > 0))
        if len(asked):
            places.append(asked[0] * HOP_S)

    quarters = np.quantile(places, [0.25, 0.5, 0.75])
    np.testing.assert_allclose([25.5, 42.0, 58.5], quarters, atol=9.0)


@pytest.mark.parametrize(("snr", "is_asked"), [(3.0, False), (6.0, True)])
def test_nothing_is_asked_of_an_event_in_the_noise(snr: float, *, is_asked: bool) -> None:
    """Below the ratio asked for, neither an answer P nor an answer noise is taught."""
    mixer = _mixer(
        noise_share=0.0, recorded_share=0.0, snr_low=snr, snr_high=snr + 1e-9, snr_asked=5.0
    )
    rng = np.random.default_rng(8)

    targets = [mixer.draw(rng)[1] for _ in range(10)]

    assert is_asked == any((target[:, 1] * target[:, 3]).any() for target in targets)
    assert all((target[:, 3] == 0).any() for target in targets)


def test_noise_examples_ask_for_noise_alone() -> None:
    """Disturbances are negatives: footsteps and doors are called noise."""
    mixer = _mixer(noise_share=1.0, recorded_share=0.0, transient_share=1.0)
    rng = np.random.default_rng(3)
    for _ in range(20):
        _, target = mixer.draw(rng)
        assert not target[:, 1:3].any()


def test_onset_is_louder_than_what_was_before() -> None:
    """A strong mixed event rises at its label, in the trace that the network sees."""
    mixer = _mixer(
        noise_share=0.0,
        recorded_share=0.0,
        snr_low=100.0,
        disturbed_event_share=0.0,
        dropped_share=0,
    )
    rng = np.random.default_rng(4)
    ratios = []
    for _ in range(20):
        samples, target = mixer.draw(rng)
        asked = np.flatnonzero((target[:, 1] > 0) & (target[:, 3] > 0))
        p = int((asked[0] - 1) * 8)
        ratios.append(np.abs(samples[p : p + 64]).max() / np.abs(samples[p - 160 : p - 16]).std())

    assert np.median(ratios) > 5


def test_missing_horizontals_are_shown_as_zeros() -> None:
    """Some stations have a vertical alone; the network must know the look of it."""
    mixer = _mixer(dropped_share=1.0)
    rng = np.random.default_rng(5)
    for _ in range(10):
        samples, _ = mixer.draw(rng)
        assert samples[:, 0].any()
        assert not samples[:, 1:].any(axis=0).all()


def test_record_without_a_clear_p_is_no_event() -> None:
    """Noise scaled up would teach that noise is P."""
    quiet = _record(9, event=False)
    marked = Record(
        source="openeew",
        event="e",
        station="s",
        part="train",
        samples=quiet.samples,
        noise_end=P_INDEX - 256,
        p_index=float(P_INDEX),
    )

    assert event_of(marked) is None
    assert event_of(quiet) is None


def test_cut_event_is_silent_before_its_p() -> None:
    """The recording's own noise does not come along ahead of the onset."""
    event = event_of(RECORDS[0])

    assert event is not None
    assert pytest.approx(RATE_HZ, abs=1) == event.p_index
    assert not event.samples[: int(0.2 * RATE_HZ)].any()


@pytest.mark.parametrize("factor", [0.9, 1.0, 1.1])
def test_stretching_moves_the_arrivals_along(factor: float) -> None:
    """P and S stay on their onsets when the event is played slower or faster."""
    samples = np.zeros((1000, 3))
    samples[300:] = 1.0
    event = stretched(Event(samples, 300.0, 500.0), factor)

    assert pytest.approx(300 * factor) == event.p_index
    assert pytest.approx(500 * factor) == event.s_index
    assert pytest.approx(300 * factor, abs=2) == int(np.argmax(event.samples[:, 0] > 0.5))


def test_nothing_to_mix_is_told() -> None:
    """Without any event or noise there is no training."""
    with pytest.raises(ValueError, match="no recorded event"):
        Mixer([_record(1, event=False)], ConditioningConfig(), MixingConfig())
