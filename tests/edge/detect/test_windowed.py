"""A network of windows as a detector: the newest window, on the grid, anew after a gap."""

from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle, load_bundle, verify_bundle
from edge.bundle.card import WindowOutputFacts
from edge.detect.base import Frame, hop_of, rate_of
from edge.detect.loading import open_detector, shipped_bundle
from edge.detect.network import NetworkDetector
from edge.detect.windowed import WindowDetector
from edge.errors import BundleError
from tests.edge.streams import START_NS, blocks, burst, noise
from tests.edge.window_bundles import (
    RATE_HZ,
    WINDOW,
    classes_output,
    window_input,
    write_window_bundle,
)

HOP_S = 0.5
INTERVAL_NS = 25_000_000
HOP_NS = 500_000_000
HOP = 20
"""Samples."""


@pytest.fixture(scope="module")
def loudness(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return a bundle whose network says P of a loud window."""
    return load_bundle(write_window_bundle(tmp_path_factory.mktemp("bundles")))


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return the same network, which answers half a second after a start."""
    heard = window_input(warm_up_s=HOP_S)
    return load_bundle(write_window_bundle(tmp_path_factory.mktemp("bundles"), heard=heard))


def _quake() -> np.ndarray:
    """Return 30 s of noise on top of gravity, shaken after 20 s."""
    trace = burst(noise(30, RATE_HZ), onset_s=20.0, peak_m_s2=0.2, decay_s=3.0, rate_hz=RATE_HZ)
    return (trace + np.float32([9.81, 0.0, 0.0])).astype(np.float32)


def _run(
    detector: WindowDetector, trace: np.ndarray, size: int = 10, start_ns: int = START_NS
) -> list[Frame]:
    return [f for block in blocks(trace, RATE_HZ, size, start_ns) for f in detector.push(block)]


def test_identity_rate_and_hop_are_those_of_the_bundle(loudness: Bundle) -> None:
    """The pipeline asks at which rate it listens and how often it speaks."""
    detector = WindowDetector(loudness)

    assert ("loudness", "1", "float32") == (detector.name, detector.version, detector.scheme)
    assert loudness.sha256 == detector.sha256
    assert (40.0, HOP_NS) == (rate_of(detector), hop_of(detector))
    assert (0.5, 0.9) == (detector.threshold, WindowDetector(loudness, threshold=0.9).threshold)


def test_every_answer_is_that_to_the_newest_window(loudness: Bundle) -> None:
    """What a stream gives is what the trainer gets of windows cut from the whole recording."""
    trace = _quake()
    verified = verify_bundle(loudness)
    preparation, network = verified.preparation(), verified.window()
    filtered = preparation.filtered(trace)

    frames = _run(WindowDetector(loudness), trace)

    for number, frame in enumerate(frames[WINDOW // HOP - 1 :]):
        window = filtered[number * HOP : number * HOP + WINDOW]
        (expected,) = network.run(preparation.features(window[None])[0])
        assert START_NS + (number * HOP + WINDOW) * INTERVAL_NS == frame.end_ns
        np.testing.assert_allclose(
            expected, [frame.probabilities["noise"], frame.probabilities["P"]], atol=1e-5
        )


def test_fires_on_what_the_network_sees(loudness: Bundle) -> None:
    """Quiet before, over the threshold within a second of the shaking."""
    detector = WindowDetector(loudness)

    fired = [f.end_ns for f in _run(detector, _quake()) if f.score >= detector.threshold]

    assert 0.0 < (fired[0] - START_NS) / 1e9 - 20.0 <= 1.0


@pytest.mark.parametrize("size", [1, 7, 33, 1200])
def test_blocks_of_any_size_give_the_same(size: int, loudness: Bundle) -> None:
    """How a source cuts its packets does not change an answer."""
    whole = _run(WindowDetector(loudness), _quake(), size=20)
    pieces = _run(WindowDetector(loudness), _quake(), size=size)

    assert [f.end_ns for f in whole] == [f.end_ns for f in pieces]
    np.testing.assert_allclose([f.score for f in whole], [f.score for f in pieces], atol=1e-5)


@pytest.mark.parametrize("late", [1, 13, 19, 20])
def test_windows_end_on_the_absolute_grid(late: int, loudness: Bundle) -> None:
    """Wherever a stream begins, it is asked at whole half seconds since 1970."""
    start_ns = START_NS + late * INTERVAL_NS

    frames = _run(WindowDetector(loudness), _quake(), start_ns=start_ns)

    ends = [frame.end_ns for frame in frames]
    assert START_NS + (1 + late // HOP) * HOP_NS == ends[0]
    assert {HOP_NS} == set(np.diff(ends))
    assert 0 == ends[0] % HOP_NS


def test_silent_until_a_window_has_passed(loudness: Bundle) -> None:
    """The first answer is to the first whole window, however loud it is before."""
    frames = _run(WindowDetector(loudness), 1000 * noise(4, RATE_HZ))

    assert [0.0] * 3 == [frame.score for frame in frames[:3]]
    assert all(not frame.probabilities for frame in frames[:3])
    assert all(frame.score > 0.9 for frame in frames[3:])


def test_short_warm_up_answers_to_a_mirrored_window(early: Bundle) -> None:
    """Where the card says so, the window goes on before the first sample as its mirror image."""
    trace = _quake()
    verified = verify_bundle(early)
    preparation, network = verified.preparation(), verified.window()
    filtered = preparation.filtered(trace)

    frames = _run(WindowDetector(early), trace)

    for number in range(4):
        stream = filtered[: (number + 1) * HOP]
        first = filtered[:HOP]
        past = np.pad(first, ((WINDOW - HOP, 0), (0, 0)), mode="reflect")[: WINDOW - HOP]
        window = np.concatenate([past, stream])[-WINDOW:]
        (expected,) = network.run(preparation.features(window[None])[0])
        np.testing.assert_allclose(expected[1], frames[number].probabilities["P"], atol=1e-5)


def test_begins_anew_after_a_gap(early: Bundle) -> None:
    """What came before a gap has no say after it."""
    detector = WindowDetector(early)
    _run(detector, 1000 * noise(10, RATE_HZ))
    later_ns = START_NS + 3600 * 1_000_000_000

    after_gap = _run(detector, _quake(), start_ns=later_ns)

    assert _run(WindowDetector(early), _quake(), start_ns=later_ns) == after_gap


def test_missing_horizontals_still_detect(loudness: Bundle) -> None:
    """A station with a vertical alone hears the earthquake."""
    trace = _quake()
    trace[:, 1:] = np.nan
    detector = WindowDetector(loudness)

    assert detector.threshold <= max(frame.score for frame in _run(detector, trace))


def test_dead_sensor_never_fires(loudness: Bundle) -> None:
    """A stuck value is no earthquake."""
    frames = _run(WindowDetector(loudness), np.full((400, 3), 9.81, np.float32))

    assert 0.01 > max(frame.score for frame in frames)


def test_network_that_answers_with_a_number_is_no_detector(
    loudness: Bundle, tmp_path: Path
) -> None:
    """A magnitude cannot open a trigger; the error says what the network answers with."""
    said = WindowOutputFacts(tensor="answers", reading="value", labels=("magnitude", "depth_km"))
    path = write_window_bundle(tmp_path, "size", said=said, task="regression", thresholds={})

    with pytest.raises(BundleError, match="no detector: it answers with magnitude, depth_km"):
        open_detector(load_bundle(path))


def test_bundle_without_a_threshold_is_refused(tmp_path: Path) -> None:
    """When it is to fire belongs to the bundle."""
    path = write_window_bundle(tmp_path, thresholds={})

    with pytest.raises(BundleError, match="no threshold 'trigger'"):
        WindowDetector(load_bundle(path))


def test_bundle_decides_about_the_kind_of_detector(loudness: Bundle) -> None:
    """Windows for one, a stream for the other; neither takes the other's."""
    stream = load_bundle(shipped_bundle())

    assert isinstance(open_detector(loudness, threshold=0.7), WindowDetector)
    assert isinstance(open_detector(stream), NetworkDetector)
    with pytest.raises(BundleError, match="hears a stream"):
        WindowDetector(stream)
    with pytest.raises(BundleError, match="looks at windows"):
        NetworkDetector(loudness)


def test_quiet_label_may_stand_anywhere(tmp_path: Path) -> None:
    """The score is what is left of the label that the card calls quiet."""
    path = write_window_bundle(
        tmp_path, said=classes_output(labels=("event", "silence"), quiet="silence")
    )
    loud = _run(WindowDetector(load_bundle(path)), 1000 * noise(4, RATE_HZ))[-1]

    assert pytest.approx(1 - loud.probabilities["silence"]) == loud.score
