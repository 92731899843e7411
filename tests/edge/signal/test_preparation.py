"""From a trace to what a network of windows is shown: named steps, one implementation for both."""

import numpy as np
import pytest
import scipy.signal
from pydantic import TypeAdapter, ValidationError

from edge.signal.features.filter_bank import FilterBankConfig, filter_bank
from edge.signal.features.spectrogram_image import SpectrogramImageConfig, spectrogram_image
from edge.signal.features.stft import StftConfig, stft
from edge.signal.preparation import (
    Bandpass,
    FilterBank,
    Normalise,
    Preparation,
    SpectrogramImage,
    Step,
    Stft,
)

RATE_HZ = 100.0
GRAVITY = np.array([9.81, 0.02, -0.05])


def _trace(count: int, seed: int = 1) -> np.ndarray:
    """Return noise on top of gravity, as a MEMS accelerometer gives it."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(count, 3)) * 1e-3 + GRAVITY).astype(np.float32)


def _waveform(count: int = 400, components: str = "ZNE", **options: object) -> Preparation:
    return Preparation([Normalise(**options)], RATE_HZ, count, components)


def _bank(**options: object) -> FilterBank:
    return FilterBank(mean=(0.0,) * 48, scale=(1.0,) * 48, **options)


def test_band_pass_is_that_of_scipy_begun_at_the_first_sample() -> None:
    """The filter starts as if the first sample had stood there for ever: gravity is no onset."""
    trace = _trace(3000)
    preparation = Preparation(
        [Bandpass(order=3, low_hz=1.0, high_hz=45.0), Normalise()], RATE_HZ, 400, "ZNE"
    )

    b, a = scipy.signal.butter(3, (1.0, 45.0), "bandpass", fs=RATE_HZ)
    start = scipy.signal.lfilter_zi(b, a)[:, None] * trace[0].astype(np.float64)
    expected, _ = scipy.signal.lfilter(b, a, trace.astype(np.float64), axis=0, zi=start)
    np.testing.assert_allclose(expected, preparation.filtered(trace), atol=1e-8)


def test_band_pass_without_an_upper_corner_is_a_high_pass() -> None:
    """`high_hz` left out: everything above the lower corner passes."""
    trace = _trace(2000)
    preparation = Preparation([Bandpass(order=4, low_hz=0.5), Normalise()], RATE_HZ, 400, "Z")

    sections = scipy.signal.butter(4, 0.5, "highpass", fs=RATE_HZ, output="sos")
    start = scipy.signal.sosfilt_zi(sections)[..., None] * trace[0].astype(np.float64)
    expected, _ = scipy.signal.sosfilt(sections, trace.astype(np.float64), axis=0, zi=start)
    np.testing.assert_allclose(expected, preparation.filtered(trace), atol=1e-8)


@pytest.mark.parametrize("size", [1, 7, 25, 333])
def test_filters_of_a_stream_give_what_the_whole_recording_gives(size: int) -> None:
    """Two filters in series, in blocks of any size, with a component that is not there."""
    trace = _trace(1000)
    trace[:, 2] = np.nan
    steps = [Bandpass(low_hz=0.5), Bandpass(order=1, low_hz=2.0, high_hz=20.0), Normalise()]
    preparation = Preparation(steps, RATE_HZ, 400, "ZNE")
    filters = preparation.filters()

    pieces = [filters(trace[begin : begin + size]) for begin in range(0, len(trace), size)]

    whole = preparation.filtered(trace)
    np.testing.assert_allclose(whole, np.concatenate(pieces), rtol=1e-5, atol=1e-12)
    assert np.isnan(whole[:, 2]).all()


def test_without_filters_the_trace_stays_as_it_is() -> None:
    """Nothing is done that no step names."""
    trace = _trace(500)

    np.testing.assert_array_equal(trace, _waveform().filtered(trace))


def test_filters_begin_anew_after_a_gap() -> None:
    """After `reset` a stream is as fresh as at its start."""
    trace = _trace(600)
    preparation = Preparation([Bandpass(low_hz=1.0), Normalise()], RATE_HZ, 400, "ZNE")
    filters = preparation.filters()
    filters(1000 * trace)

    filters.reset()

    np.testing.assert_array_equal(preparation.filtered(trace), filters(trace))


NORMALISED = {
    "peak": ([[1, -4], [2, 2], [-1, 1]], {}, [[0.25, -1], [0.5, 0.5], [-0.25, 0.25]]),
    "peak of each": (
        [[1, -4], [2, 2], [-1, 1]],
        {"per_component": True},
        [[0.5, -1], [1, 0.5], [-0.5, 0.25]],
    ),
    "signed peak turns a negative trace": ([[-1, -4]], {"by": "signed-peak"}, [[1, 4]]),
    "signed peak of each": (
        [[1, -4], [-2, 2]],
        {"by": "signed-peak", "per_component": True},
        [[1, -2], [-2, 1]],
    ),
    "nothing": ([[1, -4], [2, 2]], {"by": "none"}, [[1, -4], [2, 2]]),
    "mean alone": ([[1, -4], [3, 2]], {"by": "none", "remove_mean": True}, [[-1, -3], [1, 3]]),
    "mean, then peak": ([[1, -4], [3, 2]], {"remove_mean": True}, [[-1 / 3, -1], [1 / 3, 1]]),
    "spread of each": (
        [[1, -4], [3, 2]],
        {"by": "std", "remove_mean": True, "per_component": True},
        [[-1, -1], [1, 1]],
    ),
    "dead component": ([[0, 2], [0, -4]], {"per_component": True}, [[0, 0.5], [0, -1]]),
    "missing component": (
        [[np.nan, 2], [np.nan, -4]],
        {"per_component": True, "remove_mean": True},
        [[0, 1], [0, -1]],
    ),
    "missing samples": (
        [[np.nan, 2], [3, 4], [5, 6]],
        {"by": "none", "remove_mean": True},
        [[0, -2], [-1, 0], [1, 2]],
    ),
}


@pytest.mark.parametrize("case", NORMALISED)
def test_normalised_window(case: str) -> None:
    """What each way of normalising makes of a short window."""
    samples, options, expected = NORMALISED[case]
    preparation = _waveform(len(samples), "ZN", **options)
    window = np.zeros((1, len(samples), 3))
    window[0, :, :2] = samples

    np.testing.assert_allclose([expected], preparation.features(window), rtol=1e-6)


@pytest.mark.parametrize(
    ("components", "columns"), [("ENZ", [2, 1, 0]), ("Z", [0]), ("ZXY", [0, 1, 2]), ("NZ", [1, 0])]
)
def test_components_come_in_the_order_of_the_network(components: str, columns: list[int]) -> None:
    """X points north and Y east; what the network does not name is left out."""
    windows = _trace(800).reshape(2, 400, 3)
    preparation = _waveform(components=components, by="none")

    np.testing.assert_array_equal(windows[:, :, columns], preparation.features(windows))
    assert (400, len(columns)) == preparation.shape


def test_transform_is_that_of_the_batch() -> None:
    """CRED's spectrogram: the components in its order, many windows at once."""
    windows = _trace(12_000).reshape(2, 6000, 3)
    preparation = Preparation([Stft()], RATE_HZ, 6000, "ENZ")

    features = preparation.features(windows)

    np.testing.assert_array_equal(stft(windows[:, :, ::-1]), features)
    assert (2, *preparation.shape) == features.shape


