"""The fleet in a running centre: from a station's last word to a notice."""

import asyncio
import time
from pathlib import Path

import httpx2
import pytest

from cloud.board.alarm import FleetAlarm
from cloud.board.trouble import Trouble
from cloud.config import ServiceConfig, WebSection
from cloud.fleetview import fleet as module
from cloud.fleetview.config import FleetConfig
from cloud.webhooks import Rule, WebhooksConfig
from edge.messages import Health
from edge.messages.topics import ALL_ALARMS
from edge.mqtt import Connection, Connector, Identity, MqttConfig
from tests.cloud.fleetview.reports import report
from tests.cloud.test_service import RunningBroker, running, state, until
from tests.cloud.webhooks.conftest import Listener, listener

__all__ = ["listener"]  # a fixture


async def speak(connection: Connection, name: str, *, online: bool) -> Health:
    """Let a station say how it is, and that it is there or gone."""
    one = report(time.time_ns(), name)
    await connection.deliver(f"tremor/v1/XX/{name}/health", one.to_wire(), qos=0)
    said = state(name, online=online).to_wire()
    await connection.deliver(f"tremor/v1/XX/{name}/state", said, retain=True)
    return one


async def test_a_power_cut_is_one_notice_and_its_end_another(
    mosquitto: RunningBroker,
    tmp_path: Path,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over MQTT, in the API and to a webhook; what the stations reported is remembered."""
    monkeypatch.setattr(module, "_LOOK_S", 0.1)
    target = {"type": "json", "url": f"{listener.url}/fleet"}
    rule = Rule.model_validate({"name": "fleet", "about": "stations", "target": target})
    settings = ServiceConfig(
        mqtt=MqttConfig(port=mosquitto.port, retry_max_s=0.5),
        web=WebSection(port=0),
        state_dir=tmp_path,
        fleet=FleetConfig(after_s={Trouble.SILENT: 0.5}, well_s=0.5, gather_s=5.0),
        webhooks=WebhooksConfig(rules=(rule,)),
    )
    heard: list[FleetAlarm] = []

    async def read(connection: Connection) -> None:
        async for message in connection.messages:
            heard.append(FleetAlarm.from_wire(message.payload))
            connection.acknowledge(message)

    port = MqttConfig(port=mosquitto.port)
    async with (
        Connector(port, Identity("stations")).connect() as stations,
        Connector(port, Identity("reader")).connect() as reader,
        running(settings) as service,
    ):
        reading = asyncio.create_task(read(reader))
        await reader.subscribe(ALL_ALARMS, qos=1)
        for name in "ABCDEF":
            await speak(stations, name, online=True)
        await until(lambda: len(service.board.picture().stations) == 6)
        for name in "ABCDEF":
            await speak(stations, name, online=False)
        await until(lambda: len(listener.heard) == 1)
        async with httpx2.AsyncClient() as client:
            answer = await client.get(f"{service.address}api/v1/alarms?open=true")
        for name in "ABCDEF":
            await speak(stations, name, online=True)
        await until(lambda: len(listener.heard) == 2)
        await until(lambda: any(one.ended is not None for one in heard))
        reading.cancel()
        await service.fleet.close()
        async with httpx2.AsyncClient() as client:
            trend = await client.get(f"{service.address}api/v1/stations/XX.A/trend?hours=1")

    (shown,) = answer.json()
    assert [False, True] == [body["over"] for _, _, body in listener.heard]
    assert 6 == len(shown["stations"])
    assert {shown["id"]} == {one.id for one in heard}
    assert 1 == len(trend.json()["start"])
