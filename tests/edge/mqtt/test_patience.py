"""On a slow line the station waits longer, and it still stops in time."""

import asyncio
import time

import aiomqtt
import pytest

from edge.mqtt import Connection, Connector, Identity, MqttConfig, Protocol, stay_connected
from edge.mqtt.patience import MOST, STEADY_S, Patience
from tests.conftest import Mosquitto
from tests.faults.proxy import bad_line

CONFIG = MqttConfig(connect_timeout_s=2.0, ack_timeout_s=10.0)


def _times(patience: Patience) -> tuple[float, float]:
    return patience.config.connect_timeout_s, patience.config.ack_timeout_s


def test_without_an_answer_the_times_double_up_to_a_bound() -> None:
    """And only connections that held halve them."""
    patience = Patience(CONFIG)
    seen = [_times(patience)]
    for _ in range(5):
        patience.unanswered()
        seen.append(_times(patience))
    patience.held(STEADY_S - 1)
    seen.append(_times(patience))
    patience.held(STEADY_S)
    seen.append(_times(patience))

    factors = [1.0, 2.0, 4.0, MOST, MOST, MOST, MOST, 4.0]
    assert [(2.0 * factor, 10.0 * factor) for factor in factors] == seen


@pytest.mark.broker
async def test_a_line_slower_than_the_timeout_is_connected_in_the_end(
    mosquitto: Mosquitto,
) -> None:
    """The third or fourth attempt waits long enough, and so do its acknowledgements."""
    async with bad_line(mosquitto.port, loss=0.0, delay_s=0.4, cut=0.0, seed=1) as line:
        config = MqttConfig(
            port=line.port, protocol=Protocol.V5, connect_timeout_s=0.2, ack_timeout_s=0.2
        )
        connector, attempts = Connector(config, Identity("slow")), 0
        while True:
            attempts += 1
            try:
                async with asyncio.timeout(30), connector.connect() as connection:
                    await connection.deliver("t", b"x")
                    break
            except aiomqtt.MqttError:
                continue

    assert 1 < attempts < 8


async def test_a_stop_does_not_wait_for_a_patient_attempt() -> None:
    """A broker that keeps silent is let go soon after the stop."""
    arrived, patient = [0], asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived[0] += 1
        if arrived[0] == 5:
            patient.set()
        while await reader.read(1000):
            pass
        writer.close()

    async def serve(_: Connection) -> None:
        raise AssertionError("it never answers")

    stop = asyncio.Event()
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        config = MqttConfig(port=port, connect_timeout_s=0.2, retry_max_s=0.5)
        task = asyncio.create_task(stay_connected(config, Identity("me"), serve, stop))
        await patient.wait()
        stop.set()
        began_s = time.monotonic()
        await asyncio.wait_for(task, 30)

    assert time.monotonic() - began_s < 15
