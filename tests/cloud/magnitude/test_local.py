"""ML: the published seismograph and attenuation, and only what stands out of the noise."""

from dataclasses import replace

import numpy as np
import pytest
from obspy import Trace

from cloud.magnitude import MagnitudeType, Refusal, StationMagnitude, measure
from cloud.magnitude.local import WoodAnderson, local_magnitude
from cloud.magnitude.spectra import respond
from cloud.seismogram import Seismogram
from tests.cloud.magnitude.records import DEPTH_KM, ORIGIN_NS, epicentral, record_of, times_ns

_WOOD_ANDERSON = {
    "poles": [-5.49779 + 5.60886j, -5.49779 - 5.60886j],
    "zeros": [0j, 0j],
    "gain": 1.0,
    "sensitivity": 1.0,
}


def local_of(seismogram: Seismogram, hypocentral_km: float) -> StationMagnitude:
    """Return ML of a made record."""
    p_ns, s_ns = times_ns(hypocentral_km)
    found = measure(seismogram, ORIGIN_NS, p_ns, s_ns, epicentral(hypocentral_km), DEPTH_KM)
    return next(each for each in found if each.type is MagnitudeType.LOCAL)


def test_a_millimetre_at_a_hundred_kilometres_is_ml_3() -> None:
    """Richter's own calibration, with the gain of 2080 that the instruments really had."""
    assert 3.0 == pytest.approx(local_magnitude(1e-3 / 2080, 100.0), abs=0.01)


@pytest.mark.parametrize(
    ("distance_km", "log_a0"), [(17.0, 2.0), (50.0, 2.57), (200.0, 3.52), (500.0, 4.53)]
)
def test_the_attenuation_is_that_of_hutton_and_boore(distance_km: float, log_a0: float) -> None:
    """-log A0 = 1.11 log(R/100) + 0.00189 (R - 100) + 3, at 17 km the millimetre's ten."""
    expected = 1.11 * np.log10(distance_km / 100) + 0.00189 * (distance_km - 100) + 3

    assert log_a0 == pytest.approx(expected, abs=0.02)
    assert expected == pytest.approx(local_magnitude(1e-3 / 2080, distance_km), abs=0.01)


def test_the_seismograph_writes_what_obspy_simulates() -> None:
    """Displacement through the published poles and zeros, by ObsPy, from the same ground."""
    rate_hz, seconds = 100.0, np.arange(0, 60, 0.01)
    envelope = np.exp(-(((seconds - 30) / 3) ** 2))
    displacement = envelope * np.sin(2 * np.pi * 1.5 * seconds)
    acceleration = np.gradient(np.gradient(displacement, 0.01), 0.01)
    trace = Trace(displacement.copy(), {"sampling_rate": rate_hz})
    trace.simulate(paz_simulate=_WOOD_ANDERSON, zero_mean=False, taper=False)

    paper = respond(acceleration[:, np.newaxis], rate_hz, WoodAnderson(0.05))[:, 0]

    assert np.abs(trace.data).max() == pytest.approx(np.abs(paper).max(), rel=0.01)


def test_a_horizontal_sine_is_measured_at_its_amplitude() -> None:
    """One micrometre at 5 Hz, where the seismograph is flat, gives the formula's value."""
    seismogram = record_of(1.0, 60.0, noise_m_s2=1e-7)
    _, s_ns = times_ns(60.0)
    begin, end = seismogram.index(s_ns), seismogram.index(s_ns) + 1000
    angle = 2 * np.pi * 5.0 * np.arange(end - begin) / seismogram.rate_hz
    samples = seismogram.acceleration_m_s2.copy()
    sine = 1e-6 * (2 * np.pi * 5) ** 2 * np.sin(angle) * np.hanning(end - begin)
    samples[begin:end, 1:] += sine[:, np.newaxis]

    found = local_of(replace(seismogram, acceleration_m_s2=samples), 60.0)

    assert found.value == pytest.approx(local_magnitude(1e-6, 60.0), abs=0.1)


