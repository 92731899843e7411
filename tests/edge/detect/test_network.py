"""The network as a detector: on the grid, silent while it settles, anew after a gap."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle, load_bundle, write_bundle
from edge.detect.base import Frame
from edge.detect.loading import shipped_bundle
from edge.detect.network import NetworkDetector
from edge.errors import BundleError
from edge.grid import HOP_NS, HOP_SAMPLES, SAMPLE_NS
from edge.messages import ClockSource, ClockState
from edge.packet import Block

BEGIN_NS = 1_600_000_000_000_000_000
RATE_HZ = 32.0
WARM_UP_HOPS = 40


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    """Return the bundle that comes with the agent."""
    return load_bundle(shipped_bundle())


def _block(samples: np.ndarray, start_ns: int = BEGIN_NS, *, continues: bool = False) -> Block:
    return Block(
        start_ns=start_ns,
        rate_hz=RATE_HZ,
        samples=samples.astype(np.float32),
        clock=ClockState(source=ClockSource.NTP, error_s=0.01),
        arrival_ns=start_ns,
        continues=continues,
    )


def _earthquake(bundle: Bundle) -> np.ndarray:
    """Return the golden samples: a minute of noise with an event after 45 s."""
    return bundle.golden.samples


def _in_pieces(detector: NetworkDetector, samples: np.ndarray, size: int) -> list[Frame]:
    frames = []
    for begin in range(0, len(samples), size):
        piece = samples[begin : begin + size]
        frames += detector.push(_block(piece, BEGIN_NS + begin * SAMPLE_NS, continues=begin > 0))
    return frames


def test_identity_is_that_of_the_bundle(shipped: Bundle) -> None:
    """A trigger can say which network, which version and which file fired."""
    detector = NetworkDetector(shipped)

    assert (shipped.card.name, str(shipped.card.version)) == (detector.name, detector.version)
    assert (shipped.sha256, "int8") == (detector.sha256, detector.scheme)
    assert shipped.card.thresholds["trigger"] == detector.threshold


def test_threshold_can_be_set(shipped: Bundle) -> None:
    """A station at a noisy place may ask for more."""
    assert 0.99 == NetworkDetector(shipped, threshold=0.99).threshold


def test_fires_on_an_earthquake_and_names_p_first(shipped: Bundle) -> None:
    """The first hop over the threshold comes within a second of the P and says P."""
    detector = NetworkDetector(shipped)
    frames = detector.push(_block(_earthquake(shipped)))
    fired = [frame for frame in frames if frame.score >= detector.threshold]

    delay_s = (fired[0].end_ns - BEGIN_NS) / 1e9 - 46.0
    assert 0.0 < delay_s < 1.5
    assert "P" == max(fired[0].probabilities, key=fired[0].probabilities.__getitem__)


def test_one_frame_a_hop_on_the_grid(shipped: Bundle) -> None:
    """Hops end at whole quarters of a second, and each says something."""
    frames = NetworkDetector(shipped).push(_block(_earthquake(shipped)))

    ends = [BEGIN_NS + (i + 1) * HOP_NS for i in range(len(shipped.golden.samples) // HOP_SAMPLES)]
    assert ends == [frame.end_ns for frame in frames]


def test_score_is_what_is_left_of_noise(shipped: Bundle) -> None:
    """P and S together make the score; the probabilities sum to one."""
    for frame in NetworkDetector(shipped).push(_block(_earthquake(shipped)))[WARM_UP_HOPS:]:
        assert pytest.approx(1.0, abs=0.02) == sum(frame.probabilities.values())
        assert pytest.approx(1 - frame.probabilities["noise"]) == frame.score


@pytest.mark.parametrize("size", [1, 7, 32, 100])
def test_blocks_of_any_size_give_the_same(shipped: Bundle, size: int) -> None:
    """How a source cuts its packets does not change an answer."""
    samples = _earthquake(shipped)[:1600]

    whole = NetworkDetector(shipped).push(_block(samples))
    pieces = _in_pieces(NetworkDetector(shipped), samples, size)

    assert [frame.end_ns for frame in whole] == [frame.end_ns for frame in pieces]
    np.testing.assert_allclose(
        [frame.score for frame in whole], [frame.score for frame in pieces], atol=0.02
    )


def test_silent_while_it_settles(shipped: Bundle) -> None:
    """In the first ten seconds the noise level is not known, and nothing can fire."""
    loud = 1000 * _earthquake(shipped)[-640:]

    frames = NetworkDetector(shipped).push(_block(loud))

    assert [0.0] * WARM_UP_HOPS == [frame.score for frame in frames[:WARM_UP_HOPS]]


def test_begins_anew_after_a_gap(shipped: Bundle) -> None:
    """What came before a gap has no say after it."""
    samples = _earthquake(shipped)
    detector = NetworkDetector(shipped)
    detector.push(_block(1000 * samples[:1000]))
    later_ns = BEGIN_NS + 3600 * 1_000_000_000

    after_gap = detector.push(_block(samples, later_ns))
    fresh = NetworkDetector(shipped).push(_block(samples, later_ns))

    assert fresh == after_gap


def test_missing_horizontals_still_detect(shipped: Bundle) -> None:
    """A station with a vertical alone hears the earthquake."""
    samples = _earthquake(shipped).copy()
    samples[:, 1:] = np.nan
    detector = NetworkDetector(shipped)

    assert detector.threshold <= max(frame.score for frame in detector.push(_block(samples)))


def test_dead_sensor_never_fires(shipped: Bundle) -> None:
    """A stuck value is no earthquake."""
    detector = NetworkDetector(shipped)
    frames = detector.push(_block(np.full((3200, 3), 9.81)))

    assert detector.threshold > max(frame.score for frame in frames)


def test_bundle_for_another_grid_is_refused(shipped: Bundle, tmp_path: Path) -> None:
    """A network for another rate would hear noise as earthquakes: it is not run."""
    heard = shipped.card.input.model_copy(update={"rate_hz": 50.0})
    card = shipped.card.model_copy(update={"input": heard})
    path = write_bundle(tmp_path, card, shipped.networks, shipped.golden)

    with pytest.raises(BundleError, match=r"hears \(50.0"):
        NetworkDetector(load_bundle(path))


def test_bundle_that_fails_its_golden_outputs_is_refused(shipped: Bundle) -> None:
    """No detector exists that has not proven itself on this machine."""
    other = replace(shipped.golden, probabilities=shipped.golden.probabilities[:, ::-1].copy())

    with pytest.raises(BundleError, match="golden"):
        NetworkDetector(replace(shipped, golden=other))
