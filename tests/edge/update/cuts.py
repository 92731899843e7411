"""A disk that remembers its writes, and what a power cut may leave of them.

Disks keep one promise: what was synced is there. The content of a file that is being written may be
there, or half of it, or none; a new name that was not synced yet may be there or not.
"""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edge.update.disk import Disk

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


def left_by_cuts(before: Files, steps: list[Step]) -> Iterator[Files]:
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


def read_files(folder: Path) -> Files:
    """Return the files below a folder, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and "root_history" not in path.parts
    }


def lay_files(folder: Path, files: Files) -> None:
    """Put files below a folder, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
