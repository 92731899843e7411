"""Going back to the software before: a full disk, a kill before and after it is written down."""

from dataclasses import replace

import pytest

from edge.update.record import End
from tests.edge.software import test_matrix as releases
from tests.edge.software.builder import offer, small_release
from tests.edge.software.life import INSTALLED, Killed, SoftwareLife
from tests.edge.update.test_going_back import WAYS, going_back
from tests.updates import Release

life = releases.life


@pytest.mark.parametrize("how", WAYS)
def test_software(
    life: SoftwareLife, release: Release, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """In quarantine in the end, and what was installed runs."""
    sha256 = offer(release, small_release())
    life.vitals = replace(life.vitals, source_trouble="no samples", packets=0)
    happened = going_back(monkeypatch, how, Killed)

    releases._live_on(life)

    record = life.record
    assert happened()
    assert record.last is not None
    assert End.ROLLED_BACK is record.last.end
    assert record.is_quarantined(sha256)
    assert INSTALLED == life.start()
