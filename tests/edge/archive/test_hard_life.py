"""Killed writers, damaged bytes, and a real recording."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obspy import UTCDateTime
from obspy.clients.filesystem.sds import Client

from edge.archive.archive import Archive
from edge.archive.chunk import Chunk
from edge.archive.config import ArchiveConfig, ArchiveFormat
from edge.archive.reader import ArchiveReader
from edge.archive.writer import ChunkWriter
from edge.config import StationSection
from edge.sources import OpenEewConfig
from edge.timebase import TimeBase
from tests.edge.archive.streams import STATION, assert_same, blocks, source

FOR_EVER = (0, 2**62)
KILLS = 40
WRITER = """
import sys
from pathlib import Path
from edge.archive.chunk import Chunk
from edge.archive.config import ArchiveFormat
from edge.archive.writer import ChunkWriter
from tests.edge.archive.streams import STATION, blocks, source

first = int(sys.argv[2])
stream = blocks(4000)
writer = ChunkWriter(Path(sys.argv[1]), ArchiveFormat.MINISEED_2, STATION, source())
print("ready", flush=True)
for begin in range(first, 4000, 10):
    writer.write(Chunk(tuple(stream[begin:begin + 10])))
"""


@pytest.mark.slow
def test_a_writer_that_is_killed_again_and_again_loses_what_was_in_flight(
    tmp_path: Path, project_root: Path
) -> None:
    """Kill -9 at random moments: what is read is always the stream itself, bit for bit."""
    chance = random.Random(7)
    stream = blocks(4000)
    begin_of = {block.start_ns: index for index, block in enumerate(stream)}
    kept: list[int] = []
    for _ in range(KILLS):
        first = (max(kept, default=-10) // 10 + 1) * 10
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(first)]
        with subprocess.Popen(command, cwd=project_root, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.1))
            process.kill()
        read = list(ArchiveReader(tmp_path).read(*FOR_EVER))
        indices = [begin_of[block.start_ns] for block in read]
        assert indices == sorted(indices)
        for index, block in zip(indices, read, strict=True):
            assert stream[index].samples.tobytes() == block.samples.tobytes()
        assert set(kept) <= set(indices)
        kept = indices
    assert len(kept) > 10


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_damage_makes_the_reader_fail_or_lie(tmp_path: Path, data: st.DataObject) -> None:
    """Any bytes of any file changed: the blocks that are read are those that were written."""
    stream = blocks(12, length=20)
    if not any(tmp_path.iterdir()):
        writer = ChunkWriter(tmp_path, ArchiveFormat.MINISEED_2, STATION, source())
        for first in range(0, 12, 4):
            writer.write(Chunk(tuple(stream[first : first + 4])))
    paths = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(paths))
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=40))
    path.write_bytes(content[:place] + damage + content[place + len(damage) :])
    try:
        read = list(ArchiveReader(tmp_path).read(*FOR_EVER))
    finally:
        path.write_bytes(content)

    written = {block.start_ns: block.samples.tobytes() for block in stream}
    assert all(written[block.start_ns] == block.samples.tobytes() for block in read)


def test_a_real_recording_comes_back_to_the_bit(tmp_path: Path, shared_data: Path) -> None:
    """Five minutes of an OpenEEW node at its true rate, in gal, as ObsPy and we read them."""
    folder = min((shared_data / "openeew_mx" / "2018_1_8").iterdir())
    recording = OpenEewConfig(paths=(folder,)).open()
    base = TimeBase(recording.describe().nominal_rate_hz)
    stream = [block for packet in recording.packets() for block in base.push(packet)]
    place = StationSection(network="OE", station="N1", latitude=17.0, longitude=-99.5)
    archive = Archive(tmp_path, ArchiveConfig(keep_free_bytes=0), place, recording.describe())
    for block in stream:
        archive.push(block)
    archive.close()

    assert_same(stream, list(ArchiveReader(tmp_path).read(*FOR_EVER)))
    begin, end = (UTCDateTime(ns=time_ns) for time_ns in (stream[0].start_ns, stream[-1].end_ns))
    found = Client(str(tmp_path)).get_waveforms("OE", "N1", "00", "*", begin - 5, end + 5)
    assert sum(len(block.samples) for block in stream) * 3 == sum(len(trace) for trace in found)
