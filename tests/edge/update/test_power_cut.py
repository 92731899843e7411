"""The power goes off between any two writes, or in the middle of one: the station starts.

Disks keep one promise: what was synced is there. The content of a file that is being written may be
there, or half of it, or none; a new name that was not synced yet may be there or not.
"""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.update import child
from edge.update.disk import Disk
from edge.update.store import UpdateStore
from tests.edge.update.conftest import Offered
from tests.edge.update.life import Life
from tests.updates import bundle_of

Files = dict[str, bytes]


@dataclass(frozen=True)
class Step:
    """One change: to names (`moved`, `gone`) or to a file's content."""

    kind: str
    path: str
    content: bytes = b""
    target: str = ""


@dataclass
class WatchedDisk(Disk):
    """A disk that remembers each change in order."""

    folder: Path
    steps: list[Step] = field(default_factory=list)

    def write(self, path: Path, content: bytes) -> None:
        """Remember a file's content, synced."""
        super().write(path, content)
        self.steps.append(Step("write", self._name(path), content))

    def rename(self, source: Path, target: Path) -> None:
        """Remember a new name, not synced."""
        super().rename(source, target)
        self.steps.append(Step("rename", self._name(source), target=self._name(target)))

    def sync(self, folder: Path) -> None:
        """Remember that a folder's names are synced."""
        super().sync(folder)
        self.steps.append(Step("sync", self._name(folder)))

    def remove(self, path: Path) -> None:
        """Remember that a name is gone, not synced."""
        super().remove(path)
        self.steps.append(Step("remove", self._name(path)))

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.folder))


def _applied(files: Files, step: Step) -> Files:
    after = dict(files)
    match step.kind:
        case "write":
            after[step.path] = step.content
        case "rename" if step.path in after:
            after[step.target] = after.pop(step.path)
        case "remove":
            after.pop(step.path, None)
    return after


def _left_by_cuts(before: Files, steps: list[Step]) -> Iterator[Files]:
    """Yield every state in which a cut after or within each step may leave a disk."""
    synced, waiting = before, []
    for step in steps:
        if step.kind == "write":
            for part in (b"", step.content[: len(step.content) // 2]):
                for files in _any_of(synced, waiting):
                    yield {**files, step.path: part}
        if step.kind == "sync":
            done = [one for one in waiting if str(Path(one.target or one.path).parent) == step.path]
            for one in done:
                synced = _applied(synced, one)
            waiting = [one for one in waiting if one not in done]
        else:
            waiting.append(step)
        yield from _any_of(synced, waiting)


def _any_of(synced: Files, waiting: list[Step]) -> Iterator[Files]:
    """Yield what is there with any of the changes that are not synced, in their order."""
    newest = waiting[-5:]
    for wanted in itertools.product((True, False), repeat=len(newest)):
        files = synced
        for step in waiting[:-5]:
            files = _applied(files, step)
        for step, there in zip(newest, wanted, strict=True):
            files = _applied(files, step) if there else files
        yield files


def _read(folder: Path) -> Files:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and "root_history" not in path.parts
    }


def _lay(folder: Path, files: Files) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


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
    before = _read(state)
    newer = offered.release.offer(bundle_of(tmp_path / "newer", 3)).sha256
    life.whole()
    steps = list(disk.steps)

    cuts = {tuple(sorted(files.items())) for files in _left_by_cuts(before, steps)}
    seen = set()
    for cut in cuts:
        _lay(state, dict(cut))
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
    before = _read(state)
    life.whole()
    cuts = list({tuple(sorted(f.items())): f for f in _left_by_cuts(before, disk.steps)}.values())

    for cut in cuts[:: max(1, len(cuts) // most)]:
        _lay(state, cut)
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
    states = list(_left_by_cuts({"record.json": content}, [Step("write", "record.json", content)]))

    assert any(files["record.json"] != content for files in states)
