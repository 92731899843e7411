"""STA/LTA fires on onsets, keeps still in noise, and needs no long wait after a start."""

import numpy as np
from obspy.signal.trigger import recursive_sta_lta
from scipy import signal

from edge.detect.base import Frame
from edge.detect.sta_lta import StaLtaConfig, StaLtaDetector
from edge.signal.butterworth import bandpass
from tests.edge.streams import START_NS, blocks, burst, noise

_CONFIG = StaLtaConfig()


def _frames(trace: np.ndarray, size: int = 8) -> list[Frame]:
    detector = StaLtaDetector(_CONFIG)
    return [frame for block in blocks(trace, size=size) for frame in detector.push(block)]


def test_onset_fires_within_half_a_second() -> None:
    """A burst of ten times the noise passes the threshold in the hop that holds it or the next."""
    frames = _frames(burst(noise(60), onset_s=40.1, peak_m_s2=6e-3, decay_s=3.0))

    fired = [f.end_ns for f in frames if f.score >= _CONFIG.on_ratio]

    assert START_NS + 40_250_000_000 <= fired[0] <= START_NS + 40_500_000_000


def test_noise_stays_below_the_threshold() -> None:
    """Ten minutes of sensor noise never reach the ratio that fires."""
    assert max(f.score for f in _frames(noise(600))) < _CONFIG.on_ratio


def test_settled_ratio_is_the_recursive_one() -> None:
    """Once the long average is full, the ratio is ObsPy's on the summed energy."""
    trace = burst(noise(400), onset_s=380.0, peak_m_s2=5e-3, decay_s=2.0)
    sections = bandpass(2, _CONFIG.low_hz, _CONFIG.high_hz, 32.0)
    energy = np.square(signal.sosfilt(sections, trace, axis=0)).sum(axis=1)
    ratio = recursive_sta_lta(np.sqrt(energy), 16, 960)
    expected = ratio.reshape(-1, 8).max(axis=1)[-100:]

    actual = [f.score for f in _frames(trace)[-100:]]

    np.testing.assert_allclose(actual, expected, rtol=0.02)


def test_blocks_of_any_size_give_the_same_frames() -> None:
    """The packet size of a source does not change what is detected."""
    trace = burst(noise(60), onset_s=40.0, peak_m_s2=6e-3, decay_s=3.0)

    expected = [(f.end_ns, f.score) for f in _frames(trace, size=8)]

    np.testing.assert_allclose([(f.end_ns, f.score) for f in _frames(trace, 37)], expected)


def test_gravity_at_the_start_is_no_onset() -> None:
    """An offset of 9.81 m/s2 on the vertical leaves the ratio where it was without."""
    trace = noise(60)

    tilted = trace + np.array([9.81, 0.0, 0.0], np.float32)

    expected = max(f.score for f in _frames(trace))
    np.testing.assert_allclose(max(f.score for f in _frames(tilted)), expected, rtol=0.05)


def test_stuck_sensor_gives_no_ratio() -> None:
    """Constant samples give the ratio 0 and no warning."""
    frames = _frames(np.full((32 * 60, 3), 1.0, np.float32))

    assert {0.0} == {f.score for f in frames}


def test_missing_components_do_not_silence_the_rest() -> None:
    """With N and E missing, the vertical alone still fires."""
    trace = burst(noise(60), onset_s=40.0, peak_m_s2=6e-3, decay_s=3.0)
    trace[:, 1:] = np.nan

    assert max(f.score for f in _frames(trace)) > _CONFIG.on_ratio
