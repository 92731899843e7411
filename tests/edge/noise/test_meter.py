"""The spectrum of the background, against SciPy's and against noise of known density."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import welch

from edge.noise.meter import SEGMENT_S, NoiseMeter
from edge.sources.openeew import OpenEewConfig
from edge.timebase import TimeBase
from tests.edge.streams import blocks, burst

DENSITY = 1e-8
"""(m/s2)^2/Hz, -80 dB."""


def white(seconds: float, rate_hz: float, seed: int = 1) -> np.ndarray:
    """Noise of a known density, shape (n, 3), with gravity on the vertical."""
    count = round(seconds * rate_hz)
    scaled = np.random.default_rng(seed).normal(size=(count, 3)) * np.sqrt(DENSITY * rate_hz / 2)
    return (scaled + np.array([9.81, 0.0, 0.0])).astype(np.float32)


def heard(trace: np.ndarray, rate_hz: float, segment_s: float = SEGMENT_S) -> NoiseMeter:
    """A meter that listened to a trace."""
    meter = NoiseMeter(rate_hz, segment_s)
    for block in blocks(trace, rate_hz, size=round(rate_hz / 4)):
        meter.push(block)
    return meter


def decibels(meter: NoiseMeter) -> np.ndarray:
    """What a meter tells, shape (octaves, 3)."""
    densities = meter.densities()
    assert densities is not None
    return np.asarray(10 * np.log10(densities))


def listened(record: Path) -> tuple[NoiseMeter, np.ndarray, float]:
    """A meter that heard a record of OpenEEW, its samples and its rate."""
    source = OpenEewConfig(paths=(record,)).open()
    rate_hz = source.describe().nominal_rate_hz
    time_base, meter, samples = TimeBase(rate_hz), NoiseMeter(rate_hz), []
    for packet in source.packets():
        for block in time_base.push(packet):
            meter.push(block)
            samples.append(block.samples)
    return meter, np.concatenate(samples).astype(np.float64), rate_hz


def in_octaves(meter: NoiseMeter, frequencies: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """SciPy's spectrum as a meter tells it, dB, shape (octaves, 3)."""
    octaves = [
        powers[(frequencies >= centre / 2**0.5) & (frequencies < centre * 2**0.5)].mean(axis=0)
        for centre in meter.centres_hz
    ]
    return np.asarray(10 * np.log10(octaves))


@pytest.mark.parametrize(
    ("rate_hz", "highest_hz"), [(31.25, 8.0), (100.0, 32.0), (125.0, 32.0), (200.0, 64.0)]
)
def test_noise_of_known_density_is_told(rate_hz: float, highest_hz: float) -> None:
    """Within half a decibel from 1 Hz on; below, an octave has few lines and chance its share."""
    meter = heard(white(1800, rate_hz), rate_hz)

    off_db = np.abs(decibels(meter) + 80)
    assert (0.125, highest_hz) == (meter.centres_hz[0], meter.centres_hz[-1])
    assert off_db[3:].max() < 0.5
    assert off_db.max() < 2.0


def test_the_median_is_corrected_to_a_mean() -> None:
    """Averaged over many meters, the lowest octave is neither high nor low."""
    levels = [decibels(heard(white(330, 16.0, seed), 16.0))[0] for seed in range(30)]

    assert abs(np.mean(levels) + 80) < 0.4


def test_one_segment_is_told_already() -> None:
    """The first words come after forty seconds; the narrow octaves are rough then."""
    meter = heard(white(42, 100.0), 100.0)

    assert pytest.approx(SEGMENT_S) == meter.span_s
    assert np.abs(decibels(meter)[4:] + 80).max() < 1.5


