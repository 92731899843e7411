"""What `edge-agent` starts with: whatever it meets, a station starts."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

import edge.cli
from edge.reconfigure.running import start_anew
from edge.software import launched, launcher, pointer
from edge.software.launched import Launched
from edge.software.releases import WHOLE, place_of, trouble_with
from edge.update.disk import Disk
from edge.update.targets import Kind, Return
from tests.edge.software.builder import offer, small_release
from tests.edge.software.life import INSTALLED, Became, SoftwareLife, _become
from tests.updates import Release

SHA = "a" * 64


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a station that takes software, and has none."""
    monkeypatch.setattr(os, "execv", _become)
    monkeypatch.setenv(launched.VARIABLE, "")
    file = tmp_path / "station.toml"
    file.write_text(f'state_dir = "{tmp_path}/state"\n[update]\nenabled = true\nsoftware = true\n')
    (tmp_path / "state/software/releases").mkdir(parents=True)
    return file


def _folder(station: Path) -> Path:
    return station.parent / "state/software"


def _release(folder: Path, sha256: str = SHA) -> Path:
    """Make a release that is whole."""
    place = place_of(folder, sha256)
    (place / "bin").mkdir(parents=True)
    (place / "bin/python").write_bytes(b"\x7fELF")
    whole = {"version": "9", "files": {"bin/python": [4, "0"]}}
    (place / WHOLE).write_text(json.dumps(whole))
    return place


def _record(folder: Path, **said: object) -> None:
    (folder / pointer.RECORD).write_text(json.dumps({"format": 1} | said))


def _entry(sha256: str = SHA, **said: object) -> dict[str, object]:
    return {"sha256": sha256, "version": "9"} | said


def _started(station: Path, *words: str) -> str:
    try:
        launcher.launch(["run", *(words or ("--config", str(station)))])
    except Became as became:
        return str(became)
    return INSTALLED


@pytest.mark.parametrize(
    "form", ["--config {}", "--config={}", "-c {}", "-c{}", "--json-logs -c {}"]
)
def test_it_finds_the_station_file(station: Path, form: str) -> None:
    """In every form in which the command line takes it."""
    _release(_folder(station))
    _record(_folder(station), committed=_entry())

    assert SHA == _started(station, *form.format(station).split())


@pytest.mark.parametrize("words", [["--json-logs"], ["--config"], ["-c", "/nowhere/station.toml"]])
def test_without_a_station_file_the_agent_says_what_is_wrong(
    station: Path, words: list[str]
) -> None:
    """The launcher itself complains of nothing."""
    assert INSTALLED == _started(station, *words)


@pytest.mark.parametrize(
    "text",
    [
        "no toml",
        'state_dir = "{state}"\n[update]\nenabled = true\n',
        'state_dir = "{state}"\n[update]\nenabled = false\nsoftware = true\n',
        "state_dir = 5\n[update]\nenabled = true\nsoftware = true\n",
        "update = 5\n",
    ],
)
def test_who_does_not_want_it_gets_what_was_installed(station: Path, text: str) -> None:
    """A technician switches it off in the station file: that is enough."""
    _release(_folder(station))
    _record(_folder(station), committed=_entry())
    station.write_text(text.replace("{state}", str(station.parent / "state")))

    assert INSTALLED == _started(station)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"committed": 5}',
        b'{"committed": {"sha256": "../../evil", "version": "1"}}',
        b'{"candidate": {"phase": "probation"}}',
        b'{"candidate": {"phase": "probation", "tries_left": "x", "sha256": "aa", "version": "1"}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_record_that_makes_no_sense(station: Path, content: bytes) -> None:
    """The installed software runs, and says so."""
    (_folder(station) / pointer.RECORD).write_bytes(content)

    assert INSTALLED == _started(station)
    assert launched.told() is not None


def test_a_release_that_lost_a_file_is_passed_over(station: Path) -> None:
    """The one before it runs, and the reason is known."""
    folder = _folder(station)
    (_release(folder) / "bin/python").unlink()
    _release(folder, "b" * 64)
    _record(folder, committed=_entry(), previous=_entry("b" * 64))

    assert "b" * 64 == _started(station)
    told = launched.told()
    assert told is not None
    assert [(SHA, "bin/python: missing, or not as installed")] == list(told.passed_over)


