"""A flood, a broker that is away, and a bound on memory: the agent stays within it."""

import asyncio
import json
from pathlib import Path

import pytest

from edge.mqtt import Connector, Identity, MqttConfig
from tests.conftest import Mosquitto
from tests.faults.ledger import counting
from tests.faults.limits import memory_limit
from tests.faults.running import RunningAgent
from tests.faults.station import shaken

LIMIT_BYTES = 125_000_000
"""Half of what the systemd unit allows."""
COMMANDS = 800


async def _flood(port: int) -> None:
    """Send commands, as many and as large as a broker lets through."""
    filler = "x" * 50_000
    async with Connector(MqttConfig(port=port), Identity("flood")).connect() as connection:
        for number in range(COMMANDS):
            command = {"id": f"f{number}", "name": "dance", "arguments": {"with": filler}}
            await connection.deliver("tremor/v1/XX/A/command", json.dumps(command).encode())


@pytest.mark.broker
async def test_a_flood_of_commands_and_triggers_stays_within_the_memory_limit(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """40 MB of commands and a burst of triggers: the kernel ends nothing, all triggers arrive."""
    station = shaken(tmp_path, mosquitto.port, every_s=30.0, speed=200.0)
    with memory_limit(LIMIT_BYTES) as prefix:
        async with counting(mosquitto.port) as ledger, RunningAgent(station, prefix) as agent:
            await agent.until(lambda: agent.said("mqtt_connected"))
            flooding = asyncio.create_task(_flood(mosquitto.port))
            await agent.until(lambda: flooding.done() and len(agent.made) > 20)
            await flooding
            assert agent.code is None, agent.log.read_text()[-3000:]
            most = agent.rss_bytes()
            wanted = set(agent.made)
            await agent.until(lambda: wanted <= ledger.payloads.keys())
            code = await agent.stop()

    assert (0, 0) == (code, ledger.conflicts)
    assert most < LIMIT_BYTES


@pytest.mark.slow
@pytest.mark.broker
async def test_without_a_broker_what_waits_does_not_fill_the_memory(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Triggers wait on disk, not in memory."""
    station = shaken(tmp_path, mosquitto.port, every_s=30.0, speed=500.0)
    with memory_limit(LIMIT_BYTES) as prefix:
        async with counting(mosquitto.port) as ledger:
            await mosquitto.stop()
            async with RunningAgent(station, prefix) as agent:
                await agent.until(lambda: len(agent.made) > 1000)
                await mosquitto.start()
                wanted = set(agent.made)
                await agent.until(lambda: wanted <= ledger.payloads.keys())
                code = await agent.stop()

    assert (0, 0) == (code, ledger.conflicts)
