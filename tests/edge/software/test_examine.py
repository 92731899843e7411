"""What `check`, `doctor` and `update` say of a station's software."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge import __version__
from edge.check import check_station
from edge.cli import app
from edge.software.examine import software_in_words
from edge.software.pointer import MOST_STARTS
from tests.edge.software.builder import NEXT, offer, small_release
from tests.edge.software.life import SoftwareLife
from tests.updates import Release


@pytest.fixture
def life(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftwareLife:
    """Return a station that takes software."""
    return SoftwareLife(tmp_path / "station", release, monkeypatch)


def _said(life: SoftwareLife) -> tuple[bool, str]:
    return software_in_words(life.config.state_dir)


def test_nothing_came(life: SoftwareLife) -> None:
    """What was installed runs, and that is well."""
    assert (True, f"the installed {__version__} runs") == _said(life)


def test_a_release_runs(life: SoftwareLife, release: Release) -> None:
    """Which, and what became of the last one."""
    sha256 = offer(release, small_release())
    life.whole()

    well, text = _said(life)

    assert well
    assert f"release {NEXT} ({sha256[:12]}) runs" in text
    assert "committed" in text


def test_a_file_that_rotted(life: SoftwareLife, release: Release) -> None:
    """Contents are compared here, which a start has no time for."""
    sha256 = offer(release, small_release())
    life.whole()
    script = life.store.place(sha256) / "bin/edge-agent"
    script.write_bytes(b"x" * script.stat().st_size)

    well, text = _said(life)

    assert not well
    assert "bin/edge-agent: missing, or not as installed" in text
    assert f"the installed {__version__} runs" in text
    (found,) = [one for one in check_station(life.config) if one.subject == "software"]
    assert (False, text) == (found.ok, found.text)


def test_one_that_never_came_up(life: SoftwareLife, release: Release) -> None:
    """And what to do about it."""
    offer(release, small_release())
    life.whole()
    for _ in range(MOST_STARTS):
        life.launch()

    well, text = _said(life)

    assert not well
    assert "start the computer anew" in text


def test_by_hand_from_a_stick(life: SoftwareLife, release: Release) -> None:
    """`edge-agent update --from` takes software along; the agent goes on with it."""
    offer(release, small_release())
    stick = str(release.repository.folder)
    words = ["update", "-c", str(life.file), "--from", stick]

    dry = CliRunner().invoke(app, [*words, "--dry-run"])
    assert "software: take: assigned" in dry.output
    assert life.record.candidate is None

    done = CliRunner().invoke(app, words)

    assert 0 == done.exit_code, done.output
    assert f"tremorkit {NEXT}: preflight" in done.output
