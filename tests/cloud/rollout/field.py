"""Stations that speak the protocols: MQTT for what they say, HTTP and TUF for what they run.

Looking, verifying, deciding and keeping are the station's own code; only time is short, and what a
network does in the shadow and in charge is made up.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from edge.config import StationConfig, StationSection
from edge.errors import UpdateError
from edge.messages import Health, State
from edge.messages.topics import station_topic
from edge.mqtt import Connection
from edge.sources import SyntheticConfig
from edge.update.config import UpdateSection
from edge.update.record import Candidate, Installed, Phase, Record
from edge.update.steps import committed, entered
from edge.update.store import UpdateStore
from edge.update.targets import Kind
from edge.update.told import told
from edge.update.updater import UpdateRun

_TURN_S = 0.5

Firings = Callable[[int], float]
"""Firings in half an hour of shadow, by version."""


class FieldStation:
    """One station.

    Args:
        folder: What it keeps.
        name: Its code.
        ring: Where it belongs.
        url: The centre's repository.
        root: What it trusts.
        bundle: Version 1, which it committed before.

    Attributes:
        firings: What networks do in its shadow.
        problems: What it could not do, each once.
    """

    def __init__(
        self, folder: Path, name: str, ring: str, url: str, root: Path, bundle: Path
    ) -> None:
        update = UpdateSection(enabled=True, root=root, url=url, ring=ring, clock="any")
        self.config = StationConfig(
            station=StationSection(network="XX", station=name, latitude=17.0, longitude=-99.5),
            source=SyntheticConfig(latitude=17.0, longitude=-99.5),
            update=update,
            state_dir=folder,
        )
        self.store = UpdateStore(folder)
        self.settings = UpdateStore(folder, kind=Kind.CONFIGURATION)
        self.firings: Firings = lambda _: 30.0
        self.problems: list[str] = []
        self._told_ns = time.time_ns()
        self._turns = 0
        digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
        first = Installed(
            sha256=digest, name="loudness", version=1, rollout_id="r-1", since=self._told_ns
        )
        self.store.prepare()
        self.store.change(lambda _: Record(committed=first, highest={"loudness": 1}))

    @property
    def record(self) -> Record:
        """What it keeps."""
        return self.store.read()

    @property
    def version(self) -> int | str | None:
        """What it committed."""
        found = self.record.committed
        return None if found is None else found.version

    def turn(self) -> None:
        """Look, and go on with a candidate for one phase."""
        try:
            UpdateRun(self.config).run()
        except UpdateError as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))
        candidate = self.record.candidate
        if candidate is not None and candidate.phase is Phase.SHADOW:
            self._shadow(candidate)
        elif candidate is not None:
            _commit(self.store, candidate)
        wanted = self.settings.read().candidate
        if wanted is not None and wanted.phase is Phase.VERIFIED:
            self.settings.change(
                lambda record: entered(record, wanted, Phase.PROBATION, 3, time.time_ns())
            )
        elif wanted is not None:
            _commit(self.settings, wanted)

    def _shadow(self, candidate: Candidate) -> None:
        figures = {
            "heard_s": 1800.0,
            "firings": self.firings(int(candidate.version)),
            "incumbent_hops": 3600.0,
            "incumbent_firings": 30.0,
        }
        if candidate.returning:
            figures = {}

        def edit(record: Record) -> Record:
            after = entered(record, candidate, Phase.PROBATION, 3, time.time_ns())
            if after.candidate is None:
                return after
            kept = after.candidate.model_copy(update={"figures": figures})
            return after.model_copy(update={"candidate": kept})

        self.store.change(edit)

    def state(self) -> State:
        """Return the retained message."""
        place = self.config.station
        return State(
            online=True,
            network=place.network,
            station=place.station,
            latitude=place.latitude,
            longitude=place.longitude,
            update=told(self.record, self.config.update.ring),
            configuration=told(self.settings.read(), self.config.update.ring),
        )

    def health(self) -> Health:
        """Return a report."""
        self._turns += 1
        place = self.config.station
        return Health(
            network=place.network,
            station=place.station,
            time=time.time_ns(),
            packets=1,
            packets_dropped=0,
            gaps=0,
            outbox_depth=0,
            triggers=0,
            cpu_s=0.01 * self._turns,
            latency_s=1.0,
        )


def _commit(store: UpdateStore, candidate: Candidate) -> None:
    """Put what is on probation in charge; other phases are the updater's."""
    if candidate.phase is Phase.PROBATION:
        store.change(lambda record: committed(record, candidate, None, time.time_ns()))


@contextlib.asynccontextmanager
async def living(stations: Iterable[FieldStation], line: Connection) -> AsyncIterator[None]:
    """Let stations live: look, act, say how they are, again and again."""

    async def live(one: FieldStation) -> None:
        place = one.config.station
        said = None
        while True:
            await asyncio.to_thread(one.turn)
            state = one.state()
            if state != said:
                # Half of QoS 1 is that a message may come twice.
                topic = station_topic(place.network, place.station, "state")
                for _ in range(2):
                    await line.deliver(topic, state.to_wire(), retain=True)
                said = state
            topic = station_topic(place.network, place.station, "health")
            await line.deliver(topic, one.health().to_wire(), qos=0)
            await asyncio.sleep(_TURN_S)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(live(one)) for one in stations]
        yield
        for task in tasks:
            task.cancel()
