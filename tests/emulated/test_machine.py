"""The root, the emulator and the recordings, as far as they need no emulator."""

import tomllib
from pathlib import Path

import pytest

from edge.config import load_station_config
from scripts.emulated.debian import apt_configuration, mirror_of, sources_list
from scripts.emulated.emulator import EmulationError, Emulator
from scripts.emulated.live import Live
from scripts.emulated.recordings import recordings, synthetic
from scripts.emulated.suite import (
    FOLDERS,
    files_of_tests,
    read_result,
    result_of,
    write_result,
)


def test_mirror_is_that_of_the_machine() -> None:
    """The main archive, neither security nor another vendor's."""
    targets = (
        "Other|http://other.example|main\nDebian|http://security.example/debian-security/|main"
    )

    assert "http://debian.example/" == mirror_of(f"{targets}\nDebian|http://debian.example/|main")
    with pytest.raises(EmulationError, match="--mirror"):
        mirror_of(targets)


def test_apt_keeps_to_its_own_folder() -> None:
    """Neither lists nor status nor sources of the machine are read or written."""
    text = apt_configuration(Path("/somewhere"))

    for name in ("Dir::State", "Dir::State::status", "Dir::Cache", "Dir::Etc"):
        assert f'{name} "/somewhere/' in text
    assert 'APT::Architecture "arm64"' in text
    assert sources_list("http://debian.example/").startswith("deb [arch=arm64,amd64 signed-by=/usr")


def test_missing_emulator_is_told_with_a_remedy(tmp_path: Path) -> None:
    """Whatever this machine lets a user do: a sentence, not a traceback."""
    with pytest.raises(EmulationError):
        Emulator(tmp_path, tmp_path / "none").run("/usr/bin/true")


def test_path_of_the_root_is_found(tmp_path: Path) -> None:
    """Relative or absolute."""
    emulator = Emulator(tmp_path, tmp_path / "qemu")

    assert tmp_path / "opt/x" == emulator.path("/opt/x") == emulator.path("opt/x")


def test_made_recording_is_always_there(tmp_path: Path) -> None:
    """A checkout without recordings has something to compare; its station file is right."""
    (only,) = recordings(tmp_path)
    path = tmp_path / "station.toml"
    path.write_text(only.station_file(str(tmp_path / "state"), ""))

    assert 240 == load_station_config(path).source.duration_s


def test_real_recordings_have_station_files_that_are_right(
    shared_data: Path, tmp_path: Path
) -> None:
    """Every one that is there is found and can be opened."""
    found = recordings(shared_data)

    assert 5 < len(found)
    for number, recording in enumerate(found):
        path = tmp_path / f"{number}.toml"
        path.write_text(recording.station_file(str(tmp_path / "state"), str(recording.path)))
        assert load_station_config(path).source.open().describe().channels


def test_recording_is_copied_whatever_it_is(tmp_path: Path) -> None:
    """A file or a folder; write-protected originals give copies that can be removed."""
    folder = tmp_path / "openeew_mx" / "2020_1_30" / "001"
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_text("{}")
    (folder / "a.jsonl").chmod(0o444)
    shake = tmp_path / "rshake" / "AM.R91E4.00.mseed"
    shake.parent.mkdir()
    shake.write_bytes(b"x")
    out = tmp_path / "out"
    out.mkdir()

    for recording in recordings(tmp_path):
        recording.place(out)

    assert "{}" == (out / "001" / "a.jsonl").read_text()
    (out / "001" / "a.jsonl").write_text("")
    assert b"x" == (out / "AM.R91E4.00.mseed").read_bytes()


def test_live_source_begins_now() -> None:
    """Without a start and without an end."""
    source = tomllib.loads(synthetic("2026-01-01T00:00:00Z"))["source"]

    assert {"start", "duration_s"}.isdisjoint(source)
    assert 1 == len(source["earthquakes"])


@pytest.mark.parametrize(
    "lacking",
    [{"code": 1}, {"statuses": ("preliminary",)}, {"model": None}, {"messages": {"state": 1}}],
)
def test_live_run_is_well_when_nothing_lacks(lacking: dict[str, object]) -> None:
    """Hello, health, an earthquake seen to its end by the network, and a clean end."""
    well: dict[str, object] = {
        "seconds": 120.0,
        "code": 0,
        "messages": {"state": 2, "health": 11, "trigger": 6},
        "statuses": ("preliminary", "final"),
        "cpu_s": 50.0,
        "model": "tremor_stream 1",
        "findings": [{"ok": True}],
    }

    assert Live(**well).well
    assert not Live(**{**well, **lacking}).well


def test_tests_of_the_kit_are_counted() -> None:
    """Errors are failures; what was skipped did not pass."""
    junit = """<testsuites><testsuite>
        <testcase classname="a" name="one"/>
        <testcase classname="a" name="two"><failure/></testcase>
        <testcase classname="a" name="three"><error/></testcase>
        <testcase classname="a" name="four"><skipped/></testcase>
    </testsuite></testsuites>"""

    result = result_of(junit, ("tests/a",), 60.0)

    assert (1, 2, 1) == (result.passed, result.failed, result.skipped)
    assert ("a: two", "a: three") == result.failures


def test_result_of_the_tests_is_kept(tmp_path: Path) -> None:
    """They take too long to run each time; where they never ran there is none."""
    path = tmp_path / "tests.json"
    result = result_of('<a><testcase classname="b" name="c"/></a>', ("tests/a",), 60.0)

    assert read_result(path) is None
    write_result(result, path)

    assert result == read_result(path)


def test_tests_run_there_unless_they_need_what_is_not_there(project_root: Path) -> None:
    """Every folder has some; those that read with ObsPy or convert networks stay here."""
    files = files_of_tests(project_root)

    for folder in FOLDERS:
        assert [] != [f for f in files if f.startswith(f"tests/edge/{folder}/")], folder
    assert "tests/edge/signal/test_filters.py" in files
    assert "tests/edge/response/test_stationxml.py" not in files
    assert [] == [file for file in files if not (project_root / file).is_file()]
