"""A technician's sudo in a folder of the agent gives the agent no rights of root."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from typer.testing import CliRunner

from cloud.toml import to_toml
from edge.cli import app
from edge.enrol.identity import IdentityStore
from edge.errors import UpdateError
from edge.owner import as_caller, as_owner_of
from edge.update.disk import Disk
from edge.update.record import Record
from edge.update.store import UpdateStore
from tests.edge.update.conftest import Offered
from tests.edge.update.conftest import _made as _made  # noqa: PLC0414 - fixtures
from tests.edge.update.conftest import offered as offered  # noqa: PLC0414 - fixtures
from tests.updates import station_config

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to take others' rights")

_NOBODY = 65534


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a folder of root's that others may pass, with a folder of the agent's in it.

    Not below `tmp_path`, which only its owner may pass.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "victim").write_text("root's own")
        (folder / "victims").mkdir()
        (folder / "victims" / "passwd").write_text("root's own")
        state = folder / "state"
        state.mkdir(mode=0o700)
        os.chown(state, _NOBODY, _NOBODY)
        yield folder


def _edit(record: Record) -> Record:
    return record.model_copy(update={"problem": "something new"})


@pytest.mark.parametrize("name", ["record.json.part", "record.lock"])
def test_a_link_where_root_would_write(place: Path, name: str) -> None:
    """A file of root's is neither overwritten nor given away."""
    store = UpdateStore(place / "state")
    with as_owner_of(place / "state"):
        store.prepare()
    (store.folder / name).symlink_to(place / "victim")

    with as_owner_of(place / "state"), pytest.raises(UpdateError, match="cannot be written"):
        store.change(_edit)

    assert "root's own" == (place / "victim").read_text()
    assert 0 == (place / "victim").stat().st_uid


def test_a_folder_that_leads_elsewhere(place: Path) -> None:
    """Nothing of root's is tidied away."""
    store = UpdateStore(place / "state")
    with as_owner_of(place / "state"):
        store.prepare()
        store.places.rmdir()
        store.places.symlink_to(place / "victims")

        with pytest.raises(PermissionError):
            store.tidy()

    assert ["passwd"] == [one.name for one in (place / "victims").iterdir()]


def test_rights_come_back_and_children_have_none(place: Path) -> None:
    """What a network's process could do with them is nothing."""
    with as_owner_of(place / "state" / "update"):
        said = subprocess.run(
            ["/bin/grep", "^Uid", "/proc/self/status"], capture_output=True, text=True, check=True
        ).stdout
        with pytest.raises(PermissionError):
            (place / "victim").write_text("changed")
        with as_caller():
            assert "root's own" == (place / "victim").read_text()
        assert _NOBODY == os.geteuid()

    assert [str(_NOBODY)] * 4 == said.split()[1:]
    assert (0, 0, 0) == os.getresuid()
    assert (0, 0, 0) == os.getresgid()


def test_a_folder_of_roots_own(place: Path) -> None:
    """Nothing changes, nor for the agent itself."""
    with as_owner_of(place), as_caller():
        assert 0 == os.geteuid()
    with as_owner_of(place / "state"), as_owner_of(place):
        assert _NOBODY == os.geteuid()


def test_a_stick_that_only_root_may_read(
    place: Path, offered: Offered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mounted for whoever put it in: its files are read, and what comes of it is the agent's."""
    monkeypatch.setattr("edge.update.child.run_child", lambda *_: {})
    stick = offered.release.repository.folder
    stick.chmod(0o700)
    (place / "station.toml").write_text(to_toml(station_config(place, offered.release.root)))
    words = ("update", "--config", place / "station.toml", "--from", stick, "--json")

    done = CliRunner().invoke(app, [str(word) for word in words])

    assert 0 == done.exit_code, done.output
    assert "preflight" in done.stdout or "shadow" in done.stdout
    assert json.loads(done.stdout.splitlines()[-1])["act"] == "take"
    files = list((place / "state").rglob("*"))
    assert {_NOBODY} == {one.stat().st_uid for one in files}
    assert (0, 0, 0) == os.getresuid()


def test_an_identity_is_put_with_the_agents_rights(place: Path) -> None:
    """The same for keys."""
    store = IdentityStore(place / "state", Disk())
    with as_owner_of(place / "state"):
        store.keep_pending(b"key")

    assert (_NOBODY, 0o600) == (store.pending.stat().st_uid, store.pending.stat().st_mode & 0o777)
