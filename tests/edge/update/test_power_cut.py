"""The power goes off between any two writes, or in the middle of one: the station starts."""

from pathlib import Path

import pytest

from edge.update import child
from edge.update.store import UpdateStore
from tests.edge.update.conftest import Offered
from tests.edge.update.cuts import Step, WatchedDisk, lay_files, left_by_cuts, read_files
from tests.edge.update.life import Life
from tests.updates import bundle_of


def test_every_prefix_of_the_writes_leaves_a_station_that_starts(
    offered: Offered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From version 2 in charge to version 3: at each cut one of the two runs, whole and proven."""
    monkeypatch.setattr(child, "run_child", lambda *_: {})
    state = tmp_path / "station/state"
    disk = WatchedDisk(state)
    life = Life(tmp_path / "station", offered.release, disk)
    life.whole()
    disk.steps.clear()
    before = read_files(state)
    newer = offered.release.offer(bundle_of(tmp_path / "newer", 3)).sha256
    life.whole()
    steps = list(disk.steps)

    cuts = {tuple(sorted(files.items())) for files in left_by_cuts(before, steps)}
    seen = set()
    for cut in cuts:
        lay_files(state, dict(cut))
        seen.add(life.runs())

    assert {offered.sha256, newer} == seen
    assert 20 < len(steps)
    assert 50 < len(cuts)


@pytest.mark.parametrize("most", [8, pytest.param(10_000, marks=pytest.mark.slow)])
def test_after_a_cut_it_goes_on_and_ends_committed(
    offered: Offered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Whatever the cut left, two more lives bring the new network into charge."""
    monkeypatch.setattr(child, "run_child", lambda *_: {})
    state = tmp_path / "station/state"
    disk = WatchedDisk(state)
    life = Life(tmp_path / "station", offered.release, disk)
    UpdateStore(state).prepare()
    before = read_files(state)
    life.whole()
    cuts = list({tuple(sorted(f.items())): f for f in left_by_cuts(before, disk.steps)}.values())

    for cut in cuts[:: max(1, len(cuts) // most)]:
        lay_files(state, cut)
        fresh = Life(tmp_path / "station", offered.release)
        fresh.whole()
        fresh.whole()
        assert offered.sha256 == fresh.runs()
        assert () == fresh.record.quarantined


def test_the_content_is_synced_before_its_name(tmp_path: Path) -> None:
    """The order that makes the difference: content, name, folder."""
    disk = WatchedDisk(tmp_path)

    disk.put(tmp_path / "a", b"1")

    assert ["write", "rename", "sync"] == [step.kind for step in disk.steps]


def test_what_overwrites_in_place_would_be_caught(tmp_path: Path) -> None:
    """The check is no formality: without the detour over another name a cut leaves half a file."""
    content = b'{"format": 1, "settled": null}'
    states = list(left_by_cuts({"record.json": content}, [Step("write", "record.json", content)]))

    assert any(files["record.json"] != content for files in states)
