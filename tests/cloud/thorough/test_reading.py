"""Records that stations sent become m/s2 in the order Z, N, E; what is doubtful is said."""

from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from cloud.station_messages import read_station_message
from cloud.thorough.pieces import Reading
from cloud.thorough.reading import RecordReader
from cloud.thorough.stretch import Stretch
from cloud.waveforms import WaveformArchive, WaveformMessage
from edge.messages import State
from edge.sensor import load_sensor_profile
from edge.timestamps import parse_time, seconds_to_ns
from tests.cloud.records import START, miniseed, trace
from tests.cloud.thorough.stations import record_of, state

START_NS = parse_time("2026-03-14T06:52:00Z")
LENGTH_S = 40.0
STRETCH = Stretch("XX.A", START_NS, START_NS + seconds_to_ns(LENGTH_S))


@pytest.fixture
def archive(tmp_path: Path) -> WaveformArchive:
    """Return an empty archive."""
    return WaveformArchive(tmp_path, 10_000_000)


def keep(archive: WaveformArchive, payload: bytes, station: str = "A") -> None:
    """Put what a station sent into the archive."""
    message = read_station_message(f"tremor/v1/XX/{station}/waveform/r", payload)
    assert isinstance(message, WaveformMessage)
    archive.keep(message)


def read(archive: WaveformArchive, state: State | None) -> Reading:
    """Return the reading of the stretch."""
    reading = RecordReader(archive.folder).read(STRETCH, state)
    assert reading is not None
    return reading


def told(**change: object) -> State:
    """Return what the station says of itself."""
    return state("A").model_copy(update=change)


def test_counts_become_m_s2_by_the_sensor(archive: WaveformArchive) -> None:
    """The profile's sensitivity; columns as the station names its channels, vertical first."""
    traces = {code: trace(code, seconds=LENGTH_S) for code in ("HNE", "HNZ", "HNN")}
    keep(archive, miniseed(*traces.values()))

    reading = read(archive, told())

    sensitivity = load_sensor_profile("adxl355").counts_per_m_s2
    expected = np.stack([traces[c].data / sensitivity for c in ("HNZ", "HNN", "HNE")], axis=1)
    assert reading.calibrated
    assert (100.0, START_NS) == (reading.seismogram.rate_hz, reading.seismogram.start_ns)
    np.testing.assert_allclose(reading.seismogram.acceleration_m_s2, expected, rtol=1e-6)


@pytest.mark.parametrize("state", [None, told(sensor=None), told(sensor="home-made")])
def test_without_a_known_sensitivity_it_is_good_for_picks_alone(
    archive: WaveformArchive, state: State | None
) -> None:
    """Counts, and it says so; components go by the last letter where the station says nothing."""
    traces = {code: trace(code, seconds=LENGTH_S) for code in ("HNE", "HNZ", "HNN")}
    keep(archive, miniseed(*traces.values()))

    reading = read(archive, state)

    assert not reading.calibrated
    for column, code in enumerate(("HNZ", "HNN", "HNE")):
        np.testing.assert_array_equal(
            traces[code].data, reading.seismogram.acceleration_m_s2[:, column]
        )


def test_floats_are_m_s2_already(archive: WaveformArchive) -> None:
    """A source without counts is kept as it is; its sensor matters not."""
    one = trace("HNZ", seconds=LENGTH_S)
    one.data = (one.data / 1000).astype(np.float32)
    keep(archive, miniseed(one, encoding="FLOAT32"))

    reading = read(archive, told(sensor=None))

    assert reading.calibrated
    np.testing.assert_array_equal(one.data, reading.seismogram.acceleration_m_s2[:, 0])


def test_a_lost_record_is_a_gap_that_is_told(archive: WaveformArchive) -> None:
    """Bridged, with its samples' numbers."""
    keep(archive, miniseed(trace(seconds=10.0)))
    keep(archive, miniseed(trace(seconds=25.0, start=START + 15)))

    reading = read(archive, told())

    assert ((1000, 1499),) == reading.seismogram.gaps
    assert np.isfinite(reading.seismogram.acceleration_m_s2[:, 0]).all()


def test_a_sample_at_the_end_of_the_range_is_clipped(archive: WaveformArchive) -> None:
    """Magnitudes must know."""
    profile = load_sensor_profile("adxl355")
    one = trace(seconds=LENGTH_S)
    one.data[700] = round(profile.range_m_s2 * profile.counts_per_m_s2)
    keep(archive, miniseed(one))

    assert read(archive, told()).seismogram.clipped


def test_a_damaged_record_is_left_out_and_told(archive: WaveformArchive) -> None:
    """The disk lost a few bytes: the others are read."""
    keep(archive, miniseed(trace(seconds=LENGTH_S)))
    (path,) = archive.folder.glob("*/*/*/*.D/*")
    content = bytearray(path.read_bytes())
    content[512 + 80 : 512 + 200] = bytes(120)
    path.write_bytes(content)

    with capture_logs() as logs:
        reading = read(archive, told())

    assert ["waveform_unreadable"] == [log["event"] for log in logs]
    assert 1 == len(reading.seismogram.gaps)


def test_what_an_agent_keeps_comes_back_with_its_clock(archive: WaveformArchive) -> None:
    """The records of the kit's own archive: the error of the clock, at the true rate."""
    origin_ns = START_NS
    keep(archive, record_of("A", origin_ns))
    stretch = Stretch("XX.A", origin_ns - seconds_to_ns(30), origin_ns + seconds_to_ns(60))

    reading = RecordReader(archive.folder).read(stretch, state("A"))

    assert reading is not None
    assert abs(reading.seismogram.rate_hz - 125.0) < 0.5
    assert 0.005 < reading.clock_error_s < 0.05
    assert reading.calibrated
    assert not reading.seismogram.clipped


def test_what_is_there_is_not_asked_for_again(archive: WaveformArchive) -> None:
    """From the first sample to the last, on each channel; one that ends early is not there."""
    reader = RecordReader(archive.folder)
    tolerance_ns = seconds_to_ns(2)
    assert not reader.has(STRETCH, tolerance_ns)

    keep(archive, miniseed(trace("HNZ", seconds=LENGTH_S), trace("HNN", seconds=30.0)))
    assert not reader.has(STRETCH, tolerance_ns)

    keep(archive, miniseed(trace("HNN", seconds=15.0, start=START + 25)))
    assert reader.has(STRETCH, tolerance_ns)


def test_another_station_s_records_are_not_taken(archive: WaveformArchive) -> None:
    """Codes are names, no patterns."""
    keep(archive, miniseed(trace(station="AB", seconds=LENGTH_S)), station="AB")

    reader = RecordReader(archive.folder)
    assert reader.read(STRETCH, told()) is None
    assert reader.read(Stretch("X..A", STRETCH.start_ns, STRETCH.end_ns), told()) is None
