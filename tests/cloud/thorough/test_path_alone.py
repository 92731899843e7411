"""The thorough path without a broker: a picker that fails, a disk that fails, a restart."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import cloud.thorough.path as module
from cloud.config import ServiceConfig
from cloud.errors import PickerError
from cloud.holdings import Holdings, open_holdings
from cloud.picking import PhasePick, Picker
from cloud.seismogram import Seismogram
from cloud.station_messages import read_station_message
from cloud.thorough.config import ThoroughConfig
from cloud.thorough.path import ThoroughPath
from cloud.waveforms import WaveformMessage
from edge.dataclock import DataClock
from edge.messages import Event, EventMethod, Phase, State
from edge.messages.command import Command, Reply
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import NETWORK, START_NS, Centre, Source, grid_network
from tests.cloud.records import miniseed, trace
from tests.cloud.thorough.waves import picks_of

SOURCE = Source(16.9, -99.4, depth_km=14.0, reach_km=60.0)
STATIONS = grid_network()
NOW_NS = START_NS + seconds_to_ns(110)


class Truthful:
    """A picker that knows where P and S are."""

    name = "truthful 1"

    def pick(self, seismograms: Sequence[Seismogram]) -> list[tuple[PhasePick, ...]]:
        """Return the picks."""
        known = {one.station: one.picks for one in picks_of(SOURCE, STATIONS)}
        return [known[one.station] for one in seismograms]


class Broken:
    """A picker that never works."""

    name = "broken 1"

    def pick(self, _: Sequence[Seismogram]) -> list[tuple[PhasePick, ...]]:
        """Fail."""
        raise PickerError(self.name, "the graphics card is gone")


class Publisher:
    """What the path needs of a centre; events go into a list."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.published: list[Event] = []

    def open_events(self) -> list[Event]:
        """Return the one event."""
        return self.centre.latest()

    def made_as(self, event_id: str) -> str:
        """Return the same id."""
        return event_id

    def state_of(self, station: str) -> State | None:
        """Return nothing: counts will do."""
        assert station.startswith(NETWORK)

    async def carry_on(self, made: list[Event]) -> None:
        """Keep what is published."""
        self.published += made


@pytest.fixture
def holdings(tmp_path: Path) -> Iterator[Holdings]:
    """Open the disks of a centre."""
    with open_holdings(ServiceConfig(state_dir=tmp_path)) as made:
        yield made


class Running:
    """A path with one event of a network.

    Attributes:
        path: The path.
        publisher: Where its events go.
        asked: The commands that wait for the broker.
    """

    def __init__(self, holdings: Holdings, picker: Picker) -> None:
        centre = Centre(STATIONS).feed(SOURCE.arrivals(STATIONS, Phase.P))
        self.holdings = holdings
        self.publisher = Publisher(centre)
        clock = DataClock(data_start_ns=NOW_NS, wall_start_ns=None)
        self.path = ThoroughPath(
            ThoroughConfig(),
            lambda: contextlib.nullcontext(picker),
            centre.aggregator,
            self.publisher,
            holdings,
            clock,
            lambda: None,
        )

    @property
    def asked(self) -> list[tuple[str, Command]]:
        """Return topics and commands that wait for the broker."""
        waiting = self.holdings.outbox.batch(100)
        return [(one.topic, Command.from_wire(one.payload)) for one in waiting]

    def answer(self, topic: str, command: Command) -> None:
        """Let a station answer with two minutes of noise, the records kept as a centre does."""
        station = topic.split("/")[3]
        start = START_NS / 1e9 - 60
        base = type(trace().stats.starttime)(start)
        content = miniseed(*(trace(c, base, 180.0, station=station) for c in ("HNZ", "HNN", "HNE")))
        message = read_station_message(
            f"tremor/v1/{NETWORK}/{station}/waveform/{command.id}", content
        )
        assert isinstance(message, WaveformMessage)
        self.holdings.waveforms.keep(message)
        self.path.on_answer(message)
        self.path.on_answer(
            Reply(
                id=command.id,
                name="waveform",
                network=NETWORK,
                station=station,
                ok=True,
                text="",
                result={"messages": 1},
                time=NOW_NS,
            )
        )

    async def until(self, condition: Callable[[], bool]) -> None:
        """Run until something holds."""
        stop = asyncio.Event()
        task = asyncio.create_task(self.path.run(stop))
        try:
            async with asyncio.timeout(60):
                while not condition():  # noqa: ASYNC110 - conditions of other parts
                    await asyncio.sleep(0.01)
        finally:
            stop.set()
            await task

    async def ask_and_answer(self) -> None:
        """Let all be asked and answer."""
        await self.until(lambda: len(self.asked) >= 10)
        for topic, command in self.asked:
            self.answer(topic, command)

    def located(self) -> list[Event]:
        """Return the revisions from waveforms."""
        return [e for e in self.publisher.published if e.method is EventMethod.WAVEFORMS]


