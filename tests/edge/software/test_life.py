"""The life of a release, from the repository to its end."""

from pathlib import Path

import pytest

from edge.update.record import End
from tests.edge.software.builder import NEXT, offer, small_release
from tests.edge.software.life import INSTALLED, SoftwareLife
from tests.updates import Release


@pytest.fixture
def life(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftwareLife:
    """Return a station that takes software."""
    return SoftwareLife(tmp_path / "station", release, monkeypatch)


def test_a_good_release_is_committed(life: SoftwareLife, release: Release) -> None:
    """And runs at every start from then on."""
    sha256 = offer(release, small_release())

    running = life.whole()

    record = life.record
    assert record.committed is not None
    assert (sha256, sha256, NEXT) == (running, record.committed.sha256, record.committed.version)
    assert record.last is not None
    assert End.COMMITTED is record.last.end
    assert sha256 == life.start()


def test_nothing_assigned_runs_what_was_installed(life: SoftwareLife) -> None:
    """A station that nobody sends anything runs on as it is."""
    assert INSTALLED == life.whole()
