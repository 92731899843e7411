"""Mw: known moments found again, with an error that is honest about what noise hides."""

from dataclasses import replace

import numpy as np
import pytest

from cloud.magnitude import MagnitudeConfig, MagnitudeType, Refusal, StationMagnitude, measure
from cloud.magnitude.config import MomentConfig
from cloud.magnitude.moment import seismic_moment_nm
from cloud.magnitude.spectra import spectrum, taper
from cloud.seismogram import Seismogram
from tests.cloud.magnitude.records import (
    DEPTH_KM,
    ORIGIN_NS,
    PLAIN,
    epicentral,
    record_of,
    times_ns,
)


def moment_of(
    seismogram: Seismogram,
    hypocentral_km: float,
    config: MagnitudeConfig | None = None,
    *,
    s_known: bool = True,
) -> StationMagnitude:
    """Return Mw of a made record."""
    p_ns, s_ns = times_ns(hypocentral_km)
    found = measure(
        seismogram,
        ORIGIN_NS,
        p_ns,
        s_ns if s_known else None,
        epicentral(hypocentral_km),
        DEPTH_KM,
        config or MagnitudeConfig(),
    )
    return next(each for each in found if each.type is MagnitudeType.MOMENT)


def median_of(magnitude: float, hypocentral_km: float, **kwargs: float) -> float:
    """Return the median of eight stations' Mw."""
    values = [
        moment_of(
            record_of(magnitude, hypocentral_km, seed=seed, **kwargs),  # type: ignore[arg-type]
            hypocentral_km,
        ).value
        for seed in range(1, 9)
    ]
    return float(np.median([v for v in values if v is not None]))


def test_the_moment_is_that_of_hanks_and_kanamori() -> None:
    """Mw 6 is 1.26e18 N m."""
    assert 1.26e18 == pytest.approx(seismic_moment_nm(np.array([6.0]))[0], rel=0.01)


@pytest.mark.parametrize("magnitude", [4.0, 5.0, 6.0])
@pytest.mark.parametrize("hypocentral_km", [30.0, 90.0])
def test_made_earthquakes_are_measured_right(magnitude: float, hypocentral_km: float) -> None:
    """The median of eight stations is within 0.3 of what their spectra were made with."""
    found = median_of(magnitude, hypocentral_km, noise_m_s2=2e-5)

    assert magnitude == pytest.approx(found, abs=0.3)


def test_the_noise_of_mems_costs_little_where_the_signal_stands_out() -> None:
    """An M5 at 40 km has the same Mw on a cheap sensor as on a quiet one."""
    cheap, quiet = (median_of(5.0, 40.0, noise_m_s2=noise) for noise in (5e-4, 1e-5))

    assert quiet == pytest.approx(cheap, abs=0.25)


def test_what_shows_only_at_high_frequency_has_a_wider_error() -> None:
    """Where noise hides the level below the corner, the stress drop stays open, and Mw with it."""
    quiet, noisy = (
        moment_of(record_of(4.8, 60.0, noise_m_s2=noise), 60.0) for noise in (1e-6, 1.5e-3)
    )

    assert quiet.uncertainty is not None
    assert noisy.uncertainty is not None
    assert quiet.band_hz is not None
    assert noisy.band_hz is not None
    assert quiet.band_hz[0] < noisy.band_hz[0]
    assert quiet.uncertainty < noisy.uncertainty


@pytest.mark.slow
def test_stated_errors_hold() -> None:
    """Two thirds of 200 stations with scattered sites lie within their stated error."""
    rng = np.random.default_rng(3)
    inside = []
    for seed in range(200):
        magnitude, distance = rng.uniform(4.5, 6.5), rng.uniform(25, 120)
        found = moment_of(record_of(magnitude, distance, seed=seed), distance)
        if found.value is not None and found.uncertainty is not None:
            inside.append(abs(found.value - magnitude) <= found.uncertainty)

    assert len(inside) > 150
    assert 0.5 < np.mean(inside) < 0.9


def test_p_takes_over_where_the_record_ends_before_s() -> None:
    """A record cut short before S still gives Mw, from P on the vertical."""
    motion = PLAIN.model_copy(update={"p_amplitude": 1.0})
    cut = record_of(5.5, 80.0, after_s_s=-1.5, noise_m_s2=1e-5, motion=motion)

    found = moment_of(cut, 80.0)

    assert found.value == pytest.approx(5.5, abs=0.7)
    assert found.window_s is not None
    assert found.window_s < 15


def test_s_is_predicted_where_nobody_picked_it() -> None:
    """Without an S pick the value hardly changes."""
    record = record_of(5.0, 50.0)

    assert moment_of(record, 50.0).value == pytest.approx(
        moment_of(record, 50.0, s_known=False).value, abs=0.15
    )


def test_an_amplified_site_is_taken_off_when_it_is_known() -> None:
    """Twice the level below the corner is 0.2 in Mw; telling the fit about it gives that back."""
    record = record_of(3.5, 50.0, noise_m_s2=1e-7)
    doubled = replace(record, acceleration_m_s2=2 * record.acceleration_m_s2)
    known = MagnitudeConfig(moment=MomentConfig(site_amplification=2.0))
    plain, large, back = (
        moment_of(record, 50.0).value,
        moment_of(doubled, 50.0).value,
        moment_of(doubled, 50.0, known).value,
    )

    assert plain is not None
    assert large == pytest.approx(plain + 2 / 3 * np.log10(2), abs=0.12)
    assert back == pytest.approx(plain, abs=0.03)


@pytest.mark.parametrize(
    ("record", "hypocentral_km", "refusal"),
    [
        (replace(record_of(5.0, 50.0), clipped=True), 50.0, Refusal.CLIPPED),
        (replace(record_of(5.0, 50.0), gaps=((5300, 5400),)), 50.0, Refusal.GAP),
        (record_of(5.0, 50.0, lead_s=-6.0), 50.0, Refusal.NO_NOISE),
        (record_of(2.0, 90.0), 90.0, Refusal.NOISE),
        (record_of(5.0, 450.0), 450.0, Refusal.DISTANCE),
        (record_of(5.0, 30.0, after_s_s=-3.4), 30.0, Refusal.SHORT),
    ],
    ids=["clipped", "hole", "no noise before P", "below noise", "far", "ends in P"],
)
def test_a_record_that_cannot_be_measured_says_why(
    record: Seismogram, hypocentral_km: float, refusal: Refusal
) -> None:
    """Each reason has its name, and no value comes with it."""
    found = moment_of(record, hypocentral_km)

    assert (None, None, refusal) == (found.value, found.uncertainty, found.refusal)


def test_a_spectrum_in_bins_keeps_the_energy_of_a_white_signal() -> None:
    """Of white noise every bin shows the same level: root of n times sigma over the rate."""
    rng = np.random.default_rng(5)
    samples = rng.standard_normal((20_000, 1))

    found = spectrum(samples, 100.0)
    high = found.amplitude[found.frequencies_hz > 1]

    assert np.sqrt(20_000) / 100 == pytest.approx(high, rel=0.25)


def test_the_taper_is_one_in_the_middle_and_small_at_the_ends() -> None:
    """Both ends are treated alike, whatever the length."""
    for count in (10, 99, 1000):
        weights = taper(count)
        assert weights == pytest.approx(weights[::-1])
        assert 1 == weights[count // 2]
        assert weights[0] < 0.51