async def test_what_came_is_located(holdings: Holdings) -> None:
    """Asked, answered, published."""
    running = Running(holdings, Truthful())
    await running.ask_and_answer()

    await running.until(lambda: running.located() != [])

    (event,) = running.located()
    assert SOURCE.error_km(event) < 2.5
    assert all(command.name == "waveform" for _, command in running.asked)


async def test_after_a_restart_what_is_in_the_archive_is_not_asked_for(holdings: Holdings) -> None:
    """The second life finds the records, asks nobody, and says the same."""
    first = Running(holdings, Truthful())
    await first.ask_and_answer()
    await first.until(lambda: first.located() != [])
    asked = len(first.asked)

    second = Running(holdings, Truthful())
    await second.until(lambda: second.located() != [])

    assert asked == len(second.asked)
    old, new = first.located()[-1], second.located()[-1]
    assert (old.latitude, old.longitude, old.origin_time) == (
        new.latitude,
        new.longitude,
        new.origin_time,
    )


async def test_a_picker_that_fails_leaves_the_event_as_it_is(
    holdings: Holdings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried three times, told, and the path goes on."""
    monkeypatch.setattr(module, "_TRY_AGAIN_S", 0.01)
    running = Running(holdings, Broken())
    await running.ask_and_answer()

    with capture_logs() as logs:
        await running.until(lambda: any(log["event"] == "picker_fails" for log in logs))

    assert [] == running.located()
    assert 2 == sum(log["event"] == "picker_tried_again" for log in logs)
    (failed,) = (log for log in logs if log["event"] == "picker_fails")
    assert "the graphics card is gone" in failed["reason"]


async def test_nobody_answers_and_nothing_is_picked(holdings: Holdings) -> None:
    """All are silent beyond the deadline: told, and no picker is started."""
    running = Running(holdings, Broken())
    await running.until(lambda: len(running.asked) >= 10)
    running.path._clock = DataClock(NOW_NS + seconds_to_ns(3600), None)

    with capture_logs() as logs:
        await running.until(lambda: any(log["event"] == "waveforms_none" for log in logs))

    assert [] == running.publisher.published
    assert all(log["event"] in ("waveforms_missing", "waveforms_none") for log in logs)


async def test_an_error_of_ours_does_not_end_the_path(
    holdings: Holdings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told in full; the next step is taken all the same."""
    running = Running(holdings, Truthful())
    real, calls = running.path.desk.requests, []

    def fail_once(now_ns: int) -> list[object]:
        calls.append(now_ns)
        if len(calls) == 1:
            raise RuntimeError("a mistake")
        return list(real(now_ns))

    monkeypatch.setattr(running.path.desk, "requests", fail_once)
    with capture_logs() as logs:
        await running.until(lambda: running.asked != [])

    assert ["thorough_path_failed"] == [log["event"] for log in logs if log["log_level"] == "error"]


async def test_switched_off_it_asks_nobody(holdings: Holdings) -> None:
    """`enabled = false`."""
    running = Running(holdings, Truthful())
    running.path.desk.config = ThoroughConfig(enabled=False)
    stop = asyncio.Event()
    task = asyncio.create_task(running.path.run(stop))
    await asyncio.sleep(0)
    stop.set()
    await task

    assert [] == running.asked
