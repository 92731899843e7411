"""The outbox after a power cut: whatever part of the unsynced writes reached the disk."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.outbox import Outbox

_SECTOR_BYTES = 512
_HEADER_BYTES = 32
"""Of a write-ahead log."""
_MESSAGE = b"x" * 700

Files = dict[str, bytes]


def _files(path: Path) -> Files:
    """Return what a disk would have if everything had reached it."""
    return {
        suffix: file.read_bytes()
        for suffix in ("", "-wal")
        if (file := path.with_name(path.name + suffix)).exists()
    }


def _history(path: Path, steps: int) -> Iterator[tuple[Files, set[int]]]:
    """Yield the files after each step, with the messages that must be there from then on."""
    outbox = Outbox(path)
    waiting: list[int] = []
    yield _files(path), set()
    for step in range(steps):
        if step % 3 == 2:
            outbox.delete([waiting.pop(0)])
        else:
            number = outbox.put("t", _MESSAGE + str(step).encode())
            assert number is not None
            waiting.append(number)
        yield _files(path), set(waiting)
        if step % 17 == 16:
            outbox._file._database.execute("PRAGMA wal_checkpoint(PASSIVE)")
            yield _files(path), set(waiting)
    outbox.close()


def _torn(chance: random.Random, before: bytes, after: bytes) -> bytes:
    """Return a file of which each changed sector reached the disk, or did not, or only in part."""
    keep = chance.random()
    length = chance.choice((len(before), len(after), chance.randint(0, len(after))))
    length = max(length, min(len(before), len(after)))
    content = bytearray(before[:length].ljust(length, b"\0"))
    for begin in range(0, length, _SECTOR_BYTES):
        end = min(begin + _SECTOR_BYTES, length)
        if after[begin:end] != before[begin:end] and chance.random() < keep:
            torn = end if chance.random() < 0.9 else chance.randint(begin, end)
            content[begin:torn] = after[begin:torn]
    return bytes(content[:length])


def _torn_log(chance: random.Random, before: bytes, after: bytes) -> bytes:
    """Return a torn write-ahead log; SQLite syncs a new header before it writes frames after it."""
    if before[:_HEADER_BYTES] == after[:_HEADER_BYTES]:
        return _torn(chance, before, after)
    if chance.random() < 0.3:
        written = chance.randint(0, _HEADER_BYTES)
        return after[:written] + before[written:]
    return _torn(chance, after[:_HEADER_BYTES] + before[_HEADER_BYTES:], after)


def _cut(chance: random.Random, before: Files, after: Files) -> Files:
    tear = {"": _torn, "-wal": _torn_log}
    return {name: tear[name](chance, before.get(name, b""), new) for name, new in after.items()}


def _after_a_cut(folder: Path, files: Files) -> tuple[set[int], bool]:
    """Start on these files; return which messages are there, and whether one was set aside."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "outbox.sqlite"
    for suffix, content in files.items():
        path.with_name(path.name + suffix).write_bytes(content)
    outbox = Outbox(path)
    there = {message.id for message in outbox.batch(10_000)}
    outbox.put("t", b"and it goes on")
    outbox.close()
    return there, any(folder.glob("*.damaged-*"))


@pytest.mark.parametrize("cuts", [1, pytest.param(60, marks=pytest.mark.slow)])
def test_a_power_cut_at_any_write_loses_no_message_that_put_returned_for(
    tmp_path: Path, cuts: int
) -> None:
    """What was put is there, what was deleted may come once more, and the file is not damaged.

    Between two steps, any part of what the second one wrote may have reached the disk, sector by
    sector and in any order: the sync that ends a step is the only order that a disk keeps.
    """
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    tmp_path.joinpath("alive").mkdir()
    before: tuple[Files, set[int]] | None = None
    for files, waiting in _history(tmp_path / "alive" / "outbox.sqlite", 60):
        if before is not None:
            old, was_waiting = before
            for _ in range(cuts):
                cut = _cut(chance, old, files)
                there, damaged = _after_a_cut(tmp_path / "cut", cut)
                assert was_waiting & waiting <= there <= was_waiting | waiting, f"seed {seed}"
                assert not damaged, f"seed {seed}"
        before = (files, waiting)


def test_the_file_is_written_as_the_model_of_a_power_cut_assumes(tmp_path: Path) -> None:
    """Write-ahead log, and a sync before each step is called done."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    database = outbox._file._database
    modes = [
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    ]
    outbox.close()

    assert ["wal", 2] == modes