def test_what_changed_its_size_or_content_is_found(station: Path) -> None:
    """By size at each start, by content where there is time."""
    place = _release(_folder(station))
    assert trouble_with(place) is None
    (place / "bin/python").write_bytes(b"\x7fELG")

    assert trouble_with(place) is None
    assert "bin/python" in str(trouble_with(place, thorough=True))
    (place / "bin/python").write_bytes(b"\x7fELF and more")
    assert "bin/python" in str(trouble_with(place))


def test_something_else_was_installed_on_site_since(station: Path) -> None:
    """Whoever provisions a station anew gets what they brought."""
    _release(_folder(station))
    _record(_folder(station), committed=_entry(over="0.0.9 /opt/edge-agent-1"))

    assert INSTALLED == _started(station)
    told = launched.told()
    assert told is not None
    assert "is installed" in told.passed_over[0][1]


def test_committed_over_what_is_installed_runs(station: Path) -> None:
    """The usual case."""
    _release(_folder(station))
    _record(_folder(station), committed=_entry(over=launcher.installed_here()))

    assert SHA == _started(station)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_never_runs_what_the_agent_could_have_written(station: Path) -> None:
    """`sudo edge-agent run` would hand the computer to whoever has the agent's rights."""
    place = _release(_folder(station))
    os.chown(place, 12345, 12345)
    _record(_folder(station), committed=_entry())

    assert INSTALLED == _started(station)


def test_tries_are_counted_on_the_disk_before_anything_runs(station: Path) -> None:
    """And what the record holds besides stays as it was."""
    folder = _folder(station)
    _release(folder)
    kept = {
        "candidate": _entry(phase="probation", tries_left=2, of_tomorrow=[1]),
        "newer": {"a": 1},
    }
    _record(folder, **kept)

    assert SHA == _started(station)

    after = json.loads((folder / pointer.RECORD).read_bytes())
    assert 1 == after["candidate"].pop("tries_left")
    kept["candidate"].pop("tries_left")  # type: ignore[attr-defined]
    assert {"format": 1, **kept} == after


@pytest.mark.parametrize("phase", ["fetched", "verified", "preflight", "of tomorrow"])
def test_only_probation_runs(station: Path, phase: str) -> None:
    """Whatever else is on its way does not."""
    _release(_folder(station))
    _record(_folder(station), candidate=_entry(phase=phase, tries_left=3))

    assert INSTALLED == _started(station)


