"""What `release doctor` says: in time, and of everything that would keep stations from updates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.cli import app
from cloud.release.adding import Said, add, read_what
from cloud.release.audit import NAME, broken_at, entries, note
from cloud.release.doctor import examine
from cloud.release.drafts import draft_again, draft_holders, draft_without
from cloud.release.drill import drill
from cloud.release.keys import make_key
from cloud.release.repository import Repository
from tests.cloud.release.houses import wheelhouse
from tests.updates import Release

NOW = datetime.now(UTC)


def _said(release: Release, subject: str, days: float = 0.0) -> tuple[bool, str]:
    findings = examine(release.repository, now=NOW + timedelta(days=days))
    found = next(one for one in findings if one.subject == subject)
    return found.ok, found.text


def test_a_fresh_repository_is_well(release: Release) -> None:
    """Nothing to do."""
    assert [] == [one for one in examine(release.repository) if not one.ok]


@pytest.mark.parametrize(
    ("days", "ok", "text"),
    [
        (100, True, "holds until"),
        (125.5, True, "54 days"),
        (155.5, True, "24 days"),
        (175.5, False, "4 days"),
        (181, False, "stations take no updates"),
    ],
)
def test_a_list_that_runs_out(release: Release, days: float, *, ok: bool, text: str) -> None:
    """It warns two months, one month and a week ahead, and says what to type."""
    seen, said = _said(release, "models", days)

    assert (ok, True) == (seen, text in said), said
    if days > 120:
        assert "`release renew models`" in said


def test_a_centre_that_stopped_signing(release: Release) -> None:
    """Its files are not yet over, but should be younger."""
    ok, text = _said(release, "timestamp", 3)

    assert not ok
    assert "look at its log" in text


def test_a_missing_and_a_damaged_file(release: Release) -> None:
    """Stations would try in vain."""
    (file,) = (release.repository.targets / "models").iterdir()
    file.write_bytes(b"rotten")

    assert (False, True) == (
        _said(release, "files")[0],
        "models/loudness-2.tremor" in _said(release, "files")[1],
    )


def test_a_ring_that_is_to_run_what_was_withdrawn(release: Release) -> None:
    """Stations refuse it, whatever the centre says; a damaged assignment is told as well."""
    well = _said(release, "rings")
    draft_without(release.repository, "models/loudness-2.tremor")
    release.publish()
    withdrawn = _said(release, "rings")
    for path in (release.repository.targets / "rollout").iterdir():
        path.write_bytes(b"{}")

    assert (True, "1 assignments, of what is listed") == well
    assert (False, True) == (withdrawn[0], "all: models/loudness-2.tremor" in withdrawn[1])
    assert (False, True) == (
        _said(release, "rings")[0],
        "cannot be read" in _said(release, "rings")[1],
    )


def test_a_station_follows_all_kinds(release: Release, tmp_path: Path) -> None:
    """The facts of each kind are read as a station reads them."""
    for what in (wheelhouse(tmp_path / "house", "1.1.0"), tmp_path / "quiet-1.toml"):
        if what.suffix == ".toml":
            what.write_text("[detection.sta_lta]\non_ratio = 4.5\n")
        add(release.repository, read_what(what, Said()))
    release.publish()

    assert [] == [one for one in examine(release.repository) if not one.ok]


def test_holders_of_whom_none_may_be_lost(release: Release) -> None:
    """That is a visit to every station, said before it happens."""
    draft_holders(release.repository, "root", [], ["cho"], None)
    release.publish()

    ok, text = _said(release, "holders")

    assert not ok
    assert "a visit to every station" in text


def test_a_threshold_of_one_is_said(release: Release) -> None:
    """It is allowed, and what is lost by it is said."""
    draft_holders(release.repository, "models", [], [], 1)
    release.publish()

    assert "whoever steals one key can sign models" in _said(release, "holders")[1]


def test_drafts_that_wait(release: Release) -> None:
    """For whom."""
    draft_again(release.repository, ["models"])

    assert (True, "version 3 is signed by nobody; 2 more of dia, eli needed") == _said(
        release, "draft of models"
    )


def test_a_station_of_the_first_day(release: Release) -> None:
    """A client looks as one in the field would; a root that is gone cuts it off."""
    draft_holders(release.repository, "root", [], [], None)
    release.publish()
    assert (True, "made with 1.root.json follows, in 6 requests") == _said(release, "a station")
    (release.repository.metadata / "1.root.json").unlink()

    ok, text = _said(release, "a station")

    assert (False, True) == (ok, "takes nothing from here" in text)


def test_an_empty_folder(tmp_path: Path) -> None:
    """Nothing is published, and that is said."""
    (finding,) = examine(Repository(tmp_path))

    assert "nothing is published" in finding.text


def test_the_centres_key(release: Release, tmp_path: Path) -> None:
    """One that does not count is found before it is needed."""
    make_key(tmp_path / "c.key", tmp_path / "c.pub", "centre", None)

    *_, finding = examine(release.repository, tmp_path / "c.key")
    *_, missing = examine(release.repository, tmp_path / "none.key")

    assert "does not count for snapshot, timestamp, rollout" in finding.text
    assert not missing.ok


def test_a_line_taken_out_of_the_log(release: Release) -> None:
    """The chain of hashes breaks at the next line."""
    path = release.repository.folder / NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))

    assert 3 == broken_at(release.repository.folder)
    assert not _said(release, "audit log")[0]


def test_a_line_changed_in_the_log(tmp_path: Path) -> None:
    """So it does where somebody rewrote history, and where a line is none."""
    for action in ("one", "two", "three"):
        note(tmp_path, action)
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes().replace(b'"one"', b'"ONE"'))
    assert 2 == broken_at(tmp_path)
    path.write_bytes(b"what\n")
    assert 1 == broken_at(tmp_path)
    assert broken_at(tmp_path / "none") is None


def test_a_user_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container with a user of its own the log has a number."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)
    note(tmp_path, "publish")

    assert "uid 4000000" == entries(tmp_path)[0]["user"]


def test_every_scene_of_the_drill_ends_well(project_root: Path) -> None:
    """Lost and stolen keys, with the very tools and a real client; the page shows what it says."""
    scenes = drill()

    assert [] == [(scene.title, scene.steps) for scene in scenes if not scene.ok]
    assert 5 == len(scenes)
    page = (project_root / "docs" / "fleet.md").read_text()
    said = [line for scene in scenes for line in (scene.title, *scene.steps)]
    assert [] == [line for line in said if line not in page]


def test_doctor_ends_with_one_where_something_must_be_done(release: Release) -> None:
    """For a timer that mails what it prints."""
    (file,) = (release.repository.targets / "models").iterdir()
    at = str(release.repository.folder)
    assert 0 == CliRunner().invoke(app, ["release", "doctor", "-r", at, "--json"]).exit_code
    file.unlink()

    assert 1 == CliRunner().invoke(app, ["release", "doctor", "-r", at]).exit_code
