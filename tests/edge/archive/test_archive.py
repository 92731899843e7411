"""The running archive: it never stops detection, and says what is wrong."""

import errno
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pymseed import MS3Record

from edge.archive.archive import Archive
from edge.archive.config import ArchiveConfig
from edge.archive.reader import ArchiveReader
from edge.messages import TriggerStatus
from tests.edge.archive.streams import STATION, assert_same, blocks, source, trigger

FOR_EVER = (0, 2**62)
PATIENCE_S = 60.0


def _archive(folder: Path) -> Archive:
    config = ArchiveConfig(flush_s=5.0, keep_free_bytes=0)
    return Archive(folder, config, STATION, source())


def test_all_is_written_when_it_is_closed(tmp_path: Path) -> None:
    """A station that stops in an orderly way loses nothing."""
    stream = blocks(100)
    archive = _archive(tmp_path)

    for block in stream:
        archive.push(block)
    archive.close()

    assert_same(stream, list(ArchiveReader(tmp_path).read(*FOR_EVER)))


def test_flush_makes_the_newest_samples_readable(tmp_path: Path) -> None:
    """A request gets what came a moment ago."""
    stream = blocks(10)
    archive = _archive(tmp_path)
    for block in stream:
        archive.push(block)

    assert archive.flush(PATIENCE_S)

    assert_same(stream, list(ArchiveReader(tmp_path).read(*FOR_EVER)))
    assert archive.health().ok
    assert archive.health().size_bytes > 0
    assert archive.health().oldest_day == "2023-11-14"
    archive.close()


def test_an_earthquake_is_on_disk_before_it_cuts_the_power(tmp_path: Path) -> None:
    """Each revision writes what has come; the trigger is told once."""
    stream = blocks(16)
    config = ArchiveConfig(flush_s=600.0, keep_free_bytes=0)
    archive = Archive(tmp_path, config, STATION, source())
    onset_ns = stream[4].start_ns
    for number, block in enumerate(stream):
        archive.push(block)
        if number == 7:
            archive.note(trigger(onset_ns, TriggerStatus.PRELIMINARY))
        if number == 11:
            archive.note(trigger(onset_ns, TriggerStatus.UPDATE))
        if number == 15:
            archive.note(trigger(onset_ns, TriggerStatus.FINAL))

    while len(read := list(ArchiveReader(tmp_path).read(*FOR_EVER))) < len(stream):
        time.sleep(0.01)

    assert_same(stream, read)
    archive.close()
    (path,) = tmp_path.glob("*/XX/KARA1/HNZ.D/*")
    with MS3Record.from_file(str(path)) as records:
        told = [record.extra for record in records if '"Detection"' in record.extra]
    assert 1 == len(told)


def test_a_disk_that_takes_nothing_is_said_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full after some bytes: what was begun is taken back, health tells, and writing resumes."""
    stream = blocks(60)
    archive = _archive(tmp_path)
    for block in stream[:20]:
        archive.push(block)
    archive.flush(PATIENCE_S)
    real_write, written = os.write, 0

    def full(descriptor: int, content: bytes) -> int:
        nonlocal written
        if written > 1000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = real_write(descriptor, content[:700])
        written += count
        return count

    with monkeypatch.context() as patch:
        patch.setattr("edge.archive.appending.os.write", full)
        for block in stream[20:40]:
            archive.push(block)
        archive.flush(PATIENCE_S)
        health = archive.health()
    assert not health.ok
    assert "No space left" in (health.problem or "")
    assert 5.0 == pytest.approx(health.lost_s, rel=1e-3)

    for block in stream[40:]:
        archive.push(block)
    archive.flush(PATIENCE_S)
    archive.close()

    assert archive.health().ok
    seam = replace(stream[40], continues=False)
    expected = [*stream[:20], seam, *stream[41:]]
    assert_same(expected, list(ArchiveReader(tmp_path).read(*FOR_EVER)))


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file in its place, say: no exception reaches the station."""
    (tmp_path / "taken").write_text("not a folder")
    archive = _archive(tmp_path / "taken" / "archive")

    for block in blocks(30):
        archive.push(block)
    archive.flush(PATIENCE_S)

    assert "Not a directory" in (archive.health().problem or "")
    archive.close()


def test_a_drill_leaves_no_trace(tmp_path: Path) -> None:
    """An exercise must not be read as an earthquake years later."""
    stream = blocks(8)
    archive = _archive(tmp_path)
    for block in stream:
        archive.push(block)
    drill = trigger(stream[2].start_ns).model_copy(update={"exercise": True})

    archive.note(drill)
    archive.close()

    (path,) = tmp_path.glob("*/XX/KARA1/HNZ.D/*")
    with MS3Record.from_file(str(path)) as records:
        assert not any('"Event"' in record.extra for record in records)


def test_two_agents_do_not_share_an_archive(tmp_path: Path) -> None:
    """The second one says so, and goes on when the first has ended."""
    stream = blocks(30)
    first, second = _archive(tmp_path), _archive(tmp_path)
    for block in stream[:10]:
        first.push(block)
    first.flush(PATIENCE_S)

    second.push(stream[10])
    second.flush(PATIENCE_S)
    problem = second.health().problem
    first.close()
    for block in stream[11:]:
        second.push(block)
    second.close()

    assert "another agent" in (problem or "")
    assert second.health().ok
    kept = list(ArchiveReader(tmp_path).read(*FOR_EVER))
    assert_same(stream[:10], kept[:10])
    assert_same(stream[12:], kept[11:])


def test_a_disk_that_hangs_costs_samples_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks are taken at once though nothing is written; those that pile up are lost, and said."""
    going_on = threading.Event()
    monkeypatch.setattr("edge.archive.appending.os.fdatasync", lambda _: going_on.wait(PATIENCE_S))
    archive = _archive(tmp_path)
    stream = blocks(600)

    for block in stream:
        archive.push(block)

    assert not archive.flush(0.05)
    assert "too slow" in (archive.health().problem or "")
    assert archive.health().lost_s > 0
    going_on.set()
    archive.close()
    kept = list(ArchiveReader(tmp_path).read(*FOR_EVER))
    assert_same(stream[:400], kept[:400])
