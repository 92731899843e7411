"""Which network an agent starts with; there is always one, or STA/LTA."""

from pathlib import Path

import pytest

from edge.config import StationConfig
from edge.detect.loading import load_detectors
from edge.station import with_bundle
from edge.update import child
from edge.update.record import Phase
from edge.update.start import choose
from tests.edge.update.conftest import Offered
from tests.edge.update.life import Life
from tests.updates import bundle_of


@pytest.fixture
def life(offered: Offered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Life:
    """Return a station with versions 2 and 3 committed, one after the other."""
    monkeypatch.setattr(child, "run_child", lambda *_: {})
    life = Life(tmp_path / "station", offered.release)
    life.whole()
    offered.release.offer(bundle_of(tmp_path / "newer", 3))
    life.whole()
    return life


def _version(config: StationConfig) -> str:
    return load_detectors(config.detection)[1][0].version


def _choose(life: Life, config: StationConfig | None = None) -> tuple[str, list[str]]:
    chosen = choose(config or life.config, life.store, lambda: 0)
    reasons = [one.reason or "" for one in chosen.passed_over]
    return _version(chosen.config), reasons


def _rot(life: Life, which: str) -> None:
    record = life.record
    installed = record.committed if which == "committed" else record.previous
    assert installed is not None
    life.store.place(installed.sha256).write_bytes(b"rotten")


def test_what_was_committed(life: Life) -> None:
    """The newest."""
    assert ("3", []) == _choose(life)


def test_a_committed_file_that_rots(life: Life) -> None:
    """The network before it runs, the record stays as it is, and the state says why."""
    _rot(life, "committed")

    version, reasons = _choose(life)

    assert ("2", 1) == (version, len(reasons))
    assert "sha256" in reasons[0]
    assert life.record.committed is not None


def test_both_rot(life: Life) -> None:
    """The station file's own network runs: it came with the agent."""
    _rot(life, "committed")
    _rot(life, "previous")

    version, reasons = _choose(life)

    assert ("1", 2) == (version, len(reasons))


def test_the_last_resort_is_sta_lta(life: Life, tmp_path: Path) -> None:
    """Nothing loads at all: detection goes on without a network, and says so."""
    _rot(life, "committed")
    _rot(life, "previous")
    broken = with_bundle(life.config, tmp_path / "missing.tremor")
    chosen = choose(broken, life.store, lambda: 0)

    detectors, models = load_detectors(chosen.config.detection)

    assert ["sta_lta"] == [one.name for one in detectors]
    assert [False] == [one.running for one in models]


def test_a_record_that_rots(life: Life) -> None:
    """The station file's own network runs; the next look begins anew."""
    life.store.path.write_bytes(b"\x00" * 100)

    assert ("1", []) == _choose(life)


def test_a_station_file_that_was_edited_is_younger(life: Life, tmp_path: Path) -> None:
    """Whoever names a network on site gets that one."""
    own = with_bundle(life.config, bundle_of(tmp_path / "own", 7))

    assert ("7", []) == _choose(life, own)


def test_updates_switched_off(life: Life) -> None:
    """The station file's own network runs."""
    update = life.config.update.model_copy(update={"enabled": False})
    config = life.config.model_copy(update={"update": update})

    assert ("1", []) == _choose(life, config)


def test_a_candidate_that_does_not_load_is_given_up_at_once(
    life: Life, offered: Offered, tmp_path: Path
) -> None:
    """No try is wasted on a file that is broken."""
    offered.release.offer(bundle_of(tmp_path / "next", 4))
    life.look()
    life.shadow()
    candidate = life.record.candidate
    assert candidate is not None
    assert Phase.PROBATION is candidate.phase
    life.store.place(candidate.sha256).write_bytes(b"rotten")

    assert ("3", []) == _choose(life)
    assert life.record.is_quarantined(candidate.sha256)


def test_only_what_may_run_again_is_kept(life: Life, offered: Offered, tmp_path: Path) -> None:
    """A card holds two networks and not all that ever came."""
    offered.release.offer(bundle_of(tmp_path / "next", 4))
    life.whole()
    life.look()

    kept = {path.stem for path in life.store.places.iterdir()}
    record = life.record
    assert kept == {one.sha256 for one in (record.committed, record.previous) if one is not None}
