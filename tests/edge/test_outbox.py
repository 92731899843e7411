"""The outbox loses nothing that it took, stays within its bounds, and survives its disk."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.errors import OutboxError
from edge.outbox import Lane, Outbox, OutboxConfig
from edge.outbox_file import OutboxFile

WRITER = """
import sys
from pathlib import Path
from edge.outbox import Outbox

outbox = Outbox(Path(sys.argv[1]))
number = int(sys.argv[2])
while True:
    outbox.put("t", str(number).encode() + b" " * 200)
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
    number += 1
"""


OpenOutbox = Callable[..., Outbox]


@pytest.fixture
def open_outbox() -> Iterator[OpenOutbox]:
    """Return a function that opens an outbox; all are closed at the end."""
    with contextlib.ExitStack() as stack:

        def open_it(*args: object, **kwargs: object) -> Outbox:
            outbox = Outbox(*args, **kwargs)
            stack.callback(outbox.close)
            return outbox

        yield open_it


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file shall be."""
    return tmp_path / "deep" / "outbox.sqlite"


def payloads(outbox: Outbox, limit: int = 1000) -> list[bytes]:
    """Return what waits, most urgent first."""
    return [message.payload for message in outbox.batch(limit)]


def test_what_was_put_is_there_after_a_restart(path: Path, open_outbox: OpenOutbox) -> None:
    """Every attribute of a message survives closing and opening."""
    outbox = open_outbox(path)
    expires_ns = time.time_ns() + 10**12
    number = outbox.put("a/b", b"x", lane=Lane.REPLY, qos=0, retain=True, expires_ns=expires_ns)
    outbox.close()

    (message,) = open_outbox(path).batch(10)

    assert (number, Lane.REPLY, "a/b", b"x", 0, True, expires_ns) == (
        message.id,
        message.lane,
        message.topic,
        message.payload,
        message.qos,
        message.retain,
        message.expires_ns,
    )


@pytest.mark.parametrize("seed", range(4))
def test_kill_at_a_random_moment_loses_no_message_that_put_returned_for(
    path: Path, project_root: Path, seed: int, open_outbox: OpenOutbox
) -> None:
    """After each of several kill -9, all the messages that the child reported are there."""
    generator = random.Random(seed)
    reported: list[int] = []
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(len(reported))],
            stdout=subprocess.PIPE,
            cwd=project_root,
        )
        assert child.stdout is not None
        reported += [int(child.stdout.readline()) for _ in range(generator.randrange(1, 60))]
        time.sleep(generator.random() * 0.01)
        os.kill(child.pid, signal.SIGKILL)
        reported += [int(line) for line in child.stdout.read().split(b"\n")[:-1]]
        child.stdout.close()
        child.wait()

    kept = [int(payload) for payload in payloads(open_outbox(path), 100_000)]

    assert set() == set(reported) - set(kept)


def test_triggers_go_before_everything_else(path: Path, open_outbox: OpenOutbox) -> None:
    """The lanes count first, then age."""
    outbox = open_outbox(path)
    for lane, payload in [
        (Lane.BULK, b"wave"),
        (Lane.TRIGGER, b"first"),
        (Lane.REPLY, b"reply"),
        (Lane.TRIGGER, b"second"),
    ]:
        outbox.put("t", payload, lane=lane)

    assert [b"first", b"second", b"reply", b"wave"] == payloads(outbox)


def test_a_full_queue_drops_the_oldest_of_the_least_urgent_lane(
    path: Path, open_outbox: OpenOutbox
) -> None:
    """Bulk goes first; triggers only when there is nothing else."""
    outbox = open_outbox(path, OutboxConfig(max_messages=3))
    for lane, payload in [
        (Lane.BULK, b"old"),
        (Lane.BULK, b"new"),
        (Lane.TRIGGER, b"1"),
        (Lane.TRIGGER, b"2"),
    ]:
        outbox.put("t", payload, lane=lane)
    after_one = payloads(outbox)
    for payload in (b"3", b"4"):
        outbox.put("t", payload)

    assert [b"1", b"2", b"new"] == after_one
    assert [b"2", b"3", b"4"] == payloads(outbox)
    assert 3 == outbox.dropped == outbox.depth


def test_a_queue_full_of_triggers_takes_no_bulk(path: Path, open_outbox: OpenOutbox) -> None:
    """`put` says that the message was not kept, and it is counted and logged."""
    outbox = open_outbox(path, OutboxConfig(max_messages=1))
    outbox.put("t", b"trigger")

    with capture_logs() as logs:
        number = outbox.put("t", b"wave", lane=Lane.BULK)

    assert number is None
    assert [b"trigger"] == payloads(outbox)
    assert ["outbox_full"] == [entry["event"] for entry in logs]


