"""Records are kept once, found again, and never more than the disk may hold."""

import re
from pathlib import Path

import obspy
import pytest
from obspy.clients.filesystem.sds import Client
from structlog.testing import capture_logs

from cloud.station_messages import read_station_message
from cloud.waveforms import Channel, WaveformArchive, WaveformMessage, select_records
from edge.timestamps import seconds_to_ns
from tests.cloud.records import START, miniseed, trace

LIMIT = 1_000_000
DAY_S = 86_400


def message(*traces: obspy.Trace) -> WaveformMessage:
    """Return the message of a station."""
    station = traces[0].stats.station
    read = read_station_message(f"tremor/v1/XX/{station}/waveform/r", miniseed(*traces))
    assert isinstance(read, WaveformMessage)
    return read


def test_another_program_reads_the_tree(tmp_path: Path) -> None:
    """ObsPy's SDS client finds what was kept, sample for sample."""
    sent = trace(seconds=60)
    WaveformArchive(tmp_path, LIMIT).keep(message(sent))

    (found,) = Client(str(tmp_path)).get_waveforms("XX", "A", "00", "HNZ", START, START + 100)

    assert (sent.data == found.data).all()
    assert sent.stats.starttime == found.stats.starttime


def test_records_that_come_twice_are_kept_once(tmp_path: Path) -> None:
    """Also over a restart."""
    archive = WaveformArchive(tmp_path, LIMIT)
    archive.keep(message(trace()))
    archive.keep(message(trace(), trace("HNN")))
    again = WaveformArchive(tmp_path, LIMIT)
    again.keep(message(trace()))

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert 2 == len(files)
    assert len(miniseed(trace(), trace("HNN"))) == sum(path.stat().st_size for path in files)
    assert 0 == again.kept


def test_the_oldest_days_make_room(tmp_path: Path) -> None:
    """The tree stays within its bound, and the newest day is there."""
    archive = WaveformArchive(tmp_path, 40_000)
    for day in range(6):
        archive.keep(message(trace(start=START + day * DAY_S, seconds=60)))

    files = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.D.*")) <= 40_000
    assert "XX.A.00.HNZ.D.2026.078" == files[-1]
    assert "XX.A.00.HNZ.D.2026.073" not in files


def test_records_from_the_future_push_out_no_real_ones(tmp_path: Path) -> None:
    """A clock that is off by years fills no tree; it is said once."""
    archive = WaveformArchive(tmp_path, LIMIT, clock_ns=lambda: seconds_to_ns(START.timestamp))
    with capture_logs() as logs:
        for year in (1, 2):
            archive.keep(message(trace(start=START + year * 366 * DAY_S)))
    archive.keep(message(trace()))

    assert archive.refused > 1
    assert ["waveform_from_the_future"] == [entry["event"] for entry in logs]
    assert ["XX.A.00.HNZ.D.2026.073"] == [path.name for path in tmp_path.rglob("*.D.*")]


def test_a_disk_that_takes_nothing_is_said_and_stops_nothing(tmp_path: Path) -> None:
    """Each record counts as lost."""
    (tmp_path / "2026").write_text("a file where a folder should be")
    archive = WaveformArchive(tmp_path, LIMIT)
    sent = message(trace())
    with capture_logs() as logs:
        archive.keep(sent)

    assert (0, len(sent.records)) == (archive.kept, archive.lost)
    assert {"waveform_lost"} == {entry["event"] for entry in logs}


def wanted(start_s: float, end_s: float, channel: str = ".*") -> Channel:
    """Return a wish, seconds from the start of the records."""
    start_ns = seconds_to_ns(START.timestamp)
    anything = re.compile(".*")
    return Channel(
        network=anything,
        station=anything,
        location=anything,
        channel=re.compile(channel),
        start_ns=start_ns + seconds_to_ns(start_s),
        end_ns=start_ns + seconds_to_ns(end_s),
    )


def test_records_are_found_by_time_and_channel(tmp_path: Path) -> None:
    """Those that hold samples within the time, also from the day before."""
    archive = WaveformArchive(tmp_path, LIMIT)
    midnight_s = 86_400 - START.hour * 3_600 - START.minute * 60
    archive.keep(message(trace(start=START + midnight_s - 1, seconds=10), trace("HNN")))

    over_midnight = list(select_records(tmp_path, wanted(midnight_s + 0.5, midnight_s + 0.6)))
    others = list(select_records(tmp_path, wanted(0, 5, "HNN")))

    assert ["HNZ"] == [place.channel for place in over_midnight]
    assert {"HNN"} == {place.channel for place in others}
    assert [] == list(select_records(tmp_path, wanted(-100, -50)))


def test_what_is_damaged_on_disk_hides_nothing_else(tmp_path: Path) -> None:
    """A record cut off by a power cut, and the ones after it."""
    archive = WaveformArchive(tmp_path, LIMIT)
    archive.keep(message(trace()))
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:300])
    WaveformArchive(tmp_path, LIMIT).keep(message(trace(start=START + 100)))

    found = list(select_records(tmp_path, wanted(0, 200)))

    assert 2 * len(whole) // 512 == len(found)


def test_real_records_are_taken_as_they_are(shared_data: Path, tmp_path: Path) -> None:
    """The recordings of Raspberry Shakes at hand."""
    files = sorted((shared_data / "rshake").rglob("*.mseed"))[:3]
    if not files:
        pytest.skip("no miniSEED of a Raspberry Shake at hand")
    archive = WaveformArchive(tmp_path, 100_000_000)
    for path in files:
        first = obspy.read(path, headonly=True)[0].stats
        topic = f"tremor/v1/{first.network}/{first.station}/waveform/r"
        read = read_station_message(topic, path.read_bytes())
        assert isinstance(read, WaveformMessage)
        archive.keep(read)

    kept = sum(path.stat().st_size for path in tmp_path.rglob("*.D.*"))
    assert kept == sum(path.stat().st_size for path in files)
