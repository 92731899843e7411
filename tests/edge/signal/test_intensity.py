"""Felt intensity agrees with its definitions."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.packet import Block
from edge.signal.intensity import IntensityMeter, intensity_of, jma_sections, mercalli
from edge.sources.cwa import CwaConfig
from tests.edge.streams import START_NS, blocks, burst, noise

_SECOND = 1_000_000_000
_TOLD = 9000
"""Samples of a record that a station keeps for a trigger: a minute and a half."""


def _official_weight(frequency_hz: np.ndarray) -> np.ndarray:
    """The JMA's weight of an acceleration spectrum (notice 4 of 1996); 0 at 0 Hz."""
    f = np.maximum(frequency_hz, 1e-9)
    y = f / 10
    high = 1 + 0.694 * y**2 + 0.241 * y**4 + 0.0557 * y**6
    high += 0.009664 * y**8 + 0.00134 * y**10 + 0.000155 * y**12
    weight = np.sqrt(1 / f) * high**-0.5 * np.sqrt(1 - np.exp(-((f / 0.5) ** 3)))
    return np.where(frequency_hz > 0, weight, 0.0)


def _official_intensity(trace: np.ndarray, rate_hz: float) -> float | None:
    """The definition, on the spectrum of a whole record without its mean."""
    spectrum = np.fft.rfft(trace - trace.mean(axis=0), axis=0)
    weight = _official_weight(np.fft.rfftfreq(len(trace), 1 / rate_hz))
    return intensity_of(np.fft.irfft(spectrum * weight[:, None], n=len(trace), axis=0), rate_hz)


def _streamed(stream: Iterator[Block], onset_ns: int) -> float | None:
    meter = IntensityMeter()
    for block in stream:
        meter.push(block)
    return meter.jma_intensity(onset_ns)


def test_weight_is_that_of_the_agency() -> None:
    """From 0.1 to 10 Hz the sections are within 3 % of the official weight, in modulus."""
    frequency_hz = np.geomspace(0.1, 10, 60)
    powers = np.exp(-2j * np.pi * frequency_hz[:, None] / 100 * np.arange(3))

    gain = np.prod([powers @ s[:3] / (powers @ s[3:]) for s in jma_sections()], axis=0)

    np.testing.assert_allclose(np.abs(gain), _official_weight(frequency_hz), rtol=0.03)


@pytest.mark.parametrize("rate_hz", [31.25, 50.0, 100.0, 125.0, 200.0, 250.0])
def test_every_usual_rate_gives_the_official_intensity(rate_hz: float) -> None:
    """From 31 to 250 Hz the streamed intensity is within 0.1 of the spectrum's."""
    trace = burst(noise(60, rate_hz), 30.0, peak_m_s2=0.8, decay_s=6.0, rate_hz=rate_hz)

    streamed = _streamed(blocks(trace, rate_hz, 25), START_NS + 29 * _SECOND)

    assert streamed == pytest.approx(_official_intensity(trace, rate_hz), abs=0.1)


def test_intensity_waits_for_its_three_tenths_of_a_second() -> None:
    """Before 0.3 s have passed since the onset there is none."""
    meter = IntensityMeter()
    for block in blocks(noise(30, 100.0), 100.0, 25):
        meter.push(block)

    assert meter.jma_intensity(START_NS + 20 * _SECOND) is not None
    assert meter.jma_intensity(START_NS + round(29.9 * _SECOND)) is None


def test_intensity_needs_a_past() -> None:
    """Just after a start the weight has not settled, and nothing is told."""
    assert _streamed(blocks(noise(10, 100.0), 100.0, 25), START_NS + 2 * _SECOND) is None


def test_gap_is_not_bridged() -> None:
    """After a gap the past is gone, and with it the intensity."""
    before, after = blocks(noise(30, 100.0), 100.0), blocks(noise(3, 100.0), 100.0)

    assert _streamed(iter([*before, *after]), START_NS + _SECOND) is None


def test_missing_component_counts_nothing() -> None:
    """A vertical alone gives the intensity of its own motion."""
    trace = burst(noise(60, 100.0), 30.0, peak_m_s2=0.8, decay_s=6.0, rate_hz=100.0)
    alone = trace.copy()
    alone[:, 1:] = np.nan

    whole = _streamed(blocks(trace, 100.0), START_NS + 29 * _SECOND)
    lacking = _streamed(blocks(alone, 100.0), START_NS + 29 * _SECOND)

    assert whole is not None
    assert lacking == pytest.approx(whole - 2 * np.log10(np.sqrt(3)), abs=0.05)


@pytest.mark.slow
def test_taiwan_records_have_their_official_intensity(shared_data: Path) -> None:
    """Of the M5.8 Hualien all are within 0.1 of the definition but two of intensity 1, by 0.14.

    A causal filter moves the phases: there it makes other peaks coincide than the spectrum does.
    """
    paths = sorted((shared_data / "taiwan_20210418").glob("*.dat*"))
    differences = np.array([_difference(path) for path in paths])

    assert len(differences) == 103
    assert np.count_nonzero(np.abs(differences) > 0.1) <= 2
    assert np.abs(differences).max() <= 0.14
    assert np.median(np.abs(differences)) <= 0.02


def test_records_have_their_official_intensity(shared_data: Path) -> None:
    """The first records of the M5.8 Hualien are within 0.1 of the spectrum's definition."""
    paths = sorted((shared_data / "taiwan_20210418").glob("*.dat*"))[:3]

    np.testing.assert_allclose([_difference(path) for path in paths], 0.0, atol=0.1)


def _difference(path: Path) -> float:
    """Streamed less official intensity of a record; the motion is told from 8 s on."""
    packets = list(CwaConfig(paths=(path,)).open().packets())
    trace = np.concatenate([p.samples for p in packets])[:_TOLD]
    stream = blocks(trace, packets[0].nominal_rate_hz, 100)
    streamed = _streamed(stream, START_NS + 6 * _SECOND)
    official = _official_intensity(trace.astype(np.float64), packets[0].nominal_rate_hz)
    assert streamed is not None
    assert official is not None
    return streamed - official


@pytest.mark.parametrize(
    ("pga_gal", "pgv_cm_s", "expected"),
    [
        (1.0, None, 1.71),
        (10.0, None, 3.33),
        (100.0, None, 5.80),
        (1000.0, None, 9.50),
        (0.01, None, 1.0),
        (100.0, 10.0, 5.93),
        (3000.0, 300.0, 10.0),
    ],
)
def test_mercalli_follows_the_published_lines(
    pga_gal: float, pgv_cm_s: float | None, expected: float
) -> None:
    """Both lines on each side of their kinks, together by their spreads, within 1 to 10."""
    pgv_m_s = None if pgv_cm_s is None else pgv_cm_s / 100

    assert expected == pytest.approx(mercalli(pga_gal / 100, pgv_m_s), abs=0.01)
