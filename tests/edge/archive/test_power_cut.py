"""Files cut off at any byte, as a power cut leaves them."""

from pathlib import Path

import pytest

from edge.archive.chunk import Chunk
from edge.archive.config import ArchiveFormat
from edge.archive.reader import ArchiveReader
from edge.archive.writer import ChunkWriter
from edge.sources.miniseed_records import scan
from tests.edge.archive.streams import STATION, assert_same, blocks, source

FOR_EVER = (0, 2**62)
STREAM = blocks(90, length=25)
CHUNKS = [Chunk(tuple(STREAM[first : first + 30])) for first in range(0, 90, 30)]


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("form", ArchiveFormat)
@pytest.mark.parametrize("victim", [0, 1, 2, 3])
@pytest.mark.parametrize("tail", ["cut", "zeros"])
def test_what_was_whole_is_read_and_writing_goes_on(
    tmp_path: Path, form: ArchiveFormat, victim: int, tail: str
) -> None:
    """One file of the second chunk is torn anywhere; the other chunks are read bit for bit.

    The file system may have grown the file without its content: zeros instead of a cut.
    """
    writer = ChunkWriter(tmp_path, form, STATION, source())
    writer.write(CHUNKS[0])
    before = _files(tmp_path)
    writer.write(CHUNKS[1])
    after = _files(tmp_path)
    path = list(after)[victim]
    begin, end = len(before[path]), len(after[path])
    for length in {begin, begin + 1, begin + 39, (begin + end) // 2, end - 1}:
        for other, content in after.items():
            other.write_bytes(content)
        lost = end - length if tail == "zeros" else 0
        torn = after[path][:length] + bytes(lost)
        if torn == after[path]:  # it ended in zeros anyway
            continue
        path.write_bytes(torn)

        ChunkWriter(tmp_path, form, STATION, source()).write(CHUNKS[2])

        read = list(ArchiveReader(tmp_path).read(*FOR_EVER))
        assert_same(STREAM[:30], read[:30])
        # The first block after the stretch that was lost starts filters anew.
        assert not read[30].continues
        assert_same(STREAM[61:], read[31:])
        complaints: list[object] = []
        for file in tmp_path.glob("*/XX/KARA1/*/*"):
            assert list(scan(file, complaints.append))
        assert [] == complaints