@pytest.mark.parametrize("magnitude", [4.5, 5.5])
def test_ml_of_made_earthquakes_is_near_their_mw(magnitude: float) -> None:
    """In this range the scales agree within half a unit on the average of stations."""
    values = [local_of(record_of(magnitude, 50.0, seed=seed), 50.0).value for seed in range(1, 9)]

    assert magnitude == pytest.approx(float(np.median([v for v in values if v])), abs=0.5)


def test_a_tenfold_amplitude_is_one_unit() -> None:
    """The scale is logarithmic in what the ground did."""
    quiet = record_of(4.0, 50.0, noise_m_s2=1e-6)
    loud = replace(quiet, acceleration_m_s2=10 * quiet.acceleration_m_s2)
    small, large = (local_of(each, 50.0).value for each in (quiet, loud))

    assert small is not None
    assert large == pytest.approx(small + 1, abs=1e-3)


def test_the_sensors_noise_decides_whether_a_station_counts() -> None:
    """The same earthquake counts on a quiet sensor and not on a noisy one."""
    quiet = local_of(record_of(3.5, 80.0, noise_m_s2=1e-5), 80.0)
    noisy = local_of(record_of(3.5, 80.0, noise_m_s2=5e-3), 80.0)

    assert quiet.value is not None
    assert Refusal.NOISE is noisy.refusal


def test_a_drifting_sensor_is_high_passed_until_its_noise_is_gone() -> None:
    """Slow drift of a warming sensor moves ML by less than a tenth."""
    still = record_of(5.0, 50.0)
    seconds = np.arange(len(still.acceleration_m_s2)) / still.rate_hz
    drift = 0.02 * np.sin(2 * np.pi * 0.05 * seconds)[:, np.newaxis]
    drifting = replace(
        still, acceleration_m_s2=(still.acceleration_m_s2 + drift).astype(np.float32)
    )

    assert local_of(still, 50.0).value == pytest.approx(local_of(drifting, 50.0).value, abs=0.1)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"clipped": True}, Refusal.CLIPPED),
        ({"gaps": ((5200, 5400),)}, Refusal.GAP),
    ],
)
def test_a_damaged_record_says_why_it_gives_no_ml(
    change: dict[str, object], refusal: Refusal
) -> None:
    """Clipped samples and holes in the earthquake are reasons of their own."""
    damaged = replace(record_of(5.0, 50.0), **change)  # type: ignore[arg-type]

    assert refusal is local_of(damaged, 50.0).refusal


def test_a_record_that_ends_too_soon_or_begins_too_late_says_so() -> None:
    """Without S there is no largest amplitude, without noise no knowing what is signal."""
    assert Refusal.SHORT is local_of(record_of(5.0, 50.0, after_s_s=2.0), 50.0).refusal
    assert Refusal.NO_NOISE is local_of(record_of(5.0, 50.0, lead_s=-5.0), 50.0).refusal


def test_stations_out_of_range_are_left_out() -> None:
    """The attenuation holds between five and five hundred kilometres."""
    assert Refusal.DISTANCE is local_of(record_of(7.0, 600.0), 600.0).refusal


def test_a_station_without_horizontals_is_left_out_and_one_with_one_counts() -> None:
    """A vertical geophone has no ML; one broken horizontal does not silence the other."""
    whole = record_of(5.0, 50.0)
    one, none = whole.acceleration_m_s2.copy(), whole.acceleration_m_s2.copy()
    one[:, 1], none[:, 1:] = np.nan, np.nan

    assert local_of(replace(whole, acceleration_m_s2=one), 50.0).value == pytest.approx(
        local_of(whole, 50.0).value, abs=0.3
    )
    found = local_of(replace(whole, acceleration_m_s2=none), 50.0)
    assert Refusal.NO_COMPONENT is found.refusal
