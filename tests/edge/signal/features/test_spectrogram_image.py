"""The spectrogram image: what Matplotlib draws, without the drawing."""

import itertools

import matplotlib as mpl
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from edge.signal.features.spectrogram_image import (
    SpectrogramImageConfig,
    StreamingSpectrogramImage,
    spectrogram_image,
)

PUBLISHED = SpectrogramImageConfig(relative=False)
SMALL = SpectrogramImageConfig(window=1200)


def _drawn(trace: np.ndarray) -> np.ndarray:
    """Return the published picture, grey 0 to 1.

    The Matplotlib of 2023 resampled the data and put the result on whole pixels; the axis begins
    0.06 s earlier here so that the record begins at a whole pixel in a newer one too.
    """
    with mpl.rc_context({"image.interpolation_stage": "data"}):
        figure = Figure(figsize=(3, 2), dpi=50)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.specgram(trace, Fs=100, NFFT=256, cmap="gray", vmin=-10, vmax=25)
        axes.set_xlim(-0.16, 59.84)
        axes.axis("off")
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, 0] / 255


def _quake(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    time_s = np.arange(6000) / 100
    envelope = np.where(time_s > 20, np.exp(-(time_s - 20) / 8), 0.0)
    noise = np.cumsum(rng.standard_normal(6000)) * 0.5
    return (noise + 200 * envelope * rng.standard_normal(6000)).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_image_is_the_published_picture(seed: int) -> None:
    """Within 1 % of the grey scale at every pixel, 0.2 % on average."""
    trace = _quake(seed)
    expected = _drawn(trace)

    image = spectrogram_image(trace, PUBLISHED)

    assert expected.shape == image.shape
    assert 0.01 >= np.abs(expected - image).max()
    assert 0.002 >= np.abs(expected - image).mean()


def test_levels_are_scipys_power_density() -> None:
    """A pixel in the middle of a steady tone has the density that SciPy gives for it."""
    tone = 3 * np.sin(2 * np.pi * 12.5 * np.arange(6000) / 100)
    _, _, density = scipy.signal.spectrogram(
        tone, fs=100, window=np.hanning(256), noverlap=128, detrend=False
    )
    weights = np.array([0.2, 0.6, 0.2])
    image = spectrogram_image(tone, PUBLISHED)
    near = 10 * np.log10(density[31:34, 20])

    row = 99 - round(32.5 * 100 / 129)
    assert image[row, 60] * 35 - 10 == pytest.approx(near.max(), abs=3)
    assert weights @ near < near.max()


def test_sound_image_does_not_tell_the_gain() -> None:
    """The same ground through a sensor a thousand times as sensitive looks the same."""
    trace = _quake(1)

    np.testing.assert_allclose(spectrogram_image(trace), spectrogram_image(1000 * trace), atol=1e-4)
    assert not np.allclose(
        spectrogram_image(trace, PUBLISHED), spectrogram_image(1000 * trace, PUBLISHED), atol=0.1
    )


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 2000), max_size=12))
def test_stream_draws_the_windows(cuts: list[int]) -> None:
    """A picture for each hop, that of its window, however the samples came."""
    trace = _quake(2)[1900:3900]
    stream = StreamingSpectrogramImage(SMALL)
    edges = [0, *sorted(cuts), len(trace)]
    images = [i for a, b in itertools.pairwise(edges) for i in stream.push(trace[a:b])]

    span = 256 + 128 * (SMALL.frames - 1)
    begins = range(0, len(trace) - span + 1, 128)
    assert len(begins) == len(images)
    for begin, image in zip(begins, images, strict=True):
        expected = spectrogram_image(trace[begin : begin + span], SMALL)
        np.testing.assert_allclose(expected, image, atol=1e-5)


def test_still_trace_is_drawn_in_one_grey() -> None:
    """No power has no logarithm, and yet no warning and no NaN."""
    for config in (PUBLISHED, SpectrogramImageConfig()):
        image = spectrogram_image(np.zeros((2, 6000)), config)

        assert (2, 100, 150) == image.shape
        assert 1e-6 > np.ptp(image[:, :, 2:146])
        assert (image[:, :, :2] == 1).all()


def test_gap_begins_a_new_picture() -> None:
    """After a reset a whole window must pass again."""
    stream = StreamingSpectrogramImage(SMALL)
    stream.push(_quake(1)[:1100])
    stream.reset()

    assert [] == stream.push(_quake(1)[:1000])


def test_scale_must_rise() -> None:
    """Black above white is a mistake of the configuration."""
    with pytest.raises(ValueError, match="must be above low_db"):
        SpectrogramImageConfig(low_db=10, high_db=10)
