"""An SDS tree becomes pieces that are cut in the same way every time."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("obspy", reason="ObsPy writes the archive")

from cloud.repick.archive import StationDay, find_days, spans_of
from edge.timestamps import seconds_to_ns
from tests.cloud.picking.records import START_NS, quake
from tests.cloud.repick.archives import write_sds

PIECE_NS = seconds_to_ns(600)
DAY = date(2020, 9, 13)
S000 = StationDay("XX", "S000", "00", "HN", DAY)


def test_days_are_found_by_channel_and_date(tmp_path: Path) -> None:
    """A day a station and instrument, in their order."""
    later = replace(quake(1), start_ns=START_NS + seconds_to_ns(86_400))
    write_sds(tmp_path, [quake(1), later, quake(0)])

    both = [StationDay("XX", "S001", "00", "HN", day) for day in (DAY, date(2020, 9, 14))]
    assert [S000, *both] == find_days(tmp_path)
    assert both[1:] == find_days(tmp_path, first=date(2020, 9, 14))
    assert [S000, both[0]] == find_days(tmp_path, last=DAY)
    assert [] == find_days(tmp_path, "EH?")


def test_samples_are_those_of_the_records(tmp_path: Path) -> None:
    """In counts, vertical, north, east, at their times."""
    write_sds(tmp_path, [quake(0)])

    (span,) = spans_of(tmp_path, S000)

    seismogram = span.seismogram
    assert (START_NS, 100.0, "XX.S000") == (
        seismogram.start_ns,
        seismogram.rate_hz,
        seismogram.station,
    )
    np.testing.assert_allclose(
        quake(0).acceleration_m_s2 * 1e5, seismogram.acceleration_m_s2, atol=1
    )


@pytest.mark.parametrize("components", ["312", "Z12"])
def test_components_by_number_are_known(tmp_path: Path, components: str) -> None:
    """1 and 2 lie in the horizontal plane, 3 is upright."""
    write_sds(tmp_path, [quake(0)], components)

    (span,) = spans_of(tmp_path, S000)

    assert 6000 == len(span.seismogram.acceleration_m_s2)
    assert np.isfinite(span.seismogram.acceleration_m_s2).all()


def test_missing_component_is_nan(tmp_path: Path) -> None:
    """As a picker takes it."""
    write_sds(tmp_path, [quake(0)], "ZN")

    (span,) = spans_of(tmp_path, S000)

    assert [False, False, True] == np.isnan(span.seismogram.acceleration_m_s2).all(axis=0).tolist()


def test_pieces_lie_on_whole_ten_minutes_and_overlap(tmp_path: Path) -> None:
    """What counts is cut without a seam; what is seen reaches half a minute farther."""
    write_sds(tmp_path, [quake(0, seconds=1500)])

    spans = list(spans_of(tmp_path, S000))

    assert all(span.start_ns % PIECE_NS == 0 for span in spans)
    assert all(a.end_ns == b.start_ns for a, b in pairwise(spans))
    seconds = [span.seismogram.end_ns - span.start_ns for span in spans[:-1]]
    assert [PIECE_NS + seconds_to_ns(30)] * (len(spans) - 1) == seconds


def test_margin_reaches_into_the_neighbouring_day(tmp_path: Path) -> None:
    """A record from before midnight is seen by the piece after it."""
    midnight_ns = START_NS // seconds_to_ns(86_400) * seconds_to_ns(86_400)
    record = quake(0, seconds=120)
    evening = replace(
        record,
        start_ns=midnight_ns - seconds_to_ns(60),
        acceleration_m_s2=record.acceleration_m_s2[:6000],
    )
    morning = replace(
        record, start_ns=midnight_ns, acceleration_m_s2=record.acceleration_m_s2[6000:]
    )
    write_sds(tmp_path, [evening, morning])

    (span,) = spans_of(tmp_path, S000)

    assert midnight_ns - seconds_to_ns(30) == span.seismogram.start_ns
    assert midnight_ns == span.start_ns


def test_long_hole_is_not_bridged(tmp_path: Path) -> None:
    """The record ends before it and another begins behind it."""
    later = replace(quake(0), start_ns=START_NS + seconds_to_ns(70))
    write_sds(tmp_path, [quake(0), later])

    assert [START_NS, later.start_ns] == [s.seismogram.start_ns for s in spans_of(tmp_path, S000)]


def test_damaged_record_is_left_out(tmp_path: Path) -> None:
    """What is left is picked all the same."""
    write_sds(tmp_path, [quake(0)])
    path = next(tmp_path.glob("*/*/*/HNZ.D/*"))
    content = bytearray(path.read_bytes())
    content[5 * 512 + 64 : 5 * 512 + 400] = b"\xff" * 336
    path.write_bytes(content)

    spans = list(spans_of(tmp_path, S000))

    assert spans
    assert all(np.isfinite(span.seismogram.acceleration_m_s2).all() for span in spans)
