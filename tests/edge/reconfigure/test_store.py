"""The file of changes in a hard life."""

import errno
import os
from pathlib import Path

import pytest

from edge.errors import ChangesError
from edge.reconfigure.record import Entry, Record
from edge.reconfigure.store import Store

ENTRY = Entry(key="a", value=1, file_unset=True, command="c1", time=0)
FILLED = Record(entries=(ENTRY,))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store in a folder that is not there yet."""
    return Store(tmp_path / "state")


def test_what_is_kept_is_read_back(store: Store) -> None:
    """By another process, too; nobody else may read it."""
    store.change(lambda _: FILLED)

    assert FILLED == Store(store.path.parent).read()
    assert 0o600 == store.path.stat().st_mode & 0o777


def test_nothing_is_an_empty_record_and_leaves_no_trace(store: Store) -> None:
    """Reading makes no file."""
    assert Record() == store.read()
    assert not store.path.parent.exists()


@pytest.mark.parametrize("call", ["fsync", "open", "write"])
def test_a_disk_that_fails_leaves_what_was_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Full or read-only: the error says what to do, the old record is whole."""
    store.change(lambda _: FILLED)

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if call == "write":
            patch.setattr(os, "fdopen", fail)
        else:
            patch.setattr(os, call, fail)
        with pytest.raises(ChangesError, match="is the disk full or read-only"):
            store.change(lambda _: Record())

    assert FILLED == store.read()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[]", b'{"format": 2}', b'{"entries": 1}']
)
def test_a_damaged_file_is_said_so_and_set_aside(store: Store, content: bytes) -> None:
    """Reading changes nothing; the next change begins anew and keeps the old one for a look."""
    store.path.parent.mkdir()
    store.path.write_bytes(content)

    with pytest.raises(ChangesError, match="is damaged"):
        store.read()
    assert content == store.path.read_bytes()
    store.change(lambda record: record.model_copy(update={"entries": (ENTRY,)}))

    assert FILLED == store.read()
    assert content == store.path.with_suffix(".damaged").read_bytes()


@pytest.mark.parametrize("after", range(6))
def test_a_power_cut_while_writing_leaves_one_of_two(
    store: Store, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Wherever the process dies, the file is the old or the new one, whole."""
    store.change(lambda _: FILLED)
    calls = 0

    class Death(BaseException):
        pass

    def dying(name: str, owner: object) -> None:
        real = getattr(owner, name)

        def call(*args: object, **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if calls > after:
                raise Death
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    for name in ("open", "fsync", "fdopen"):
        dying(name, os)
    dying("replace", Path)
    with pytest.raises(Death):
        store.change(lambda _: Record())
    monkeypatch.undo()

    assert store.read() in (FILLED, Record())
    assert Record() == store.change(lambda _: Record())


def test_an_edit_that_refuses_changes_nothing(store: Store) -> None:
    """Its error comes through."""
    store.change(lambda _: FILLED)

    def refuse(record: Record) -> Record:
        raise ChangesError(None, f"{len(record.entries)} are enough")

    with pytest.raises(ChangesError, match="1 are enough"):
        store.change(refuse)

    assert FILLED == store.read()


def test_a_user_who_may_not_read_it_is_told_who_may(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A technician without rights sees the file alone, and why."""

    def forbid(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", forbid)

    with pytest.raises(ChangesError, match="try sudo"):
        store.read()
