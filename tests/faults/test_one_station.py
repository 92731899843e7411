"""Two agents on one station, and an agent whose disk takes no more."""

from pathlib import Path

import pytest

from edge.outbox import Outbox
from tests.conftest import Mosquitto
from tests.faults.disk import small_disk
from tests.faults.ledger import counting
from tests.faults.running import RunningAgent
from tests.faults.station import quiet, shaken


@pytest.mark.broker
async def test_a_second_agent_on_one_station_refuses(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """It says why, with exit code 1, and the first goes on undisturbed."""
    station = shaken(tmp_path, mosquitto.port, speed=100.0)
    async with counting(mosquitto.port) as ledger, RunningAgent(station) as first:
        await first.until(lambda: first.said("mqtt_connected"))
        second = RunningAgent(station, log_folder=tmp_path / "second")
        async with second:
            code = await second.wait()
        await first.until(lambda: len(first.made) > 0)
        await first.until(lambda: first.made.keys() <= ledger.payloads.keys())

    said = " ".join(second.log.read_text().split())
    assert 1 == code
    assert "another process has it open; is the agent running already?" in said
    assert first.code == -9  # it ran until we ended it


@pytest.mark.broker
@pytest.mark.parametrize("fault", ["full", "read-only"])
async def test_a_disk_that_takes_no_more_costs_no_trigger(
    mosquitto: Mosquitto, tmp_path: Path, fault: str
) -> None:
    """It fills up, or goes read-only, while triggers wait: all reach the broker, and it is said."""
    station = shaken(tmp_path, mosquitto.port, every_s=30.0, speed=60.0, archive=True)
    station = station.model_copy(update={"state_dir": tmp_path / "disk" / "state"})
    agent = RunningAgent(station, log_folder=tmp_path)
    with small_disk(tmp_path / "disk") as disk:
        async with counting(mosquitto.port) as ledger:
            await mosquitto.stop()
            async with agent:
                await agent.until(lambda: len(agent.made) >= 2)
                (disk.fill if fault == "full" else disk.break_down)()
                before = len(agent.made)
                await agent.until(lambda: len(agent.made) >= before + 4)
                await mosquitto.start()
                wanted = set(agent.made)
                await agent.until(lambda: wanted <= ledger.payloads.keys())
                await agent.until(lambda: ledger.health is not None)
                code = await agent.stop()

    assert (0, 0) == (code, ledger.conflicts)
    assert agent.said("outbox_not_durable")


@pytest.mark.slow
@pytest.mark.broker
async def test_a_disk_that_is_free_again_is_used_again(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """What waits in memory goes back to disk, and survives kill -9."""
    station = shaken(tmp_path, mosquitto.port, every_s=30.0, speed=60.0)
    station = station.model_copy(update={"state_dir": tmp_path / "disk" / "state"})
    agent = RunningAgent(station, log_folder=tmp_path)
    with small_disk(tmp_path / "disk") as disk:
        async with counting(mosquitto.port) as ledger:
            await mosquitto.stop()
            async with agent:
                await agent.until(lambda: len(agent.made) >= 2)
                disk.fill()
                await agent.until(lambda: agent.said("outbox_not_durable"))
                disk.clear()
                await agent.until(lambda: agent.said("outbox_durable_again"))
            await mosquitto.start()
            agent.station = quiet(station)
            async with agent:
                await agent.until(lambda: agent.made.keys() <= ledger.payloads.keys())
                code = await agent.stop()

        outbox = Outbox(station.state_dir / "outbox.sqlite")
        depth = outbox.depth
        outbox.close()
    assert (0, 0, 0) == (code, depth, ledger.conflicts)
