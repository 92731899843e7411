"""The same earthquake in SQLite and in PostgreSQL."""

from pathlib import Path

from cloud.aggregator import Aggregator
from cloud.board import Board
from cloud.centre import Centre
from cloud.config import ServiceConfig, StoreSection
from cloud.holdings import open_holdings
from edge.dataclock import DataClock
from edge.messages import Event, EventStatus, Phase, State, Trigger
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import NETWORK, START_NS, Source, grid_network

_STATIONS = grid_network()
_QUAKE = Source(16.75, -99.45)
_DELAY_NS = seconds_to_ns(1.0)


class _Time:
    """A clock that goes where the test wants it."""

    def __init__(self) -> None:
        self.now_ns = START_NS

    def clock(self) -> DataClock:
        """Return it as the centre wants it."""
        return DataClock(START_NS, START_NS, wall_ns=lambda: self.now_ns)


async def _feed(config: ServiceConfig, time: _Time, triggers: list[Trigger], end_ns: int) -> None:
    """Let a centre run for a while: stations introduce themselves, triggers come, time passes."""
    with open_holdings(config) as holdings:
        centre = Centre(Aggregator(), Board(), holdings, time.clock())
        await centre.restore()
        for name, (latitude, longitude) in _STATIONS.items():
            place = {"latitude": latitude, "longitude": longitude}
            await centre.on_message(State(online=True, network=NETWORK, station=name, **place))
        for trigger in triggers:
            time.now_ns = trigger.onset + _DELAY_NS
            await centre.on_message(trigger)
            await centre.settle()
        while time.now_ns < end_ns:
            time.now_ns += seconds_to_ns(1)
            await centre.tick()
        await centre.settle()
        centre.close()


async def _events(config: ServiceConfig) -> list[Event]:
    """Return all revisions that a centre with a restart in the earthquake keeps."""
    time = _Time()
    triggers = sorted(_QUAKE.arrivals(_STATIONS, Phase.P), key=lambda each: (each.onset, each.id))
    await _feed(config, time, triggers[:6], triggers[5].onset + 2 * _DELAY_NS)
    await _feed(config, time, triggers[6:], START_NS + seconds_to_ns(200))
    with open_holdings(config) as holdings:
        return [
            revision
            for event in holdings.store.latest_events(10)
            for revision in holdings.store.revisions(event.id)
        ]


async def test_both_databases_give_the_same_events(tmp_path: Path, postgres_url: str) -> None:
    """To the last figure of every revision, over a restart in the middle of the event."""
    folders = [tmp_path / "sqlite", tmp_path / "postgresql"]
    for folder in folders:
        folder.mkdir()
    in_file = ServiceConfig(state_dir=folders[0])
    in_server = ServiceConfig(state_dir=folders[1], store=StoreSection(url=postgres_url))

    first, second = await _events(in_file), await _events(in_server)

    assert [event.to_wire() for event in first] == [event.to_wire() for event in second]
    assert 1 == len({event.id for event in first})
    assert EventStatus.FINAL is max(first, key=lambda event: event.revision).status
