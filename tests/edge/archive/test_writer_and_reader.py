"""What is written to the tree is read back bit for bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.archive.chunk import Gatherer
from edge.archive.config import ArchiveFormat
from edge.archive.reader import ArchiveReader
from edge.archive.writer import ChunkWriter
from edge.packet import Block
from edge.timestamps import parse_time
from tests.edge.archive.streams import SENSITIVITY, START_NS, STATION, assert_same, blocks, source

FOR_EVER = (0, 2**62)


def write(
    folder: Path,
    stream: list[Block],
    form: ArchiveFormat = ArchiveFormat.MINISEED_2,
    counts_per_m_s2: float | None = SENSITIVITY,
    rate_hz: float = 100.0,
) -> None:
    """Write a stream as the agent does, in chunks of 30 s."""
    writer = ChunkWriter(folder, form, STATION, source(counts_per_m_s2, rate_hz))
    gatherer = Gatherer(30.0)
    for chunk in [chunk for block in stream for chunk in gatherer.push(block)] + gatherer.flush():
        writer.write(chunk)


@pytest.mark.parametrize("form", ArchiveFormat)
@pytest.mark.parametrize("counts_per_m_s2", [SENSITIVITY, None])
def test_blocks_come_back_to_the_bit(
    tmp_path: Path, form: ArchiveFormat, counts_per_m_s2: float | None
) -> None:
    """Samples, times, rates, clocks and flags: all as the detectors got them."""
    stream = blocks(300, counts_per_m_s2=counts_per_m_s2)
    stream[100] = replace(stream[100], clipped=True)

    write(tmp_path, stream, form, counts_per_m_s2)

    assert_same(stream, list(ArchiveReader(tmp_path).read(*FOR_EVER)))


def test_a_missing_component_comes_back_as_missing(tmp_path: Path) -> None:
    """A component that is NaN throughout has no records and is NaN again."""
    stream = blocks(60)
    for index in range(20, 40):
        samples = stream[index].samples.copy()
        samples[:, 1] = np.nan
        continues = index != 20
        stream[index] = replace(stream[index], samples=samples, continues=continues)
    stream[40] = replace(stream[40], continues=False)

    write(tmp_path, stream)

    assert_same(stream, list(ArchiveReader(tmp_path).read(*FOR_EVER)))


def test_gaps_steps_back_and_midnight_come_back(tmp_path: Path) -> None:
    """Blocks after a gap, after a step back of the clock, and of the next day are all there."""
    midnight_ns = parse_time("2026-03-02T00:00:00Z")
    before = blocks(40, start_ns=midnight_ns - 5_000_000_000)
    later = blocks(8, start_ns=midnight_ns + 60_000_000_000, seed=2)
    stepped_back = blocks(8, start_ns=midnight_ns + 30_000_000_000, seed=3)

    write(tmp_path, before + later + stepped_back)

    assert_same(before + later + stepped_back, list(ArchiveReader(tmp_path).read(*FOR_EVER)))
    names = sorted(path.name for path in tmp_path.glob("2026/XX/KARA1/HNZ.D/*"))
    assert ["XX.KARA1.00.HNZ.D.2026.060", "XX.KARA1.00.HNZ.D.2026.061"] == names


def test_a_span_gives_the_blocks_that_overlap_it(tmp_path: Path) -> None:
    """Neither more nor less, and the first one says what it said live."""
    stream = blocks(400)
    write(tmp_path, stream)

    found = list(ArchiveReader(tmp_path).read(stream[150].start_ns, stream[260].start_ns + 1))

    assert_same(stream[150:261], found)


def test_the_span_of_an_archive(tmp_path: Path) -> None:
    """From the first sample to the end of the last; nothing of an empty folder."""
    stream = blocks(200)
    assert ArchiveReader(tmp_path).span() is None

    write(tmp_path, stream)

    assert (START_NS, stream[-1].end_ns) == ArchiveReader(tmp_path).span()


def test_damaged_records_are_left_out_and_the_seam_is_told(tmp_path: Path) -> None:
    """A chunk whose records are broken is skipped; the block after it starts filters anew."""
    stream = blocks(360)
    write(tmp_path, stream)
    reader = ArchiveReader(tmp_path)
    first, second, *_ = reader.entries(*FOR_EVER)
    path = tmp_path / second.pieces[1].path
    content = bytearray(path.read_bytes())
    middle = second.pieces[1].offset + 200
    content[middle : middle + 100] = bytes(100)
    path.write_bytes(content)

    found = list(reader.read(*FOR_EVER))

    assert 1 == reader.damaged
    until = len(first.headers)
    after = until + len(second.headers)
    seam = replace(stream[after], continues=False)
    assert_same([*stream[:until], seam, *stream[after + 1 :]], found)


def test_a_day_that_was_removed_by_hand_is_a_gap(tmp_path: Path) -> None:
    """A journal whose records are gone raises nothing."""
    write(tmp_path, blocks(120))
    for path in tmp_path.glob("*/XX/KARA1/*/*"):
        path.unlink()

    assert [] == list(ArchiveReader(tmp_path).read(*FOR_EVER))
