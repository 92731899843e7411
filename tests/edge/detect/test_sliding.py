"""The newest window of a stream is what the trainer would cut from the whole recording."""

import numpy as np
import pytest

from edge.detect.sliding import SlidingBank, SlidingWindow, sliding
from edge.signal.features.filter_bank import FilterBankConfig
from edge.signal.features.spectrogram_image import SpectrogramImageConfig
from edge.signal.features.stft import StftConfig
from edge.signal.preparation import (
    FilterBank,
    Normalise,
    Preparation,
    SpectrogramImage,
    Step,
    Stft,
)

BANK = FilterBank(mean=tuple(range(48)), scale=tuple(range(1, 49)))
STEPS: dict[str, tuple[Step, float, int, str, int]] = {
    "waveform": (Normalise(remove_mean=True), 40.0, 80, "NZ", 10),
    "transform": (Stft(config=StftConfig(window=400)), 100.0, 400, "ENZ", 25),
    "picture": (
        SpectrogramImage(config=SpectrogramImageConfig(window=1000), white=255),
        100.0,
        1000,
        "ZXY",
        100,
    ),
    "filter bank": (BANK, 50.0, 200 + 9 * 25, "N", 25),
    "filter bank off its hop": (
        FilterBank(config=FilterBankConfig(rate_hz=100.0), mean=BANK.mean, scale=BANK.scale),
        100.0,
        400 + 9 * 50,
        "Z",
        25,
    ),
}


@pytest.mark.parametrize("case", STEPS)
def test_stream_gives_what_the_batch_gives(case: str) -> None:
    """Window after window, a missing component included."""
    step, rate_hz, count, components, hop = STEPS[case]
    preparation = Preparation([step], rate_hz, count, components)
    trace = np.random.default_rng(1).normal(size=(count + 12 * hop, 3)).astype(np.float32)
    trace[:, 2] = np.nan
    window = sliding(preparation, hop)

    window.push(trace[:count])
    for begin in range(0, len(trace) - count, hop):
        expected = preparation.features(trace[None, begin : begin + count])[0]
        np.testing.assert_allclose(expected, window.features(), rtol=1e-5, atol=1e-6)
        window.push(trace[begin + count : begin + count + hop])


def test_frames_are_kept_only_where_they_can_be_used_again() -> None:
    """A filter bank whose windows begin at its hops."""
    kinds = {
        case: type(sliding(Preparation([step], rate_hz, count, components), hop))
        for case, (step, rate_hz, count, components, hop) in STEPS.items()
    }

    assert SlidingBank == kinds.pop("filter bank")
    assert {SlidingWindow} == set(kinds.values())


@pytest.mark.parametrize("case", ["waveform", "filter bank"])
def test_reset_forgets_the_past(case: str) -> None:
    """After a gap the first whole window is of new samples alone."""
    step, rate_hz, count, components, hop = STEPS[case]
    preparation = Preparation([step], rate_hz, count, components)
    trace = np.random.default_rng(1).normal(size=(2 * count, 3)).astype(np.float32)
    window = sliding(preparation, hop)
    window.push(1000 * trace[: count + 7])

    window.reset()
    window.push(trace[:count])

    expected = preparation.features(trace[None, :count])[0]
    np.testing.assert_allclose(expected, window.features(), rtol=1e-5, atol=1e-6)
