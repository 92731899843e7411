"""Reading OpenEEW packets: units, order, damage, and which clock is believed."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from edge.errors import SourceError
from edge.messages.clock import ClockSource
from edge.sources.openeew import OpenEewConfig, OpenEewSource

EPOCH = 1_580_000_000.0
RATE_HZ = 31.25


def _line(number: int, *, device_s: float | None = None, cloud_s: float | None = None) -> str:
    time_s = EPOCH + (number + 1) * 32 / RATE_HZ
    packet = {
        "device_id": "007",
        "x": [float(number)] * 32,
        "y": [1.0] * 32,
        "z": [2.0] * 32,
        "device_t": time_s if device_s is None else device_s,
        "cloud_t": time_s + 0.2 if cloud_s is None else cloud_s,
        "sr": 31.25,
    }
    return json.dumps(packet)


def _write(path: Path, lines: list[str]) -> OpenEewSource:
    path.write_text("\n".join(lines) + "\n")
    return OpenEewConfig(paths=path).open()


def test_samples_are_m_s2_with_the_vertical_first(tmp_path: Path) -> None:
    """100 gal on x become 1 m/s2 on Z."""
    source = _write(tmp_path / "a.jsonl", [_line(100)])

    (packet,) = source.packets()

    np.testing.assert_allclose([[1.0, 0.01, 0.02]] * 32, packet.samples, rtol=1e-6)
    assert np.float32 == packet.samples.dtype


def test_packets_come_in_order_of_arrival(tmp_path: Path) -> None:
    """Lines out of order in a file are sorted by cloud_t."""
    source = _write(tmp_path / "a.jsonl", [_line(n) for n in (2, 0, 1, 3)])

    arrivals = [packet.arrival_ns for packet in source.packets()]

    assert sorted(arrivals) == arrivals
    assert 4 == len(arrivals)


def test_files_of_a_folder_are_read_in_order_plain_and_gzipped(tmp_path: Path) -> None:
    """A folder may hold both forms; their names give the order."""
    (tmp_path / "05.jsonl").write_text(_line(0) + "\n")
    with gzip.open(tmp_path / "10.jsonl.gz", "wt") as packed:
        packed.write(_line(1) + "\n")

    first = [
        round(float(p.samples[0, 0]), 4) for p in OpenEewConfig(paths=tmp_path).open().packets()
    ]

    assert [0.0, 0.01] == first


@pytest.mark.parametrize(
    "broken",
    [
        '{"device_id": "007", "x": [1',
        "[]",
        "null",
        '"text"',
        json.dumps({"device_id": "007", "cloud_t": EPOCH}),
        _line(9).replace("[1.0, ", "[", 1),
        _line(9).replace("[1.0, ", '["a", ', 1),
        _line(9).replace("[1.0, ", "[NaN, ", 1),
        _line(9).replace("[1.0, ", "[1e300, ", 1),
        _line(9).replace('"sr": ', '"sr": -'),
        _line(9, device_s=-5.0),
        _line(9, device_s=9e18),
        _line(9, device_s=math.nan),
        _line(9).replace('"007"', '"008"'),
        "[" * 100_000,
    ],
)
def test_a_broken_line_is_counted_and_dropped(tmp_path: Path, broken: str) -> None:
    """Whatever a line holds, the packets around it are read."""
    lines = [_line(0), broken, _line(1)]
    source = _write(tmp_path / "a.jsonl", lines)

    assert 2 == len(list(source.packets()))
    assert 1 == source.packets_dropped


def test_damage_is_reported_once_a_file_with_its_place(tmp_path: Path) -> None:
    """A thousand broken lines make one line of log."""
    source = _write(tmp_path / "a.jsonl", [_line(0), *["?"] * 1000])

    with capture_logs() as logs:
        list(source.packets())

    assert [f"{tmp_path / 'a.jsonl'}:2"] == [entry["place"] for entry in logs]
    assert 1000 == source.packets_dropped


def test_a_file_cut_short_gives_what_it_has(tmp_path: Path) -> None:
    """A gzip file without its end is read up to the cut."""
    whole = gzip.compress("\n".join(_line(n) for n in range(200)).encode())
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])

    source = OpenEewConfig(paths=tmp_path).open()

    assert 0 < len(list(source.packets())) < 200
    assert source.packets_dropped >= 1


def test_the_rate_comes_from_the_packets_not_from_sr(tmp_path: Path) -> None:
    """32 samples each 1.0645 s are 30.06 Hz, whatever sr says."""
    lines = [
        _line(n, device_s=EPOCH + n * 1.0645, cloud_s=EPOCH + n * 1.0645 + 0.1) for n in range(20)
    ]

    rate_hz = _write(tmp_path / "a.jsonl", lines).describe().nominal_rate_hz

    assert pytest.approx(32 / 1.0645, rel=1e-4) == rate_hz


def test_packets_of_several_traces_are_read(tmp_path: Path) -> None:
    """The newer form has several packets a line."""
    trace = {"sr": 125, "x": [1.0] * 32, "y": [0.0] * 32, "z": [0.0] * 32}
    line = {
        "device_id": "abc",
        "cloud_t": EPOCH + 1.2,
        "traces": [{"t": EPOCH + 0.256 * n, **trace} for n in range(4)],
    }
    source = _write(tmp_path / "a.jsonl", [json.dumps(line)])

    assert 4 == len(list(source.packets()))
    assert pytest.approx(125.0) == source.describe().nominal_rate_hz


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_no_data_is_an_error_that_says_where(tmp_path: Path, name: str) -> None:
    """A missing path and an empty folder are told at once."""
    (tmp_path / "empty").mkdir()

    with pytest.raises(SourceError, match=name):
        OpenEewConfig(paths=tmp_path / name).open()


def test_a_file_without_a_packet_is_an_error(tmp_path: Path) -> None:
    """A file of something else is told at once."""
    with pytest.raises(SourceError, match="no line is a packet"):
        _write(tmp_path / "a.jsonl", ["hello"])


def test_a_source_can_be_read_twice(tmp_path: Path) -> None:
    """Each call of packets() starts at the beginning, counters included."""
    source = _write(tmp_path / "a.jsonl", [_line(0), "?", _line(1)])

    first = [packet.last_sample_ns for packet in source.packets()]
    second = [packet.last_sample_ns for packet in source.packets()]

    assert first == second
    assert 1 == source.packets_dropped


SHIFTED = ["2017_12_25/018", "2018_1_29/015", "2018_1_8/018", "2018_2_16/012", "2018_2_16/015"]
LATE = {
    "2018_8_12/008": 261.4,
    "2018_8_22/008": 36.7,
    "2018_9_25/001": 10.7,
    "2020_1_29/024": 974.9,
}


@pytest.mark.parametrize("record", SHIFTED)
def test_a_clock_hours_off_is_shifted_to_the_arrivals(shared_data: Path, record: str) -> None:
    """Five station-records have a device clock 685-3258 s off: cloud_t is right."""
    packets = list(OpenEewConfig(paths=shared_data / "openeew_mx" / record).open().packets())

    delays = [(packet.arrival_ns - packet.last_sample_ns) / 1e9 for packet in packets]

    assert {ClockSource.FREE_RUN} == {packet.clock.source for packet in packets}
    assert packets[-1].clock.offset_s > 600
    assert min(delays) >= 0
    assert sorted(delays)[len(delays) // 2] < 0.4


@pytest.mark.parametrize("record", LATE)
def test_late_packets_keep_the_device_clock(shared_data: Path, record: str) -> None:
    """Packets delivered minutes late carry the right time; none is stamped by its arrival."""
    packets = list(OpenEewConfig(paths=shared_data / "openeew_mx" / record).open().packets())

    delays = [(packet.arrival_ns - packet.last_sample_ns) / 1e9 for packet in packets]

    assert {0.0} == {packet.clock.offset_s for packet in packets}
    assert pytest.approx(LATE[record], abs=0.3) == max(delays)


def test_every_other_station_keeps_its_own_clock(shared_data: Path) -> None:
    """Of all station-records only the five, and one 0.9 s fast, are shifted."""
    shifted = set()
    for folder in sorted((shared_data / "openeew_mx").glob("20*/*")):
        packets = list(OpenEewConfig(paths=folder).open().packets())
        if any(packet.clock.offset_s for packet in packets):
            shifted.add(f"{folder.parent.name}/{folder.name}")

    assert {*SHIFTED, "2018_8_22/019"} == shifted


def test_the_newer_node_at_125_hz_is_read(shared_data: Path) -> None:
    """Its rate is a little above 125 Hz; six minutes come out whole."""
    path = shared_data / "openeew_extra" / "grillo_alert_traces_125Hz_20200604.jsonl.gz"
    source = OpenEewConfig(paths=path).open()

    packets = list(source.packets())

    assert pytest.approx(126.3, abs=0.5) == source.describe().nominal_rate_hz
    assert ("HNZ", "HNN", "HNE") == source.describe().channels
    assert 360 * 4 * 32 == sum(len(packet.samples) for packet in packets)
    assert 0 == source.packets_dropped
