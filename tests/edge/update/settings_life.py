"""A station's life with settings over the air, step by step: its agent's starts are calls here."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cloud.toml import to_toml
from edge.concurrency import until_first
from edge.config import StationConfig
from edge.outbox import Outbox
from edge.reconfigure.effective import effective, read_station_file
from edge.reconfigure.probation import Verdict, Vitals
from edge.reconfigure.record import Entry, Trial
from edge.reconfigure.remote import Remote
from edge.reconfigure.store import Store
from edge.update.disk import Disk
from edge.update.part import Turn
from edge.update.record import Record
from edge.update.settings_part import SettingsPart
from edge.update.settings_trial import SettingsTrial
from edge.update.store import UpdateStore
from edge.update.targets import Kind
from edge.update.updater import UpdateRun
from tests.updates import BASE, MemoryFetcher, Release, station_config

if TYPE_CHECKING:
    from edge.update.report import Report

RATIO = "[detection.sta_lta]\non_ratio = {:g}\n"
FILE_RATIO = 4.0


class Killed(BaseException):
    """The process is gone at this very point: nothing after it happens."""


class SettingsLife:
    """A station that looks for settings, starts with them and proves them.

    Args:
        folder: What it has.
        release: The repository that it trusts.
        disk: Writes.
        more: Further lines of the station file.

    Attributes:
        fetcher: Its way to the repository.
        vitals: How the station is with settings on trial.
        on_trial: What happens with settings on trial, before they are judged.
        network_ran: A network runs without them.
        network_trouble: Why none runs with them, where one must; None where one does.
    """

    def __init__(
        self,
        folder: Path,
        release: Release,
        disk: Disk | None = None,
        more: str = "",
        **changes: object,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.disk = disk
        config = station_config(folder, release.root, **changes)
        self.file = folder / "station.toml"
        self.file.write_text(to_toml(config) + more)
        self.store = UpdateStore(config.state_dir, disk, Kind.CONFIGURATION)
        self.fetcher = MemoryFetcher(release.repository.folder)
        self.vitals = Vitals(connected=False, packets=100, dropped=0)
        self.on_trial: Callable[[Remote, SettingsPart], None] = _nothing
        self.network_ran = False
        self.network_trouble: str | None = None
        self._outboxes = itertools.count()

    @property
    def record(self) -> Record:
        """What is kept."""
        return self.store.read()

    def edit(self, old: str, new: str) -> None:
        """Edit the station file on site."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))

    def holds(self) -> StationConfig:
        """Return the configuration that is proven."""
        return effective(read_station_file(self.file)).config

    def ratio(self) -> float:
        """Return the setting that the settings of tests change."""
        return self.holds().detection.sta_lta.on_ratio

    def command(self, key: str, value: object) -> None:
        """Let an operator's command be in force."""
        entry = Entry(key=key, value=value, file_unset=True, command="by-hand", time=1)
        Store(self.holds().state_dir).change(
            lambda record: record.model_copy(update={"entries": (*record.entries, entry)})
        )

    def look(self) -> "Report":
        """Run the updater."""
        config = self.holds()
        return UpdateRun(config, BASE, self.fetcher, disk=self.disk).run()

    def start(self) -> Remote:
        """Start the agent, as far as its configuration goes; what is on trial is judged."""
        return asyncio.run(self._start())

    def whole(self) -> Remote:
        """Go from a look to the agent's next start that is proven."""
        self.look()
        remote = asyncio.run(self._go_on())
        return self.start() if remote.restart_wanted else remote

    def step(self) -> None:
        """Let the agent go on until it is to start anew."""
        asyncio.run(self._go_on())

    def propose(self, key: str, value: object, tries: int = 2) -> None:
        """Let an operator's command wait for its trial."""
        entry = Entry(key=key, value=value, file_unset=True, command="by-hand", time=1)
        trial = Trial(
            command="by-hand",
            tries_left=tries,
            entries=(entry,),
            changed={key: {"to": value}},
            network_runs=False,
            since=1,
        )
        Store(self.holds().state_dir).change(lambda record: record.on_trial(trial))

    def start_over_command(self, key: str, value: object) -> StationConfig:
        """Start with a command on trial, let that be kept, go on; return what ran meanwhile."""
        return asyncio.run(self._start_over_command(key, value))

    async def _start_over_command(self, key: str, value: object) -> StationConfig:
        self.propose(key, value)
        remote, part = await self._begin()
        assert remote.settings is None
        assert remote.trial is not None
        remote._conclude(remote.trial, Verdict(ok=True, reason=""))
        try:
            await until_first(part.go_on(self._turn()), remote._wanted.wait())
        finally:
            remote.close()
        assert remote.restart_wanted
        return remote.config

    def _turn(self) -> Turn:
        return Turn(lambda: self.vitals, lambda: self.network_ran, _at_once, _at_once)

    async def _begin(self) -> tuple[Remote, SettingsPart]:
        remote = Remote(read_station_file(self.file), lambda: None, steady_s=lambda: 0.0)
        outbox = Outbox(self.file.with_name(f"outbox-{next(self._outboxes)}.sqlite"))
        try:
            remote.begin(outbox)
        finally:
            outbox.close()
        remote._outbox = None
        ticks = itertools.count(0, 100)
        part = SettingsPart(remote, time.time_ns, lambda: float(next(ticks)))
        return remote, part

    async def _start(self) -> Remote:
        remote, part = await self._begin()
        try:
            if remote.settings is not None:
                self.on_trial(remote, part)
            if remote.settings is not None:
                await part._judge(remote.settings, self._seen(remote.settings))
        finally:
            remote.close()
        if remote.restart_wanted:
            return await self._start()
        return remote

    def _seen(self, trial: SettingsTrial) -> Callable[[], Vitals]:
        packets = itertools.accumulate(itertools.repeat(self.vitals.packets))
        trouble = self.network_trouble if trial.network_runs else None
        return lambda: replace(self.vitals, packets=next(packets), network_trouble=trouble)

    async def _go_on(self) -> Remote:
        remote, part = await self._begin()
        try:
            await until_first(part.go_on(self._turn()), remote._wanted.wait())
        finally:
            remote.close()
        return remote


def _nothing(_remote: Remote, _part: SettingsPart) -> None:
    """Let all be well."""


async def _at_once() -> None:
    """Wait for nothing."""
