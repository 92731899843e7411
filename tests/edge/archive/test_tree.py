"""Other people's programs read the tree."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from obspy import UTCDateTime
from obspy.clients.filesystem.sds import Client
from pymseed import MS3Record

from edge.archive.chunk import Gatherer
from edge.archive.config import ArchiveFormat
from edge.archive.records import time_quality
from edge.archive.writer import ChunkWriter
from edge.config import StationSection
from edge.messages import Trigger, TriggerStatus
from edge.packet import Block
from tests.edge.archive.streams import SENSITIVITY, START_NS, STATION, blocks, source, trigger

SECOND = 1_000_000_000


def _write(
    folder: Path,
    stream: list[Block],
    form: ArchiveFormat = ArchiveFormat.MINISEED_2,
    triggers: tuple[Trigger, ...] = (),
    station: StationSection = STATION,
) -> None:
    writer = ChunkWriter(folder, form, station, source())
    gatherer = Gatherer(30.0)
    for one in triggers:
        gatherer.note(one)
    for chunk in [chunk for block in stream for chunk in gatherer.push(block)] + gatherer.flush():
        writer.write(chunk)


def _headers(folder: Path, channel: str) -> list[dict[str, dict[str, object]]]:
    """Return what the records of a channel say below FDSN."""
    (path,) = folder.glob(f"*/*/*/{channel}.D/*")
    with MS3Record.from_file(str(path)) as records:
        return [json.loads(record.extra)["FDSN"] for record in records]


def test_obspy_reads_one_trace_of_counts_a_channel(tmp_path: Path) -> None:
    """An hour at a rate that is 0.2 % off and wanders is one trace, its samples at their time."""
    stream = blocks(1200, rate_hz=100.2)
    _write(tmp_path, stream)

    found = Client(str(tmp_path)).get_waveforms(
        "XX", "KARA1", "00", "HN?", UTCDateTime(ns=START_NS), UTCDateTime(ns=stream[-1].end_ns)
    )

    assert ["HNE", "HNN", "HNZ"] == sorted(trace.stats.channel for trace in found)
    vertical = np.concatenate([block.samples[:, 0] for block in stream])
    trace = found.select(channel="HNZ")[0]
    assert np.rint(vertical * SENSITIVITY).tolist() == trace.data.tolist()
    last_s = (stream[-1].time_ns(24) - START_NS) / SECOND
    assert last_s == pytest.approx(trace.stats.endtime - UTCDateTime(ns=START_NS), abs=0.005)


@pytest.mark.parametrize("form", ArchiveFormat)
def test_an_onset_is_told_in_the_record_around_it(tmp_path: Path, form: ArchiveFormat) -> None:
    """With its detector, in the vertical channel only, once."""
    stream = blocks(100)
    onset_ns = stream[40].start_ns
    _write(tmp_path, stream, form, (trigger(onset_ns),))

    told = [one["Event"] for one in _headers(tmp_path, "HNZ") if "Event" in one]

    assert 1 == len(told)
    (detection,) = told[0]["Detection"]
    assert told[0]["Begin"]
    assert "tremor_stream 3" == detection["Detector"]
    assert 0.25 == detection["SignalAmplitude"]
    assert abs(UTCDateTime(ns=onset_ns) - UTCDateTime(detection["OnsetTime"])) <= 1e-4
    assert not any("Event" in one for one in _headers(tmp_path, "HNN"))


def test_a_trigger_that_was_taken_back_is_not_told(tmp_path: Path) -> None:
    """A bump that was retracted before its samples were written leaves no trace."""
    stream = blocks(40)
    _write(tmp_path, stream, triggers=(trigger(START_NS + SECOND, TriggerStatus.RETRACTED),))

    assert not any("Event" in one for one in _headers(tmp_path, "HNZ"))


@pytest.mark.parametrize("form", ArchiveFormat)
def test_clipping_is_told_where_it_was(tmp_path: Path, form: ArchiveFormat) -> None:
    """The records with clipped samples say so; no others."""
    stream = blocks(119)
    stream[100] = replace(stream[100], clipped=True)
    small = blocks(20, start_ns=stream[-1].end_ns + SECOND)
    _write(tmp_path, [*stream, replace(small[0], continues=False), *small[1:]], form)

    flags = [one.get("Flags", {}) for one in _headers(tmp_path, "HNE")]

    assert 1 == len([one for one in flags if one.get("DigitizerClipping")])
    assert len(flags) > 1


def test_the_quality_of_time_is_told(tmp_path: Path) -> None:
    """As the largest error in seconds, and in per cent for programs that know only that."""
    stream = blocks(8)
    _write(tmp_path, stream, ArchiveFormat.MINISEED_3)

    (header,) = _headers(tmp_path, "HNZ")

    worst_s = max(block.clock.error_s for block in stream)
    assert worst_s == pytest.approx(header["Time"]["MaxEstimatedError"], rel=0.01)
    assert time_quality(worst_s) == header["Time"]["Quality"]
    assert [100, 100, 67, 33, 0, 0] == [time_quality(e) for e in (0, 1e-3, 1e-2, 0.1, 1.0, 50.0)]


def test_codes_that_version_2_has_no_room_for_are_written_in_version_3(tmp_path: Path) -> None:
    """A long station code with an underscore costs neither the archive nor the code."""
    station = STATION.model_copy(update={"station": "ROOF_NORTH_2"})

    _write(tmp_path, blocks(8), station=station)

    (path,) = tmp_path.glob("*/XX/ROOF-NORTH-2/HNZ.D/*")
    with MS3Record.from_file(str(path)) as records:
        read = [(record.formatversion, record.sourceid) for record in records]
    assert [(3, "FDSN:XX_ROOF-NORTH-2_00_H_N_Z")] == read


def test_leaps_that_steim_has_no_bits_for_are_kept(tmp_path: Path) -> None:
    """A sensor gone mad is recorded all the same."""
    (block,) = blocks(1, counts_per_m_s2=None)
    extreme = np.array([2**30, -(2**30), 2**30 - 64, 5, 0], dtype=np.float64) / SENSITIVITY
    samples = np.repeat(extreme.astype(np.float32)[:, None], 3, axis=1)
    _write(tmp_path, [replace(block, samples=samples)])

    trace = Client(str(tmp_path)).get_waveforms(
        "XX", "KARA1", "00", "HNZ", UTCDateTime(ns=START_NS), UTCDateTime(ns=START_NS) + 1
    )[0]
    assert samples[:, 0] == pytest.approx(trace.data / SENSITIVITY)
