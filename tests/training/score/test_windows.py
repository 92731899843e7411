"""Windows are judged alone and through the pipeline, and P is tried at every place."""

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from edge.bundle import Bundle, load_bundle
from edge.bundle.card import WindowOutputFacts
from tests.edge.window_bundles import onnx_file, window_input, write_window_bundle
from training.data.example import Example, Onset
from training.data.windows import WindowExamples
from training.score.bundle_windows import (
    answers,
    common_windows,
    in_pieces,
    is_windowed,
    judge_bundle,
)
from training.score.contest import Contestant
from training.score.lineup import bundle_contestant, can_fire
from training.score.pipeline_windows import LEAD_S, run_windows, with_past
from training.score.position import SHARES, recordings, stream_curve, window_curve
from training.synthesise import SynthesisConfig, synthesise_store

LABELS = ("P", "S", "noise")
LOUD = 2e-3


@pytest.fixture(scope="module")
def windows_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with made windows in the place of a known data set."""
    data = tmp_path_factory.mktemp("windows")
    strong = SynthesisConfig(events=30, stations=1, least_magnitude=5.5, seed=4)
    synthesise_store(strong, data / "stead_sample")
    return data


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return a network by the name of quake_cnn that calls what is loud P."""
    nodes = [
        helper.make_node("Mul", ["features", "features"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["energy"], axes=[1, 2], keepdims=0),
        helper.make_node("Add", ["energy", "tiny"], ["power"]),
        helper.make_node("Log", ["power"], ["level"]),
        helper.make_node("Unsqueeze", ["level", "last"], ["column"]),
        helper.make_node("MatMul", ["column", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["answers"], axis=-1),
    ]
    constants = {
        "tiny": np.float32([1e-12]),
        "last": np.int64([1]),
        "scale": np.float32([[2.0, 0.0, 0.0]]),
        "offset": np.float32([[-4 * np.log(LOUD), -9.0, 0.0]]),
    }
    said = {"tensor": "answers", "reading": "classes", "labels": LABELS, "quiet": "noise"}
    path = write_window_bundle(
        tmp_path_factory.mktemp("bundle"),
        "quake_cnn",
        window_input(),
        WindowOutputFacts.model_validate(said),
        onnx_file(nodes, (1, 80, 3), (1, 3), constants),
    )
    return load_bundle(path)


def _event(p_s: float = 20.0, rate_hz: float = 100.0) -> Example:
    """Return 60 s of noise with a burst."""
    rng = np.random.default_rng(1)
    samples = 5e-4 * rng.standard_normal((round(60 * rate_hz), 3))
    time = np.arange(len(samples)) / rate_hz - p_s
    samples += 0.05 * ((time > 0) * np.exp(-time.clip(0) / 5) * np.sin(25 * time))[:, None]
    return Example(samples.astype(np.float32), rate_hz, (Onset(p_s * rate_hz, None),))


def test_stream_detector_is_judged_on_windows(sta_lta: Contestant, mute: Contestant) -> None:
    """STA/LTA finds and picks the burst and leaves the noise alone; the mute one misses."""
    quiet = Example(_event().samples[:1900], 100.0)
    heard, missed = (run_windows(one, [_event(), quiet]) for one in (sta_lta, mute))

    assert (1, 0, 0, 1) == (
        heard.detection.hit,
        heard.detection.missed,
        heard.detection.false,
        heard.detection.quiet,
    )
    assert 1 == heard.p_picks.within_tolerance.hit
    assert (0, 1) == (missed.detection.hit, missed.detection.missed)


def test_past_is_noise_like_the_windows_own() -> None:
    """As strong as before P, nothing of the event in it, the window itself unchanged."""
    event = _event()
    samples = with_past(event)

    assert samples is not None
    lead = round(LEAD_S * 100)
    np.testing.assert_array_equal(event.samples, samples[lead : lead + 6000])
    assert pytest.approx(5e-4, rel=0.1) == samples[:lead].std()


def test_window_without_noise_before_p_is_left_out(mute: Contestant) -> None:
    """Half a second of noise makes no past; the count says so."""
    judged = run_windows(mute, [_event(p_s=1.0), _event()])

    assert (1, 1) == (judged.left_out, judged.p_picks.arrivals)


def test_missing_component_stays_missing() -> None:
    """A vertical alone has a vertical alone for a past."""
    event = _event()
    event.samples[:, 1:] = np.nan
    samples = with_past(event)

    assert samples is not None
    assert np.isnan(samples[:, 1:]).all()
    assert np.isfinite(samples[:, 0]).all()


def test_bundle_answers_to_windows_by_class(bundle: Bundle) -> None:
    """Loud windows are P, quiet ones noise; one row a window."""
    inputs = np.full((2, 80, 3), 1e-5, np.float32)
    inputs[1] = 1.0
    said = answers(bundle, inputs)

    assert (2, 3) == said.shape
    assert [2, 0] == said.argmax(axis=1).tolist()


def test_bundle_is_judged_source_by_source(bundle: Bundle, windows_data: Path) -> None:
    """Every window of the test part is asked once."""
    (judged,) = judge_bundle("x", bundle, windows_data)

    assert "synthetic" == judged.source
    assert judged.metrics.detection is not None
    assert judged.metrics.windows == sum(
        (
            judged.metrics.detection.hit,
            judged.metrics.detection.missed,
            judged.metrics.detection.false,
            judged.metrics.detection.quiet,
        )
    )


def test_data_without_windows_give_no_rows(bundle: Bundle, tmp_path: Path) -> None:
    """No windows, nothing claimed."""
    (tmp_path / "stead_sample").mkdir()

    assert [] == list(judge_bundle("x", bundle, tmp_path))
    assert [] == common_windows(tmp_path)
    assert [] == recordings(tmp_path)


def test_common_windows_hold_events_and_noise(windows_data: Path) -> None:
    """60 s at 100 Hz, of both kinds."""
    windows = common_windows(windows_data)

    assert {6000} == {len(window.samples) for window in windows}
    assert {True, False} == {bool(window.onsets) for window in windows}


def test_network_that_hears_two_seconds_finds_p_at_their_start_only(
    bundle: Bundle, windows_data: Path
) -> None:
    """With P at the window's end there is nothing loud in it."""
    curve = window_curve("x", bundle, windows_data)

    assert curve is not None
    assert list(SHARES) == [place.at for place in curve.places]
    scores = [place.mean_score for place in curve.places]
    assert scores[0] > scores[-1]
    assert 0 <= curve.spread <= 1


def test_stream_must_listen_before_it_finds(windows_data: Path, sta_lta: Contestant) -> None:
    """P two seconds after the start is missed but where the S is found; later ones are found."""
    curve = stream_curve(sta_lta, recordings(windows_data))

    assert curve.streamed
    assert curve.places[0].found.hit < curve.places[-1].found.hit == curve.places[-1].found.of


def test_bundle_of_windows_is_a_contestant(bundle: Bundle) -> None:
    """It is deaf for its window of two seconds, and can fire."""
    row = bundle_contestant(bundle)

    assert (2.0, "quake_cnn float32") == (row.warm_up_s, row.name)
    assert is_windowed(bundle)
    assert can_fire(bundle)


def test_sequences_are_cut_into_windows_of_the_bundle() -> None:
    """Seven frames in windows of three are three windows; what asks nothing is left out."""
    inputs = np.arange(14, dtype=np.float32).reshape(2, 7, 1)
    targets = np.zeros((2, 7, 2), np.float32)
    targets[0, :, 0] = 1
    pieces = in_pieces(WindowExamples(inputs, targets), 3)

    assert (3, 3, 1) == pieces.inputs.shape
    assert [6, 0, 0] == pieces.inputs[2, :, 0].tolist()
    assert 7 == pieces.targets.sum()