@pytest.mark.parametrize("station", ["000", "012", "014"])
def test_a_real_record_is_told_as_scipy_does(shared_data: Path, station: str) -> None:
    """Nodes too far from an earthquake to see it: from 4 Hz on within half a decibel."""
    record = shared_data / "openeew_mx" / "2017_12_16" / station
    meter, trace, rate_hz = listened(record)
    length = round(SEGMENT_S * rate_hz)
    frequencies, powers = welch(trace, rate_hz, nperseg=length, detrend="linear", axis=0)

    off_db = decibels(meter) - in_octaves(meter, frequencies, powers)

    assert meter.span_s > 280
    assert np.abs(off_db[5:]).max() < 0.5
    assert np.abs(off_db[2:].mean(axis=0)).max() < 0.5


def test_each_segment_of_a_real_record_is_scipys(shared_data: Path) -> None:
    """The forty seconds of an earthquake of magnitude 7.2, in every octave."""
    record = shared_data / "openeew_mx" / "2018_2_16" / "000"
    _, trace, rate_hz = listened(record)
    length = round(SEGMENT_S * rate_hz)
    loudest = int(np.abs(trace - trace.mean(axis=0)).max(axis=1).argmax()) - length // 3
    segment = trace[loudest : loudest + length]
    meter = heard(segment.astype(np.float32), rate_hz)
    frequencies, powers = welch(segment, rate_hz, nperseg=length, detrend="linear", axis=0)

    off_db = decibels(meter) - in_octaves(meter, frequencies, powers)

    assert np.abs(off_db).max() < 0.01


def test_an_earthquake_moves_nothing() -> None:
    """Two minutes of shaking in an hour, a thousand times as strong as the noise."""
    quiet = white(3600, 31.25)
    shaken = burst(quiet, 1200.0, 1.0, 30.0, 31.25)

    moved_db = decibels(heard(shaken, 31.25)) - decibels(heard(quiet, 31.25))

    assert np.abs(moved_db).max() < 0.5


def test_a_gap_or_a_clipped_sample_costs_its_segment_only() -> None:
    """What comes after it is heard as before."""
    rate_hz, meter = 100.0, NoiseMeter(100.0)
    for number, block in enumerate(blocks(white(1200, rate_hz), rate_hz, size=25)):
        gap, clipped = number % 1000 == 500, number % 1000 == 900
        samples = block.samples * (5.0 if clipped else 1.0)
        meter.push(
            replace(block, samples=samples, continues=block.continues and not gap, clipped=clipped)
        )

    assert 0 < meter.span_s < 1000
    assert np.abs(decibels(meter) + 80)[3:].max() < 0.5


def test_a_missing_component_is_told_by_nothing() -> None:
    """The others are heard."""
    trace = white(600, 31.25)
    trace[:, 1] = np.nan

    densities = heard(trace, 31.25).densities()

    assert densities is not None
    assert np.isnan(densities[:, 1]).all()
    assert np.isfinite(densities[:, [0, 2]]).all()


def test_a_component_that_was_away_for_a_while_is_heard() -> None:
    """Less than half of the segments lack it."""
    trace = white(1200, 31.25)
    trace[:10_000, 1] = np.nan

    densities = heard(trace, 31.25).densities()

    assert densities is not None
    assert np.isfinite(densities[:, 1]).all()


def test_only_the_last_hour_counts() -> None:
    """A machine that was switched off is forgotten."""
    trace = np.concatenate([white(3600, 31.25) * 10, white(3700, 31.25, seed=2)])

    assert np.abs(decibels(heard(trace, 31.25))[2:] + 80).max() < 0.5


def test_what_was_before_a_night_without_samples_is_forgotten() -> None:
    """An hour is an hour of the clock."""
    meter = heard(white(600, 31.25) * 10, 31.25)
    night_ns = 8 * 3600 * 10**9
    for block in blocks(white(300, 31.25, seed=2), 31.25, size=8):
        meter.push(replace(block, start_ns=block.start_ns + night_ns))

    assert meter.span_s < 300
    assert np.abs(decibels(meter)[3:] + 80).max() < 1.0


def test_before_the_first_segment_nothing_is_told() -> None:
    """No number rests on nothing."""
    assert heard(white(30, 100.0), 100.0).densities() is None
