"""The power goes off between any two writes of settings, or in the middle of one."""

from pathlib import Path

import pytest

from edge.config import StationConfig
from edge.update import settings_trial
from edge.update.store import UpdateStore
from edge.update.targets import Kind
from tests.edge.update.cuts import WatchedDisk, lay_files, left_by_cuts, read_files
from tests.edge.update.settings_life import RATIO, SettingsLife
from tests.updates import Release


@pytest.fixture
def watched(
    trusted: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[SettingsLife, WatchedDisk]:
    """Return a station, and the disk on which updater and agent write."""
    disk = WatchedDisk(tmp_path / "station/state")

    def store(config: StationConfig) -> UpdateStore:
        return UpdateStore(config.state_dir, disk, Kind.CONFIGURATION)

    monkeypatch.setattr(settings_trial, "settings_store", store)
    return SettingsLife(tmp_path / "station", trusted, disk), disk


def test_every_prefix_of_the_writes_leaves_a_station_that_starts(
    watched: tuple[SettingsLife, WatchedDisk], trusted: Release
) -> None:
    """From version 1 in charge to version 2: at each cut one of the two holds, whole and proven."""
    life, disk = watched
    trusted.offer_settings(RATIO.format(3.5), 1)
    life.whole()
    before = read_files(disk.folder)
    disk.steps.clear()
    trusted.offer_settings(RATIO.format(7.5), 2)
    life.whole()

    cuts = {tuple(sorted(files.items())) for files in left_by_cuts(before, disk.steps)}
    seen = set()
    for cut in cuts:
        lay_files(disk.folder, dict(cut))
        seen.add(life.ratio())

    assert {3.5, 7.5} == seen
    assert 20 < len(disk.steps)
    assert 50 < len(cuts)


@pytest.mark.parametrize("most", [6, pytest.param(10_000, marks=pytest.mark.slow)])
def test_after_a_cut_it_goes_on_and_ends_committed(
    watched: tuple[SettingsLife, WatchedDisk], trusted: Release, tmp_path: Path, most: int
) -> None:
    """Whatever the cut left, two more lives bring the new settings into charge."""
    life, disk = watched
    trusted.offer_settings(RATIO.format(7.5))
    UpdateStore(disk.folder).prepare()
    life.store.prepare()
    before = read_files(disk.folder)
    disk.steps.clear()
    life.whole()
    steps = list(disk.steps)
    cuts = list({tuple(sorted(f.items())): f for f in left_by_cuts(before, steps)}.values())

    for cut in cuts[:: max(1, len(cuts) // most)]:
        lay_files(disk.folder, cut)
        fresh = SettingsLife(tmp_path / "station", trusted)
        for _ in range(2):
            fresh.start()
            fresh.whole()
        assert 7.5 == fresh.ratio()
        assert () == fresh.record.quarantined
