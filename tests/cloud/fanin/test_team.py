"""Several processes receive for one centre: everything comes, also when one of them is killed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from cloud.fanin import IngestConfig, Intake
from cloud.station_messages import StationMessage
from edge.messages import Health, State, Trigger
from edge.mqtt import MqttConfig
from tests.cloud.test_ingest import health, trigger, writing
from tests.conftest import Mosquitto

pytestmark = pytest.mark.broker

_PATIENCE_S = 60
_STATE = State(online=True, network="XX", station="A")


class Centre:
    """What comes out of an intake, and when it is safe.

    Attributes:
        got: Messages, in order.
        settled: Settlements.
        frozen: While it is set, nothing becomes safe.
    """

    def __init__(self) -> None:
        self.got: list[StationMessage] = []
        self.settled = 0
        self.frozen = asyncio.Event()

    async def handle(self, message: StationMessage) -> None:
        """Take a message."""
        self.got.append(message)

    async def settle(self) -> None:
        """Wait while nothing becomes safe."""
        while self.frozen.is_set():  # noqa: ASYNC110 - it is set and cleared
            await asyncio.sleep(0.01)
        self.settled += 1

    def reports(self) -> set[int]:
        """Return the numbers of the reports so far."""
        return {one.packets for one in self.got if isinstance(one, Health)}


def report(number: int) -> bytes:
    """Return a report that is told by its count of packets."""
    return health().model_copy(update={"packets": number}).to_wire()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(_PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - conditions of other processes
            await asyncio.sleep(0.02)


@asynccontextmanager
async def receiving(port: int, centre: Centre, processes: int = 2) -> AsyncIterator[Intake]:
    """Run an intake until all its processes have subscribed."""
    stop = asyncio.Event()
    config = MqttConfig(port=port, retry_max_s=0.5)
    intake = Intake(
        config, IngestConfig(processes=processes), "centre", centre.handle, centre.settle
    )
    task = asyncio.create_task(intake.run(stop))
    async with writing(port) as writer:
        await writer.deliver("tremor/v1/XX/A/state", _STATE.to_wire(), retain=True)
        await until(lambda: _STATE in centre.got)
        for number in range(10_000):
            # Shared out in turn: as many in a row as there are processes reach all of them.
            await writer.deliver("tremor/v1/XX/A/health", report(10_000 + number))
            if len(centre.reports()) >= 3 * processes:
                break
            await asyncio.sleep(0.02)
    centre.got.clear()
    try:
        yield intake
    finally:
        stop.set()
        await asyncio.wait_for(task, _PATIENCE_S)


async def send(port: int, numbers: range, pause_s: float = 0.0) -> None:
    """Publish triggers."""
    async with writing(port) as writer:
        for number in numbers:
            await writer.deliver("tremor/v1/XX/A/health", report(number))
            await asyncio.sleep(pause_s)


async def test_reports_are_shared_out_and_triggers_are_not(mosquitto: Mosquitto) -> None:
    """Each comes once, the triggers in their order."""
    centre = Centre()
    async with receiving(mosquitto.port, centre) as intake:
        assert intake.team is not None
        before = intake.team.received
        async with writing(mosquitto.port) as writer:
            for number in range(1, 51):
                await writer.deliver("tremor/v1/XX/A/health", report(number))
                await writer.deliver("tremor/v1/XX/A/trigger", trigger(number).to_wire())
        await until(
            lambda: all(trigger(n) in centre.got and n in centre.reports() for n in range(1, 51))
        )
        shared = intake.team.received - before
        workers = set(intake.team.processes.values())

    assert [trigger(n) for n in range(1, 51)] == [o for o in centre.got if isinstance(o, Trigger)]
    assert shared >= 50
    assert 2 == len(workers)


async def test_killed_process_loses_nothing_of_qos_1(mosquitto: Mosquitto) -> None:
    """The other one goes on, a new one takes up what the dead one had not brought home."""
    centre = Centre()
    async with receiving(mosquitto.port, centre) as intake:
        assert intake.team is not None
        victim = intake.team.processes[0]
        sending = asyncio.create_task(send(mosquitto.port, range(1, 301), pause_s=0.005))
        await until(lambda: len(centre.reports()) > 30)
        os.kill(victim, signal.SIGKILL)
        await sending
        await until(lambda: set(range(1, 301)) <= centre.reports())
        restarts, now = intake.team.restarts, intake.team.processes[0]

    assert 1 == restarts
    assert victim != now


async def test_what_was_not_safe_comes_again(mosquitto: Mosquitto) -> None:
    """A worker is told what is safe, and acknowledges no more than that."""
    centre = Centre()
    async with receiving(mosquitto.port, centre) as intake:
        assert intake.team is not None
        centre.frozen.set()
        wanted = set(range(1, 21))
        await send(mosquitto.port, range(1, 21))
        await until(lambda: wanted <= centre.reports())
        centre.got.clear()
        for process in list(intake.team.processes.values()):
            os.kill(process, signal.SIGKILL)
        centre.frozen.clear()
        await until(lambda: wanted <= centre.reports())


async def test_triggers_outlive_a_restart_of_the_broker(mosquitto: Mosquitto) -> None:
    """Also those that come before the processes have subscribed anew: Mosquitto forgets shares."""
    centre = Centre()
    async with receiving(mosquitto.port, centre):
        await mosquitto.stop()
        await mosquitto.start()
        async with writing(mosquitto.port) as writer:
            for number in range(1, 11):
                await writer.deliver("tremor/v1/XX/A/trigger", trigger(number).to_wire())
            await until(lambda: all(trigger(n) in centre.got for n in range(1, 11)))
            while not centre.reports():
                await writer.deliver("tremor/v1/XX/A/health", report(1))
                await asyncio.sleep(0.05)


async def test_broken_messages_do_not_reach_the_centre(mosquitto: Mosquitto) -> None:
    """The process that receives checks; the honest one after them comes."""
    centre = Centre()
    async with receiving(mosquitto.port, centre) as intake:
        async with writing(mosquitto.port) as writer:
            for _ in range(50):
                await writer.deliver("tremor/v1/XX/A/health", b"\xff\x00{")
            await writer.deliver("tremor/v1/XX/A/health", report(7))
        await until(lambda: 7 in centre.reports())
        assert intake.team is not None
        received = intake.team.restarts, intake.team.failed

    assert (0, 0) == received
