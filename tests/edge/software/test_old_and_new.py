"""Newer and older software read each other's state; nothing that waits is lost forward and back."""

import json
import sqlite3
from pathlib import Path

import pytest

from edge import __version__
from edge.errors import UpdateRefusedError
from edge.outbox import Lane, Outbox
from edge.reconfigure.store import Store
from edge.software.rehearsal import rehearse
from edge.software.state import OUTBOX, check_copy, copy_state
from edge.update.record import Record
from edge.update.store import UpdateStore
from edge.update.targets import Kind
from tests.edge.software.builder import offer, small_release
from tests.edge.software.life import SoftwareLife
from tests.updates import Release


@pytest.fixture
def life(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftwareLife:
    """Return a station with a release, and three triggers that wait for the broker."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch)
    offer(release, small_release())
    life.whole()
    outbox = Outbox(life.config.state_dir / OUTBOX)
    for number in range(3):
        outbox.put("trigger", str(number).encode(), lane=Lane.TRIGGER)
    outbox.close()
    return life


@pytest.fixture
def copy(life: SoftwareLife, tmp_path: Path) -> tuple[Path, object]:
    """Return a copy of what it keeps, and what that held."""
    folder = tmp_path / "copy"
    outbox = Outbox(life.config.state_dir / OUTBOX)
    kept = copy_state(life.config.state_dir, outbox, folder)
    outbox.close()
    return folder, kept


def test_fields_of_tomorrow_are_kept(life: SoftwareLife) -> None:
    """The older software reads on, and writes back what it does not know."""
    said = json.loads(life.store.path.read_bytes())
    said["of_tomorrow"] = {"a": [1]}
    said["committed"]["of_tomorrow"] = "b"
    life.store.path.write_text(json.dumps(said))

    record = life.store.change(lambda kept: kept.model_copy(update={"problem": "p"}))

    after = json.loads(life.store.path.read_bytes())
    assert record.committed is not None
    assert ({"a": [1]}, "b", "p") == (
        after["of_tomorrow"],
        after["committed"]["of_tomorrow"],
        after["problem"],
    )


def test_changes_by_command_of_tomorrow_are_kept(tmp_path: Path) -> None:
    """The older software reads on, and writes back what it does not know."""
    entry = {"key": "archive.keep_days", "value": 3, "command": "c", "time": "2026-11-21T00:00:00Z"}
    said = {"format": 1, "entries": [entry | {"of_tomorrow": 1}], "of_tomorrow": [2]}
    store = Store(tmp_path)
    store.path.write_text(json.dumps(said))

    record = store.change(lambda kept: kept.model_copy(update={"trial": None, "outcomes": ()}))
    store.change(lambda kept: kept.model_copy(update={"entries": (*kept.entries, *kept.entries)}))

    after = json.loads(store.path.read_bytes())
    assert "archive.keep_days" == record.entries[0].key
    assert (1, [2]) == (after["entries"][1]["of_tomorrow"], after["of_tomorrow"])


def test_fields_of_yesterday_are_enough() -> None:
    """A record without what was added since is whole."""
    assert Record() == Record.model_validate_json(b'{"format": 1}')


def test_a_rehearsal_leaves_what_can_be_read(life: SoftwareLife, copy: tuple[Path, object]) -> None:
    """This very software, rehearsed on a copy: it knows the station, and loses nothing."""
    folder, kept = copy

    report = rehearse(life.file, folder)

    assert "refused" not in report, report
    assert __version__ == report["version"]
    assert report["network"] is not None
    check_copy(folder, kept)  # type: ignore[arg-type]


def test_a_station_file_that_it_does_not_know(
    life: SoftwareLife, copy: tuple[Path, object]
) -> None:
    """A section that went away: the release is refused before it is in charge."""
    life.file.write_text(life.file.read_text() + "\n[of_yesterday]\na = 1\n")

    assert "of_yesterday" in rehearse(life.file, copy[0])["refused"]


def test_it_touches_the_copy_alone(life: SoftwareLife, copy: tuple[Path, object]) -> None:
    """The station's own state is as it was, to the byte."""
    state = life.config.state_dir
    before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}

    rehearse(life.file, copy[0])

    assert before == {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}


def _other_columns(folder: Path) -> None:
    with sqlite3.connect(folder / OUTBOX) as database:
        database.execute("ALTER TABLE message RENAME COLUMN lane TO urgency")
    database.close()


def _fewer_messages(folder: Path) -> None:
    with sqlite3.connect(folder / OUTBOX) as database:
        database.execute("DELETE FROM message WHERE id = 1")
    database.close()


def _no_database(folder: Path) -> None:
    (folder / OUTBOX).write_bytes(b"another form")


def _another_record(folder: Path) -> None:
    UpdateStore(folder, kind=Kind.SOFTWARE).path.write_bytes(b'{"format": 2}')


def _a_floor_forgotten(folder: Path) -> None:
    UpdateStore(folder, kind=Kind.SOFTWARE).change(
        lambda record: record.model_copy(update={"floors": {}, "highest": {}})
    )


@pytest.mark.parametrize(
    "changed",
    [_other_columns, _fewer_messages, _no_database, _another_record, _a_floor_forgotten],
)
def test_what_the_software_before_could_not_read_is_refused(
    copy: tuple[Path, object], changed: object
) -> None:
    """There would be no way back from it."""
    folder, kept = copy
    changed(folder)  # type: ignore[operator]

    with pytest.raises(UpdateRefusedError, match="leaves"):
        check_copy(folder, kept)  # type: ignore[arg-type]


def test_what_was_added_is_let_pass(copy: tuple[Path, object]) -> None:
    """A new column, a new table, a new version of the form, a new field."""
    folder, kept = copy
    with sqlite3.connect(folder / OUTBOX) as database:
        database.execute("ALTER TABLE message ADD COLUMN of_tomorrow TEXT")
        database.execute("CREATE TABLE of_tomorrow (a)")
        database.execute("PRAGMA user_version = 7")
    database.close()
    path = UpdateStore(folder, kind=Kind.SOFTWARE).path
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"of_tomorrow": 1}))

    check_copy(folder, kept)  # type: ignore[arg-type]


def test_the_copy_holds_what_waits_while_the_agent_has_the_file(life: SoftwareLife) -> None:
    """The outbox is locked to all others: its own process copies it."""
    state = life.config.state_dir
    outbox = Outbox(state / OUTBOX)
    folder = state / "software/staging/rehearsal"
    kept = copy_state(state, outbox, folder)
    outbox.put("trigger", b"later", lane=Lane.TRIGGER)
    outbox.close()

    copy = Outbox(folder / OUTBOX)

    assert (3, [b"0", b"1", b"2"]) == (kept.waiting, [one.payload for one in copy.batch(10)])
    copy.close()
