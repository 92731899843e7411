"""A station's life with updates, step by step and without waiting: processes are calls here."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge.errors import UpdateRefusedError
from edge.reconfigure.probation import Vitals
from edge.update.disk import Disk
from edge.update.machine import Machine
from edge.update.record import Candidate, Phase, Record
from edge.update.report import Report
from edge.update.start import Chosen, choose
from edge.update.store import UpdateStore
from edge.update.trial import Trial
from edge.update.updater import UpdateRun
from edge.update.wayback import file_says
from tests.updates import BASE, MemoryFetcher, Release, station_config

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.config import StationConfig
    from edge.update.config import UpdateSection

WELL = Vitals(connected=False, packets=100, dropped=0)


class Killed(BaseException):
    """The process is gone at this very point: nothing after it happens."""


class Life:
    """A station that looks, proves and commits.

    Args:
        folder: What it has.
        release: The repository that it trusts.
        disk: Writes.

    Attributes:
        fetcher: Its way to the repository.
        vitals: How the station is with a network on probation.
        in_shadow: What happens in the shadow.
        in_charge: What happens with a network on probation.
    """

    def __init__(
        self, folder: Path, release: Release, disk: Disk | None = None, **changes: object
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.config: StationConfig = station_config(folder, release.root, **changes)
        self.rules: UpdateSection = self.config.update
        self.store = UpdateStore(self.config.state_dir, disk)
        self.machine = Machine(self.store, self.rules.tries, time.time_ns)
        self.fetcher = MemoryFetcher(release.repository.folder)
        self.vitals = WELL
        self.in_shadow: Callable[[Candidate], None] = _nothing
        self.in_charge: Callable[[Candidate], None] = _nothing
        self.disk = disk

    @property
    def record(self) -> Record:
        """What is kept."""
        return self.store.read()

    def look(self) -> Report:
        """Run the updater."""
        return UpdateRun(self.config, BASE, self.fetcher, disk=self.disk).run()

    def shadow(self) -> None:
        """Run a candidate in the shadow, if there is one."""
        candidate = self.machine.begin({Phase.SHADOW})
        if candidate is None:
            return
        try:
            self.in_shadow(candidate)
        except UpdateRefusedError as error:
            self.machine.give_up(candidate, error.reason)
            return
        self.machine.enter_next(candidate)

    def start(self) -> Chosen:
        """Start the agent; a network on probation is judged at once."""
        chosen = choose(self.config, self.store, time.time_ns)
        candidate = chosen.candidate
        if candidate is None:
            return chosen
        self.in_charge(candidate)
        trial = Trial(candidate, self.rules, self.machine, 0.0)
        reason, now_s = None, 0.0
        while reason is None:
            now_s += 10.0
            packets = round(self.vitals.packets * now_s)
            reason = trial.look(now_s, replace(self.vitals, packets=packets))
        if reason:
            trial.roll_back(reason)
            return choose(self.config, self.store, time.time_ns)
        trial.commit(file_says(self.config), time.time_ns)
        return chosen

    def whole(self) -> Chosen:
        """Go from a look to the agent's next start."""
        self.look()
        self.shadow()
        return self.start()

    def runs(self) -> str | None:
        """Return the hash of the network that the agent would start with; None: the file's own.

        Raises:
            AssertionError: Its file is not what its name says.
        """
        chosen = choose(self.config, self.store, time.time_ns)
        bundle = chosen.config.detection.model.bundle
        if bundle is None:
            return None
        digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
        assert bundle.stem == digest
        return digest


def _nothing(_: Candidate) -> None:
    """Let all be well."""