def test_an_interpreter_that_cannot_be_started(
    station: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's Python was replaced: the release's link leads nowhere."""

    def fails(*_: object) -> None:
        raise OSError(8, "Exec format error")

    monkeypatch.setattr(os, "execv", fails)
    _release(_folder(station))
    _record(_folder(station), committed=_entry())

    assert INSTALLED == _started(station)
    told = launched.told()
    assert told is not None
    assert "Exec format error" in told.passed_over[0][1]


def test_a_full_disk_keeps_no_proven_release_from_running(
    station: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is on probation must be counted."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Disk, "put", full)
    _release(_folder(station))
    _record(_folder(station), committed=_entry())

    assert SHA == _started(station)


def test_the_word_is_for_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children inherit it, and were not launched."""
    environment: dict[str, str] = {}
    word = Launched(os.getpid(), ("edge-agent", "run"), "1.0 /opt", "/state", SHA, (("b", "why"),))

    launched.tell(word, environment)

    assert word == launched.told(environment)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert launched.told(environment) is None
    assert "1.0" == launched.installed_version("2.0", environment)
    assert "2.0" == launched.installed_version("2.0", {})
    launched.forget(environment)
    assert {} == environment


@pytest.mark.parametrize("word", ["", "{", "[]", "null", '{"pid": 1}'])
def test_somebody_elses_word(word: str) -> None:
    """It is not believed."""
    assert launched.told({launched.VARIABLE: word}) is None


@pytest.mark.parametrize("arguments", [["check"], ["--version"], ["update", "-c", "x"], []])
def test_other_commands_are_the_installed_agents(
    station: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """Only `run` becomes a release."""
    called: list[bool] = []
    monkeypatch.setattr(edge.cli, "main", lambda: called.append(True))
    monkeypatch.setattr("sys.argv", ["edge-agent", *arguments])
    monkeypatch.setattr(launcher, "launch", lambda *_: pytest.fail("it launches"))

    launcher.main()

    assert [True] == called


def test_a_launcher_that_fails_starts_what_was_installed(
    station: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever nobody thought of: a station starts, and its journal says why."""
    called: list[bool] = []

    def fails(*_: object) -> None:
        raise ArithmeticError("nobody thought of it")

    monkeypatch.setattr(edge.cli, "main", lambda: called.append(True))
    monkeypatch.setattr("sys.argv", ["edge-agent", "run", "-c", str(station)])
    monkeypatch.setattr(launcher, "launch", fails)

    launcher.main()

    assert [True] == called
    assert "nobody thought of it" in capsys.readouterr().err


def test_a_release_does_not_launch_itself(station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs its own command line: tries are counted once a start."""
    called: list[bool] = []
    monkeypatch.setattr(edge.cli, "main", lambda: called.append(True))
    monkeypatch.setattr("sys.argv", ["edge-agent", "run", "-c", str(station)])
    monkeypatch.setattr("sys.prefix", f"/state/software/releases/{SHA}")
    monkeypatch.setattr(launcher, "launch", lambda *_: pytest.fail("it launches"))
    launched.tell(Launched(os.getpid(), ("x",), "1 /opt", "/state", SHA))

    launcher.main()

    assert [True] == called


def test_starting_anew_goes_through_the_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the release itself again: another may be in charge now."""
    seen: list[object] = []
    monkeypatch.setattr(os, "execv", lambda *words: seen.append(words))
    monkeypatch.setenv(launched.VARIABLE, "")
    launched.tell(Launched(os.getpid(), ("/opt/python", "edge-agent", "run"), "1 /opt", "/s", SHA))

    start_anew()

    assert [("/opt/python", ["/opt/python", "edge-agent", "run"])] == seen
    assert launched.told() is None


def test_old_releases_go(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept are the one in charge, the one before it, and a candidate."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch)
    hashes = []
    for version in ("99.0.1", "99.0.2", "99.0.3", "99.0.4"):
        hashes.append(offer(release, small_release(version), version))
        life.whole()
    life.look()
    life.start()

    assert set(hashes[-2:]) == {path.name for path in life.store.places.iterdir()}
    assert [] == list(life.store.staging.iterdir())


def test_the_release_that_runs_stays_until_another_does(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is wanted no more, and the agent that runs it still imports from it."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch)
    sha256 = offer(release, small_release())
    life.whole()
    release.online.assign({"all": Return(rollout_id="back", leaving=(sha256,))}, Kind.SOFTWARE)

    life.look()

    assert life.store.place(sha256).is_dir()
    assert INSTALLED == life.start()
    assert [] == list(life.store.places.iterdir())


def test_the_state_tells_what_runs(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what does not, with the reason."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch)
    sha256 = offer(release, small_release())
    life.whole()

    report = life.report()

    assert (sha256, "idle", None) == (report.running, report.phase, report.problem)
    (life.store.place(sha256) / "bin/edge-agent").unlink()
    assert INSTALLED == life.launch()
    report = life.report()
    assert report.running is None
    assert "bin/edge-agent: missing" in report.problem


def test_a_damaged_release_is_mended(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetched and unpacked once more, where the repository still wants it; without a trial."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch)
    sha256 = offer(release, small_release())
    life.whole()
    life.look()
    before = life.record
    (life.store.place(sha256) / "bin/edge-agent").unlink()
    assert INSTALLED == life.start()

    assert sha256 == life.whole()

    assert trouble_with(life.store.place(sha256), thorough=True) is None
    assert before.committed == life.record.committed
    assert life.report().problem is None


def test_without_the_launcher_nothing_is_swapped(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A developer's `python -m` would start itself anew and never the release."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch)
    offer(release, small_release())
    life.look()
    monkeypatch.setattr(launcher, "launch", lambda *_: SimpleNamespace())

    assert INSTALLED == life.start()
    assert "another way" in life.report().problem
    assert life.record.candidate is not None
