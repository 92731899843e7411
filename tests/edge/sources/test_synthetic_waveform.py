"""Synthetic strong motion: causal, repeatable, and as strong as recorded motion."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from edge.packet import Samples
from edge.sources.synthetic_waveform import (
    Arrivals,
    GroundMotionConfig,
    acceleration_spectrum,
    corner_frequency_hz,
    envelope,
    minimum_phase,
    synthesise,
)

RATE_HZ = 100.0
CALM = GroundMotionConfig(scatter_ln=0.0)


def _trace(
    seed: int = 1, *, magnitude: float = 5.0, distance_km: float = 40.0, p_s: float = 10.0
) -> Samples:
    arrivals = Arrivals(p_s, p_s + distance_km / 3.6 - distance_km / 6.2)
    rng = np.random.default_rng(seed)
    return synthesise(magnitude, distance_km, arrivals, RATE_HZ, 4000, rng, CALM)


def _peaks(magnitude: float, distance_km: float) -> float:
    traces = [_trace(n, magnitude=magnitude, distance_km=distance_km) for n in range(10)]
    return float(np.median([np.abs(trace).max() for trace in traces]))


def test_nothing_moves_before_the_onset() -> None:
    """The ground is still until P, to a hundred-thousandth of the later peak."""
    trace = _trace()

    assert np.abs(trace[: int(10 * RATE_HZ) - 1]).max() < 1e-5 * np.abs(trace).max()
    assert (
        np.abs(trace[int(10 * RATE_HZ) : int(10.5 * RATE_HZ)]).max() > 0.005 * np.abs(trace).max()
    )


def test_one_seed_gives_one_trace() -> None:
    """The same generator state gives the same samples, another gives others."""
    np.testing.assert_array_equal(_trace(5), _trace(5))
    assert not np.array_equal(_trace(5), _trace(6))


def test_p_is_on_the_vertical_and_s_on_the_horizontals() -> None:
    """Half a second after P the vertical leads; after S the horizontals do."""
    p_ratio, s_ratio = [], []
    for seed in range(40):
        trace = np.abs(_trace(seed))
        p_part = trace[1000:1200].max(axis=0)
        s_part = trace[1500:2200].max(axis=0)
        p_ratio.append(p_part[0] / p_part[1:].max())
        s_ratio.append(s_part[0] / s_part[1:].max())

    assert np.median(p_ratio) > 1.0
    assert np.median(s_ratio) < 0.6


def test_p_rises_to_its_peak_as_fast_as_recorded_p() -> None:
    """On MEMS records of M4.6-5.3 at 20-80 km 82 % of the peak is reached in half a second."""
    shares = []
    for seed in range(60):
        vertical = np.abs(_trace(seed)[:, 0])
        shares.append(vertical[1000:1050].max() / vertical[1000:1300].max())

    assert 0.65 < np.median(shares) < 0.95


def test_motion_grows_with_magnitude_and_fades_with_distance() -> None:
    """An M6 shakes more than an M4, and 20 km more than 100 km."""
    assert _peaks(4.0, 40.0) < 0.3 * _peaks(6.0, 40.0)
    assert _peaks(5.0, 100.0) < 0.3 * _peaks(5.0, 20.0)


def test_a_phase_that_began_before_the_trace_is_seen_in_its_middle() -> None:
    """Negative onsets give the later part of the motion."""
    rng = np.random.default_rng(3)

    trace = synthesise(5.0, 40.0, Arrivals(-8.0, -3.0), RATE_HZ, 1000, rng, CALM)

    assert np.abs(trace[:100]).max() > np.abs(trace[-100:]).max() > 0


def test_the_spectrum_is_flat_between_corner_and_kappa() -> None:
    """Acceleration rises as frequency squared below the corner (Brune 1970)."""
    config = GroundMotionConfig(kappa_s=0.0, q0=1e9)
    corner = corner_frequency_hz(6.0, config)
    low, high = corner / 20, corner * 20

    values = acceleration_spectrum(np.array([low, 2 * low, high, 2 * high]), 6.0, 30.0, "S", config)

    assert pytest.approx(4.0, rel=0.02) == values[1] / values[0]
    assert pytest.approx(1.0, rel=0.02) == values[3] / values[2]


def test_the_corner_of_a_magnitude_five() -> None:
    """10 MPa, 3.6 km/s and M5 (4e16 N m) give 1.1 Hz: 0.49 * 3600 * (1e7 / 4e16)^(1/3)."""
    assert pytest.approx(1.11, rel=0.01) == corner_frequency_hz(5.0)


def test_the_envelope_has_unit_energy_and_its_peak_where_asked() -> None:
    """Nothing before the onset; 5 % of the peak at five times its time (Boore 2003)."""
    times = np.arange(-100, 6000) / 100
    values = envelope(times, 2.0)

    assert 0.0 == np.abs(values[times <= 0]).max()
    assert 2.0 == times[np.argmax(values)]
    assert pytest.approx(0.05, rel=0.01) == values[times == 10.0][0] / values.max()
    assert pytest.approx(1.0, rel=1e-3) == np.sum(values**2) / 100


def test_minimum_phase_keeps_the_amplitude() -> None:
    """Only the phase changes; the pulse begins at once."""
    frequencies = np.fft.rfftfreq(4096, 0.01)
    amplitude = acceleration_spectrum(frequencies, 5.0, 30.0)

    spectrum = minimum_phase(amplitude)
    pulse = np.fft.irfft(spectrum)

    middle = slice(20, -20)
    np.testing.assert_allclose(amplitude[middle], np.abs(spectrum)[middle], rtol=1e-3)
    assert np.sum(pulse[: len(pulse) // 2] ** 2) > 0.999 * np.sum(pulse**2)


def test_peak_ground_acceleration_is_that_of_real_nodes(shared_data: Path) -> None:
    """Over all records well above the noise the median ratio is within a factor of 1.5."""
    with (shared_data / "openeew_mx" / "openeew_ppicks_auto.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if float(row["pgy_gal"] or 0) > 3.0]
    rng = np.random.default_rng(11)
    ratios = []
    for row in rows:
        distance_km = math.hypot(float(row["dist_km"]), 20.0)
        arrivals = Arrivals(1.0, 1.0 + distance_km / 3.6 - distance_km / 6.2)
        count = int((arrivals.s_s + 40) * 31.3)
        trace = synthesise(float(row["mag"]), distance_km, arrivals, 31.3, count, rng, CALM)
        recorded = max(float(row["pgy_gal"]), float(row["pgz_gal"])) / 100
        ratios.append(math.log(np.abs(trace[:, 1:]).max() / recorded))

    assert len(ratios) > 40
    assert 1 / 1.5 < math.exp(np.median(ratios)) < 1.5
    assert np.std(ratios) < 0.9