def test_bytes_are_bounded_also_after_a_restart(path: Path, open_outbox: OpenOutbox) -> None:
    """What an earlier run left counts."""
    config = OutboxConfig(max_bytes=1_000)
    outbox = open_outbox(path, config)
    for _ in range(3):
        outbox.put("t", b"x" * 300)
    outbox.close()
    outbox = open_outbox(path, config)

    outbox.put("t", b"y" * 300)

    assert 3 == outbox.depth
    assert b"y" * 300 == payloads(outbox)[-1]


def test_messages_that_come_together_are_kept_together(path: Path, open_outbox: OpenOutbox) -> None:
    """In one write, in their lanes and within the bounds."""
    box = open_outbox(path, OutboxConfig(max_messages=3))
    box.put("first", b"0")
    box.put_all([(Lane.BULK, "bulk", b"1"), (Lane.TRIGGER, "a", b"2"), (Lane.TRIGGER, "b", b"3")])

    assert ["first", "a", "b"] == [one.topic for one in box.batch(10)]
    assert (3, 1) == (box.depth, box.dropped)


def test_a_message_larger_than_the_queue_is_refused(path: Path, open_outbox: OpenOutbox) -> None:
    """It would only push everything else out."""
    outbox = open_outbox(path, OutboxConfig(max_bytes=1_000))

    with pytest.raises(OutboxError, match="max_bytes=1000"):
        outbox.put("t", b"x" * 1_000)

    assert 0 == outbox.depth


def test_a_batch_is_bounded_in_messages_and_bytes_and_passes_over_some(
    path: Path, open_outbox: OpenOutbox
) -> None:
    """The first message is given however large it is."""
    outbox = open_outbox(path)
    numbers = [outbox.put("t", b"x" * 100) for _ in range(5)]

    assert numbers[:2] == [m.id for m in outbox.batch(2)]
    assert numbers[:1] == [m.id for m in outbox.batch(5, max_bytes=10)]
    assert numbers[:3] == [m.id for m in outbox.batch(5, max_bytes=300)]
    assert numbers[2:] == [m.id for m in outbox.batch(5, without=frozenset(numbers[:2]))]


def test_numbers_are_never_used_again(path: Path, open_outbox: OpenOutbox) -> None:
    """An acknowledgement that comes late cannot delete a newer message."""
    outbox = open_outbox(path)
    first = outbox.put("t", b"a")
    assert first is not None
    outbox.delete([first, 999])
    outbox.close()
    outbox = open_outbox(path)

    second = outbox.put("t", b"b")
    outbox.delete([first])

    assert [second] == [m.id for m in outbox.batch(5)]


def test_a_message_past_its_time_is_forgotten(path: Path, open_outbox: OpenOutbox) -> None:
    """It is counted, not sent."""
    now_ns = 1_000
    outbox = open_outbox(path, clock_ns=lambda: now_ns)
    outbox.put("t", b"stale", expires_ns=2_000)
    outbox.put("t", b"lasting")
    before = payloads(outbox)
    now_ns = 2_000

    assert [b"stale", b"lasting"] == before
    assert [b"lasting"] == payloads(outbox)
    assert (1, 1) == (outbox.expired, outbox.depth)


def test_threads_may_put_and_delete_at_once(path: Path, open_outbox: OpenOutbox) -> None:
    """Nothing is lost or counted twice."""
    outbox = open_outbox(path)

    def put_many() -> None:
        for _ in range(25):
            outbox.put("t", b"x")

    threads = [threading.Thread(target=put_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    deleted = 0
    while any(thread.is_alive() for thread in threads):
        batch = outbox.batch(3)
        outbox.delete(m.id for m in batch)
        deleted += len(batch)
    for thread in threads:
        thread.join()

    assert 100 == deleted + outbox.depth == deleted + len(payloads(outbox))


def test_a_file_that_is_no_database_is_set_aside(path: Path, open_outbox: OpenOutbox) -> None:
    """A new one is begun, the old one kept for whoever wants to look, and it is said."""
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)

    with capture_logs() as logs:
        outbox = open_outbox(path)
        outbox.put("t", b"x")

    (aside,) = path.parent.glob("*.damaged-*")
    assert b"not a database at all" * 100 == aside.read_bytes()
    assert outbox.durable
    outbox.close()
    assert [b"x"] == payloads(open_outbox(path))
    assert ["outbox_damaged"] == [entry["event"] for entry in logs]


def test_what_can_be_read_of_a_damaged_file_is_rescued(path: Path, open_outbox: OpenOutbox) -> None:
    """A broken index leaves the messages themselves readable."""
    outbox = open_outbox(path)
    for number in range(50):
        outbox.put("t", str(number).encode())
    outbox.close()
    with sqlite3.connect(path) as database:
        (page,) = database.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'message_order'"
        ).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    database.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)

    rescued = payloads(open_outbox(path))

    assert [str(number).encode() for number in range(50)] == rescued


