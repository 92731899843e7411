"""What is said of a site: the sensor, or the site, and in a word how bad."""

from pathlib import Path

import numpy as np
import pytest

from edge.messages import Health, NoiseVerdict
from edge.noise.attach import noise_heard
from edge.noise.meter import NoiseMeter
from edge.noise.report import NoiseReporter, verdict
from edge.sensor import sensor_names
from edge.sources.base import SourceDescription
from edge.sources.synthetic import SyntheticConfig
from edge.station import open_station
from tests.edge.noise.test_meter import heard, white
from tests.edge.streams import blocks
from tests.edge.test_feed import station

CHANNELS = ("HNZ", "HNN", "HNE")


def description(sensor: str, rate_hz: float = 100.0) -> SourceDescription:
    """A source with a sensor."""
    return SourceDescription("test", "here", sensor, rate_hz, CHANNELS)


def reporter(meter: NoiseMeter, sensor: str, rate_hz: float = 100.0) -> NoiseReporter:
    """A reporter on what a meter heard."""
    return NoiseReporter(meter, description(sensor, rate_hz))


@pytest.mark.parametrize("sensor", sensor_names())
def test_a_sensor_alone_is_told_as_the_sensor(sensor: str) -> None:
    """The noise that each profile makes is within a decibel of what its report expects."""
    source = SyntheticConfig(
        latitude=0, longitude=0, start=0, duration_s=210.0, sensor=sensor, rate_hz=100.0
    ).open()
    samples = np.concatenate([packet.samples for packet in source.packets()])
    meter = heard(samples, 100.0)

    report = NoiseReporter(meter, source.describe()).report()

    assert report is not None
    assert {NoiseVerdict.SENSOR} == {one.verdict for one in report.components}, report
    above_db = [one.above_sensor_db for one in report.components]
    assert all(above is not None and abs(above) < 1.5 for above in above_db), above_db


def test_a_noisy_site_is_told_from_the_sensor() -> None:
    """The same sensor where traffic adds 15 dB."""
    quiet_m_s2 = 22.5e-6 * 9.80665
    factor = 10 ** (15 / 20) * quiet_m_s2 / 1e-4
    trace = white(600, 100.0) * np.float32(factor)

    report = reporter(heard(trace, 100.0), "adxl355").report()

    assert report is not None
    assert {NoiseVerdict.NOISY} == {one.verdict for one in report.components}
    above = report.components[0].above_sensor_db
    assert above is not None
    assert abs(above - 15) < 1


def test_a_sensor_without_a_profile_is_judged_by_the_models_alone() -> None:
    """Nothing is said of its own noise."""
    report = reporter(heard(white(300, 100.0), 100.0), "force-balance accelerometer").report()

    assert report is not None
    assert {None} == {one.above_sensor_db for one in report.components}
    assert {NoiseVerdict.NOISY} == {one.verdict for one in report.components}
    above_db = report.components[0].above_nlnm_db, report.components[0].above_nhnm_db
    assert above_db[0] > above_db[1] > 10


def test_a_missing_component_has_no_line() -> None:
    """The others keep their channels."""
    trace = white(300, 100.0)
    trace[:, 0] = np.nan

    report = reporter(heard(trace, 100.0), "adxl355").report()

    assert report is not None
    assert ["HNN", "HNE"] == [one.channel for one in report.components]


@pytest.mark.parametrize(
    ("level_db", "own_db", "word"),
    [
        (-72.0, -73.0, NoiseVerdict.SENSOR),
        (-66.0, -73.0, NoiseVerdict.QUIET),
        (-60.0, -73.0, NoiseVerdict.NOISY),
        (-40.0, -73.0, NoiseVerdict.VERY_NOISY),
        (-85.0, -73.0, NoiseVerdict.IMPLAUSIBLE),
        (-110.0, None, NoiseVerdict.QUIET),
        (-90.0, -140.0, NoiseVerdict.QUIET),
        (-80.0, -140.0, NoiseVerdict.NOISY),
    ],
)
def test_a_word_for_each_level(level_db: float, own_db: float | None, word: NoiseVerdict) -> None:
    """By what the site adds to the louder of sensor and New High Noise Model (-95 dB here)."""
    assert word is verdict(level_db, -95.0, own_db)


def test_health_tells_it(tmp_path: Path) -> None:
    """A station reports it as soon as it is known, through the wire and back."""
    made = noise_heard(station(tmp_path, duration_s=50.0))
    before = made.health(0, 0).spectrum
    for packet in made.source.packets():
        made.pipeline.push(packet)

    after = Health.from_wire(made.health(0, 0).to_wire()).spectrum

    assert before is None
    assert after is not None
    assert set(made.pipeline.channels) == {one.channel for one in after.components}
    assert len(after.bands_hz) == len(after.components[0].levels_db)


def test_each_new_segment_is_in_the_next_report() -> None:
    """What was told before is not told for ever."""
    meter = heard(white(42, 100.0), 100.0)
    told = reporter(meter, "adxl355")
    first = told.report()
    for block in blocks(white(42, 100.0, seed=2), 100.0):
        meter.push(block)

    second = told.report()

    assert first is not None
    assert second is not None
    assert second is told.report()
    assert second.span_s > first.span_s


def test_a_replay_does_not_listen(tmp_path: Path) -> None:
    """Only a running station pays for it."""
    made = open_station(station(tmp_path).config)

    assert made.noise is None
    assert [] == made.pipeline.taps