@pytest.mark.parametrize("white", [1, 255])
def test_picture_has_the_components_last(white: int) -> None:
    """One picture a component, as grey levels from 0 to 1 or to 255."""
    windows = _trace(6000).reshape(1, 6000, 3)
    preparation = Preparation([SpectrogramImage(white=white)], RATE_HZ, 6000, "ZXY")

    features = preparation.features(windows)

    expected = spectrogram_image(windows[0, :, 1].astype(np.float64)) * white
    np.testing.assert_allclose(expected, features[0, :, :, 1], rtol=1e-6)
    assert (1, *preparation.shape) == features.shape
    assert white == features.max()


def test_filter_bank_is_in_units_of_its_spread() -> None:
    """Mean and scale of the training data are part of the step; a window is whole frames."""
    config = FilterBankConfig()
    samples = 9 * config.hop + config.frame
    step = FilterBank(mean=tuple(range(48)), scale=tuple(range(1, 49)))
    preparation = Preparation([step], config.rate_hz, samples, "Z")
    window = _trace(samples)

    expected = (filter_bank(window[:, 0].astype(np.float64)) - np.arange(48)) / np.arange(1, 49)
    np.testing.assert_allclose([expected], preparation.features(window[None]), rtol=1e-5, atol=1e-6)
    assert (10, 48) == preparation.shape