def test_damage_while_running_is_mended_in_the_same_call(
    path: Path, open_outbox: OpenOutbox
) -> None:
    """The message that met the damage is kept in the new file."""
    outbox = open_outbox(path)
    outbox.put("t", b"before")
    outbox._file._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.write(b"\x00" * path.stat().st_size)
    outbox._file._database.execute("PRAGMA shrink_memory")

    outbox.put("t", b"after")

    assert b"after" in payloads(outbox)
    assert outbox.durable
    assert outbox.depth == len(payloads(outbox))


def test_a_disk_that_takes_no_writes_leaves_a_queue_in_memory(
    path: Path, open_outbox: OpenOutbox
) -> None:
    """The station goes on with all that waits, and says that it is no longer durable."""
    outbox = open_outbox(path)
    outbox.put("t", b"before")
    outbox._file._database.execute("PRAGMA query_only=1")

    with capture_logs() as logs:
        number = outbox.put("t", b"after")

    assert number is not None
    assert [b"before", b"after"] == payloads(outbox)
    assert (2, False) == (outbox.depth, outbox.durable)
    assert ["outbox_not_durable"] == [entry["event"] for entry in logs]


def test_a_disk_that_takes_writes_again_gets_what_waits(path: Path) -> None:
    """After half a minute it is tried again; what was deleted meanwhile does not come back."""
    now_s = [0.0]
    file = OutboxFile(path, lambda: now_s[0])
    insert = "INSERT INTO message VALUES (?, 0, 't', ?, 1, 0, NULL, 1)"
    for number in (1, 2):
        file.run(lambda database, n=number: database.execute(insert, (n, b"before")))
    file._database.execute("PRAGMA query_only=1")
    file.run(lambda database: database.execute(insert, (3, b"after")))
    file.run(lambda database: database.execute("DELETE FROM message WHERE id = 1"))
    seen = []
    for now_s[0] in (29.0, 31.0):
        file.run(lambda database: database.execute("SELECT 1"))
        seen.append(file.durable)
    file.close()

    kept = OutboxFile(path)
    rows = kept.run(lambda database: database.execute("SELECT id FROM message").fetchall())
    kept.close()
    assert [False, True] == seen
    assert [(2,), (3,)] == rows


def test_a_disk_that_still_takes_no_writes_is_left_for_another_while(path: Path) -> None:
    """What waits stays in memory."""
    path.parent.mkdir()
    now_s = [0.0]
    path.mkdir()  # a folder in place of the file: it cannot be opened
    file = OutboxFile(path, lambda: now_s[0])
    file.run(lambda database: database.execute("SELECT 1"))
    now_s[0] = 31.0

    (count,) = file.run(
        lambda database: database.execute("SELECT COUNT(*) FROM message")
    ).fetchone()

    assert (0, False, 0) == (count, file.durable, file.generation)
    file.close()


def test_a_folder_that_cannot_be_made_leaves_a_queue_in_memory(
    tmp_path: Path, open_outbox: OpenOutbox
) -> None:
    """Even a station without a disk sends its triggers."""
    (tmp_path / "file").write_text("")

    with capture_logs() as logs:
        outbox = open_outbox(tmp_path / "file" / "outbox.sqlite")

    outbox.put("t", b"x")
    assert [b"x"] == payloads(outbox)
    assert ["outbox_not_durable"] == [entry["event"] for entry in logs]


def test_a_mistake_in_a_statement_is_no_damage(path: Path) -> None:
    """Only what the disk did is mended; our own errors are raised."""
    file = OutboxFile(path)

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        file.run(lambda database: database.execute("SELECT * FROM nowhere"))

    assert (0, True) == (file.generation, file.durable)
    file.close()


def test_a_second_process_is_turned_away(path: Path, open_outbox: OpenOutbox) -> None:
    """Two agents on one file would send everything twice."""
    outbox = open_outbox(path)
    outbox.put("t", b"x")

    with pytest.raises(OutboxError, match="another process has it open"):
        open_outbox(path)

    assert [b"x"] == payloads(outbox)
