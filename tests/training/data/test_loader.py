"""Batches from the map are what a loop over the traces would give."""

import numpy as np
import pytest

from tests.training.data.quakes import recording
from training.data.loader import LoaderConfig, WindowLoader
from training.data.recording import Recording
from training.data.store import StoreWriter, WaveformStore
from training.errors import DataError

WINDOW = 3001


@pytest.fixture(scope="module", params=["int16", "float32"])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> WaveformStore:
    """Return a set of events and noise, one record with a missing and a still component."""
    folder = tmp_path_factory.mktemp("sets") / "made"
    with StoreWriter(folder, request.param) as writer:
        for seed in range(20):
            part = "test" if seed % 5 == 0 else "train"
            writer.append(recording(seed, part=part, p_index=1500.4, s_index=2000.0))
        for seed in range(20, 25):
            writer.append(
                recording(seed, category="noise", picks="none", p_index=None, s_index=None)
            )
        holes = recording(30)
        holes.samples[:, 1] = np.nan
        holes.samples[:, 2] = 7.0
        writer.append(holes)
        short = recording(31)
        writer.append(Recording(short.about, short.samples[: WINDOW - 1]))
    return WaveformStore(folder)


def _expected(one: Recording, begin: int, config: LoaderConfig) -> tuple[np.ndarray, np.ndarray]:
    """Return a window and its curves, step by step in double precision."""
    window = np.nan_to_num(one.samples[begin : begin + config.window].astype(np.float64), nan=0.0)
    if config.normalise != "none":
        window -= window.mean(axis=0)
        size = np.abs(window).max(axis=0) if config.normalise == "peak" else window.std(axis=0)
        window = np.where(size > 0, window / np.where(size > 0, size, 1), 0.0)
    places = np.arange(config.window)
    curves = np.zeros((config.window, 3))
    for phase, onset in enumerate((one.about.p_index, one.about.s_index)):
        if onset is not None:
            curves[:, phase] = np.exp(-0.5 * ((places + begin - onset) / config.sigma) ** 2)
    curves[:, 2] = 1 - curves[:, 0] - curves[:, 1]
    return window, curves


@pytest.mark.parametrize("normalise", ["peak", "std", "none"])
@pytest.mark.parametrize("components", ["last", "first"])
def test_batch_is_what_a_loop_would_make(
    store: WaveformStore, normalise: str, components: str
) -> None:
    """Every trace and every curve, wherever the window lies."""
    config = LoaderConfig.model_validate({"normalise": normalise, "components": components})
    loader = WindowLoader(store, config)
    rng = np.random.default_rng(1)
    rows = np.arange(len(loader))
    begins = rng.integers(0, 6000 - WINDOW + 1, len(rows))

    traces, curves = loader.windows(rows, begins)
    if components == "first":
        traces, curves = traces.swapaxes(1, 2), curves.swapaxes(1, 2)

    for row in rows:
        window, curve = _expected(store[int(loader.numbers[row])], int(begins[row]), config)
        np.testing.assert_allclose(window, traces[row], atol=2e-4 * max(1, np.abs(window).max()))
        np.testing.assert_allclose(curve, curves[row], atol=1e-6)


def test_p_is_in_the_window_and_anywhere_in_it(store: WaveformStore) -> None:
    """Its place teaches nothing: it covers all the window can have."""
    loader = WindowLoader(store, LoaderConfig(batch_size=500))

    _, curves = loader.batch(np.random.default_rng(2))

    places = [int(one.argmax()) for one in curves[:, :, 0] if one.max() > 0.5]
    assert 370 < len(places) < 480
    assert min(places) < 30
    assert max(places) > 1450


def test_window_may_lie_anywhere(store: WaveformStore) -> None:
    """Without holding the P some windows of events have none."""
    loader = WindowLoader(store, LoaderConfig(batch_size=500, hold_p=False))

    _, curves = loader.batch(np.random.default_rng(2))

    assert 0.3 < (curves[:, :, 0].max(axis=1) > 0.5).mean() < 0.6


def test_curves_add_up_to_one_and_stay_within(store: WaveformStore) -> None:
    """A choice among P, S and noise at each sample."""
    _, curves = WindowLoader(store, LoaderConfig()).batch(np.random.default_rng(3))

    np.testing.assert_allclose(1.0, curves.sum(axis=2), atol=1e-6)
    assert curves.min() >= 0
    assert curves.max() <= 1


def test_same_seed_gives_the_same_batches(store: WaveformStore) -> None:
    """A run can be repeated; the arrays of a stream are the same memory each time."""
    loader = WindowLoader(store, LoaderConfig(batch_size=8), "train")
    alone = loader.batch(np.random.default_rng(4))[0]

    streamed = list(loader.batches(2, np.random.default_rng(4)))

    assert streamed[0][0] is streamed[1][0]
    np.testing.assert_array_equal(alone, next(loader.batches(1, np.random.default_rng(4)))[0])


def test_parts_do_not_mix(store: WaveformStore) -> None:
    """A loader of one part draws from that part, and never from records too short."""
    parts = {
        name: set(WindowLoader(store, LoaderConfig(), name).numbers) for name in ("train", "test")
    }

    assert (22, 4) == (len(parts["train"]), len(parts["test"]))
    assert not parts["train"] & parts["test"]
    with pytest.raises(DataError, match="part validation"):
        WindowLoader(store, LoaderConfig(), "validation")


def test_window_longer_than_every_record_is_told(store: WaveformStore) -> None:
    """The message says how long it was to be."""
    with pytest.raises(DataError, match="7000 samples"):
        WindowLoader(store, LoaderConfig(window=7000))