STEPS = {
    "band-pass": Bandpass(order=3, low_hz=1.0, high_hz=45.0),
    "normalise": Normalise(by="std"),
    "stft": Stft(config=StftConfig(normalise="signed-peak")),
    "picture": SpectrogramImage(config=SpectrogramImageConfig(relative=False), white=255),
    "filter bank": _bank(),
}


@pytest.mark.parametrize("name", STEPS)
def test_steps_survive_the_card(name: str) -> None:
    """A step written as JSON is read back as itself, told by its name."""
    adapter: TypeAdapter[Step] = TypeAdapter(Step)

    assert STEPS[name] == adapter.validate_json(adapter.dump_json(STEPS[name]))


REFUSED = {
    "no window step": ([Bandpass(low_hz=1.0)], 100.0, 400, "ZNE", "one window step at the end"),
    "nothing at all": ([], 100.0, 400, "ZNE", "one window step at the end"),
    "two window steps": ([Normalise(), Stft()], 100.0, 6000, "ZNE", "one window step at the end"),
    "filter after the window": (
        [Normalise(), Bandpass(low_hz=1.0)],
        100.0,
        400,
        "ZNE",
        "one window step at the end",
    ),
    "corner above half the rate": (
        [Bandpass(low_hz=1.0, high_hz=45.0), Normalise()],
        40.0,
        80,
        "ZNE",
        "corner 45.0 Hz",
    ),
    "transform of another window": ([Stft()], 100.0, 3000, "ZNE", "stft wants a window of 6000"),
    "transform of one component": ([Stft()], 100.0, 6000, "Z", "stft takes 3 components"),
    "picture at another rate": ([SpectrogramImage()], 50.0, 6000, "Z", "set for 100 Hz, not 50"),
    "picture of another window": ([SpectrogramImage()], 100.0, 3000, "Z", "window of 6000"),
    "bank with half a hop": ([_bank()], 50.0, 210, "Z", "200 samples and whole hops of 25"),
    "bank at another rate": ([_bank()], 100.0, 400, "Z", "set for 50 Hz"),
    "bank of two components": ([_bank()], 50.0, 200, "ZN", "takes one component, not 2"),
    "unknown component": ([Normalise()], 100.0, 400, "ZQ", "known letters are Z, N, E, X, Y"),
    "component twice": ([Normalise()], 100.0, 400, "ZNX", "each once"),
    "no component": ([Normalise()], 100.0, 400, "", "each once"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_steps_that_do_not_fit_are_refused(case: str) -> None:
    """The error names the step and what it wants."""
    steps, rate_hz, samples, components, message = REFUSED[case]

    with pytest.raises(ValueError, match=message):
        Preparation(steps, rate_hz, samples, components)


def test_windows_of_another_shape_are_refused() -> None:
    """A window that is too short would give numbers that mean nothing."""
    with pytest.raises(ValueError, match=r"want \(2, 400, 3\)"):
        _waveform().features(np.zeros((2, 399, 3)))


def test_filter_bank_without_its_spread_is_refused() -> None:
    """One mean and one scale a feature, and no scale of zero."""
    with pytest.raises(ValidationError, match="there are 48 features"):
        FilterBank(mean=(0.0,) * 16, scale=(1.0,) * 48)
    with pytest.raises(ValidationError, match="greater than 0"):
        FilterBank(mean=(0.0,) * 48, scale=(0.0,) * 48)
