"""A station's life with its own software, step by step: the launcher is real, execve(2) is not."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from cloud.toml import to_toml
from edge.outbox import Outbox
from edge.reconfigure.probation import Vitals
from edge.software import launched, launcher, part
from edge.software.part import SoftwarePart
from edge.update.disk import Disk
from edge.update.part import Turn
from edge.update.record import Candidate, Record
from edge.update.store import UpdateStore
from edge.update.targets import Kind
from edge.update.updater import Report, UpdateRun
from tests.updates import BASE, MemoryFetcher, Release, station_config

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.reconfigure.remote import Remote

WELL = Vitals(connected=False, packets=100, dropped=0)
INSTALLED = "the installed one"


class Killed(BaseException):
    """The process is gone at this very point: nothing after it happens."""


class Became(BaseException):
    """The launcher became a release."""


class Anew(BaseException):
    """The agent starts anew."""


class SoftwareLife:
    """A station that looks, starts through the launcher, proves and commits.

    Args:
        folder: What it has.
        release: The repository that it trusts.
        monkeypatch: Takes the place of execve(2).
        disk: Writes.

    Attributes:
        fetcher: Its way to the repository.
        vitals: How the station is with a release on probation.
        rehearsal: What happens in the rehearsal.
        in_charge: What happens when a release runs, on probation or not.
    """

    def __init__(
        self,
        folder: Path,
        release: Release,
        monkeypatch: pytest.MonkeyPatch,
        disk: Disk | None = None,
        **changes: object,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        known = {"software": True, "software_free_bytes": 0}
        self.config = station_config(folder, release.root, **(known | changes))
        self.file = folder / "station.toml"
        self.file.write_text(to_toml(self.config))
        self.store = UpdateStore(self.config.state_dir, disk, Kind.SOFTWARE)
        self.fetcher = MemoryFetcher(release.repository.folder)
        self.disk = disk
        self.vitals = WELL
        self.rehearsal: Callable[[Candidate], None] = _nothing
        self.in_charge: Callable[[str], None] = _nothing
        monkeypatch.setattr(os, "execv", _become)
        monkeypatch.setattr(part, "_LOOK_S", 0.0)
        monkeypatch.setattr(part, "_DISK_RETRY_S", 0.0)
        monkeypatch.setattr(part, "rehearsed", self._rehearsed)
        monkeypatch.setenv(launched.VARIABLE, "")

    @property
    def record(self) -> Record:
        """What is kept."""
        return self.store.read()

    def look(self) -> Report:
        """Run the updater."""
        return UpdateRun(self.config, BASE, self.fetcher, disk=self.disk).run()

    def launch(self) -> str:
        """Start through the launcher; return which release runs, or the installed one."""
        launched.forget()
        try:
            launcher.launch(["run", "--config", str(self.file)], self.disk)
        except Became as became:
            return str(became)
        return INSTALLED

    def start(self) -> str:
        """Start the agent, which does what is to be done; return what runs in the end."""
        for _ in range(9):
            running = self.launch()
            try:
                self.in_charge(running)
                self._agent()
            except Anew:
                continue
            return running
        pytest.fail("it starts anew for ever")

    def whole(self) -> str:
        """Look once and start; return what runs in the end."""
        self.look()
        return self.start()

    def report(self) -> Any:  # noqa: ANN401 - an UpdateReport
        """Return what the agent tells."""
        outbox = Outbox(self.config.state_dir / "outbox.sqlite")
        try:
            return self._part(outbox).report()
        finally:
            outbox.close()

    def _agent(self) -> None:
        """Run an agent until it has nothing more to do."""
        outbox = Outbox(self.config.state_dir / "outbox.sqlite")
        try:
            asyncio.run(self._work(self._part(outbox)))
        finally:
            outbox.close()

    def _part(self, outbox: Outbox) -> SoftwarePart:
        remote = SimpleNamespace(
            want_restart=_anew, restart_now=_anew, file=SimpleNamespace(path=self.file)
        )
        told = launched.told()
        return SoftwarePart(
            self.config, cast("Remote", remote), outbox, told, steady_s=_Jumps(), disk=self.disk
        )

    async def _work(self, software: SoftwarePart) -> None:
        moment = 0

        def vitals() -> Vitals:
            nonlocal moment
            moment += 1
            return replace(self.vitals, packets=self.vitals.packets * moment)

        turn = Turn(vitals, lambda: True, _soon, _soon)
        proving = asyncio.create_task(software.prove(vitals))
        try:
            while software.on_trial and not proving.done():  # noqa: ASYNC110 - its own clock
                await asyncio.sleep(0)
            # The loop must have run the task at least once: the agent came up.
            await asyncio.sleep(0)
            if proving.done():
                proving.result()
            await software.go_on(turn)
        finally:
            software.close()
            proving.cancel()
            await asyncio.wait([proving])
            if not proving.cancelled():
                proving.result()

    async def _rehearsed(
        self, _: UpdateStore, candidate: Candidate, *__: object
    ) -> dict[str, float]:
        self.rehearsal(candidate)
        return {}


class _Jumps:
    """A clock that goes ten seconds at each look."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 10.0
        return self.now_s


async def _soon() -> None:
    """Wait for nothing."""


def _anew() -> None:
    raise Anew


def _become(python: str, _: list[str]) -> None:
    if not Path(python).exists():
        raise FileNotFoundError(2, "No such file or directory", python)
    raise Became(Path(python).parents[1].name)


def _nothing(_: object) -> None:
    """Let all be well."""
