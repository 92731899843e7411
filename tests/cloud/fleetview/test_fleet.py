"""The fleet at work: from a health report to the history, from silence to an alarm."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from cloud.board import Board
from cloud.board.alarm import FleetAlarm
from cloud.board.trouble import Trouble
from cloud.fleetview.config import FleetConfig
from cloud.fleetview.fleet import Fleet
from cloud.fleetview.retention import RetentionConfig
from cloud.store import Store
from cloud.store.alarms import AlarmLog
from edge.dataclock import DataClock
from edge.outbox import Outbox
from tests.cloud.fleetview.reports import NOW_NS, SECOND, report
from tests.cloud.scene import state


class Network:
    """A board and a fleet whose clock is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.now_ns = NOW_NS
        self.store = Store(folder / "centre.sqlite")
        self.outbox = Outbox(folder / "outbox.sqlite", clock_ns=lambda: self.now_ns)
        self.board = Board()
        self.told: list[FleetAlarm] = []
        self.fleet = self.restarted()

    def restarted(self) -> Fleet:
        """Return a fleet as a start of the centre makes it."""
        clock = DataClock(wall_ns=lambda: self.now_ns)
        self.fleet = Fleet(
            FleetConfig(), RetentionConfig(), self.board, self.store, self.outbox, clock
        )
        self.fleet.listeners.append(self.told.append)
        return self.fleet

    async def wait(self, seconds: float) -> None:
        """Let time pass, looking every five seconds."""
        for _ in range(int(seconds / 5)):
            self.now_ns += 5 * SECOND
            await self.fleet.look()

    def hear(self, station: str = "A", **changes: object) -> None:
        """Let a station report."""
        one = report(self.now_ns, station, **changes)
        self.board.on_health(one, self.now_ns)
        self.fleet.on_health(one, self.now_ns)

    def open(self) -> list[FleetAlarm]:
        """Return what the database says goes on."""
        return AlarmLog(self.store.engine).open()


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """Return an empty network."""
    made = Network(tmp_path)
    yield made
    made.outbox.close()
    made.store.close()


async def test_an_alarm_is_told_shown_kept_and_published(network: Network) -> None:
    """Once each; on MQTT under its own topic, retained."""
    network.hear()
    await network.wait(200)
    (alarm,) = network.told

    assert Trouble.SILENT is alarm.kind
    assert [alarm] == network.open()
    assert alarm in network.board.picture().alarms
    (queued,) = network.outbox.batch(10)
    assert (f"tremor/v1/alarm/{alarm.id}", True) == (queued.topic, queued.retain)
    assert alarm == FleetAlarm.from_wire(queued.payload)


async def test_alarms_go_on_over_a_restart(network: Network) -> None:
    """Nothing is told twice, and the page shows them at once."""
    network.hear()
    await network.wait(200)
    network.board = Board()
    network.hear()
    network.now_ns += 100 * SECOND
    await network.restarted().restore()
    shown = network.board.picture().alarms
    await network.wait(200)

    assert 1 == len(network.told) == len(shown)


async def test_an_acknowledgement_from_elsewhere_is_taken_up(network: Network) -> None:
    """The command writes it into the database, the page shows it."""
    network.hear()
    await network.wait(200)
    AlarmLog(network.store.engine).acknowledge(network.told[0].id, "ana", network.now_ns)
    await network.wait(5)

    (shown,) = network.board.picture().alarms
    assert "ana" == shown.acknowledged_by
    assert 1 == len(network.told)


async def test_a_moved_station_is_settled_by_acknowledging(network: Network) -> None:
    """From then on it stands where it says."""
    network.board.on_state(state("001"), network.now_ns)
    network.board.on_state(state("001", latitude=16.5), network.now_ns)

    async def hear_for(seconds: int) -> None:
        for _ in range(seconds // 10):
            network.board.on_state(state("001", latitude=16.5), network.now_ns)
            await network.wait(10)

    await hear_for(120)
    (alarm,) = network.told
    AlarmLog(network.store.engine).acknowledge(alarm.id, "ana", network.now_ns)
    await hear_for(300)

    assert Trouble.MOVED is alarm.kind
    assert [alarm.id, alarm.id] == [one.id for one in network.told]
    assert network.told[1].ended is not None
    assert [] == network.open()


async def test_alarms_do_not_wait_for_the_database(network: Network) -> None:
    """They are told at once, and written when it is back."""
    network.hear()
    with network.store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE station_alarm RENAME TO gone"))
    await network.wait(200)
    with network.store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO station_alarm"))
    await network.wait(5)

    assert 1 == len(network.told)
    assert network.told == network.open()
