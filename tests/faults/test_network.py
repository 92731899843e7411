"""A network that loses a third of its packets and takes seconds: nothing is lost in the end."""

import random
from pathlib import Path

import pytest

from edge.mqtt import MqttConfig
from tests.conftest import Mosquitto, StartMosquitto
from tests.faults.ledger import counting
from tests.faults.lossy import LossyNetwork, lossy_network, why_not
from tests.faults.proxy import bad_line
from tests.faults.running import RunningAgent
from tests.faults.station import shaken


@pytest.mark.broker
async def test_a_line_that_delays_stalls_and_cuts_loses_no_trigger(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """At 25 times the pace: answers take 0.2 s and more, and the agent waits for 0.2 s at first."""
    seed = random.randrange(2**32)
    async with (
        counting(mosquitto.port) as ledger,
        bad_line(mosquitto.port, loss=0.3, delay_s=0.1, cut=0.01, seed=seed) as line,
    ):
        impatient = MqttConfig(
            port=line.port, retry_max_s=0.5, connect_timeout_s=0.2, ack_timeout_s=0.8
        )
        station = shaken(tmp_path, line.port, every_s=60.0, speed=100.0)
        async with RunningAgent(station.model_copy(update={"mqtt": impatient})) as agent:
            await agent.until(lambda: len(agent.made) >= 4)
            wanted = set(agent.made)
            await agent.until(lambda: wanted <= ledger.payloads.keys())
            code = await agent.stop()

    assert (0, 0) == (code, ledger.conflicts), f"seed {seed}"
    assert line.stalls > 0


@pytest.mark.slow
@pytest.mark.broker
async def test_real_tcp_over_a_network_that_loses_30_percent_loses_no_trigger(
    mosquitto_with: StartMosquitto, tmp_path: Path
) -> None:
    """Packets of IP lost and delayed: five seconds there and back, the agent with its defaults."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with lossy_network(0.3, 2.5) as network:
        broker = await mosquitto_with(f"listener 18830 {LossyNetwork.address}\n")
        station = shaken(tmp_path, broker.port, every_s=60.0, speed=10.0)
        far = MqttConfig(host=LossyNetwork.address, port=18830)
        prefix = ("ip", "netns", "exec", LossyNetwork.name)
        async with (
            counting(broker.port) as ledger,
            RunningAgent(station.model_copy(update={"mqtt": far}), prefix) as agent,
        ):
            await agent.until(lambda: len(agent.made) >= 20)
            wanted = set(agent.made)
            await agent.until(lambda: wanted <= ledger.payloads.keys(), 500)

    assert 0 == ledger.conflicts
    assert network.lost > 0
