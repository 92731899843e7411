"""The real thing: an agent as a process, a web server, settings that holders have signed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.messages import State
from edge.mqtt import Connector, Identity, MqttConfig
from edge.update.record import End, Record
from edge.update.store import UpdateStore
from edge.update.targets import Kind
from tests.conftest import Mosquitto
from tests.edge.update.field import Field, served
from tests.edge.update.settings_life import RATIO
from tests.updates import Release, station_config

_QUICK = {"every_s": 1, "quiet_s": 0, "limit_s": 60}
_FILE = """
[configure]
healthy_s = 2
deadline_s = 300
[archive]
enabled = false
[detection.model]
enabled = false
[mqtt]
port = {port}
retry_max_s = 0.5
"""


class _Settings(Field):
    def __init__(self, folder: Path, release: Release, url: str, port: int) -> None:
        super().__init__(folder, station_config(folder, release.root, url=url, **_QUICK))
        self.file.write_text(self.file.read_text() + _FILE.format(port=port))
        self.store = UpdateStore(self.config.state_dir, kind=Kind.CONFIGURATION)


def _ended(record: Record, version: int) -> bool:
    return record.last is not None and record.last.version == version


@pytest.mark.broker
async def test_settings_arrive_and_bad_ones_go_back(
    trusted: Release, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    """The agent starts anew with them, proves them, tells it; a port in use is taken back."""
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    trusted.offer_settings(RATIO.format(7.5))
    async with served(trusted.repository.folder) as url, taken:
        station = _Settings(tmp_path, trusted, url, mosquitto.port)
        async with station.running():
            good = await station.until(lambda record: _ended(record, 1))
            metrics = f"[metrics]\nport = {port}\n"
            trusted.offer_settings(metrics, 2)
            bad = await station.until(lambda record: _ended(record, 2))
            state = await _state(mosquitto.port, lambda told: _version_told(told) == 2)

    assert good.last is not None
    assert bad.last is not None
    assert (End.COMMITTED, End.ROLLED_BACK) == (good.last.end, bad.last.end)
    assert ("detection.sta_lta.on_ratio",) == state.changed
    told = state.configuration
    assert told is not None
    assert told.committed is not None
    assert (1, "rolled back") == (told.committed.version, told.last and told.last.end)


def _version_told(state: State) -> int | str | None:
    told = state.configuration
    return told.last.version if told is not None and told.last is not None else None


async def _state(port: int, wanted: Callable[[State], bool]) -> State:
    """Return the first state of the station for which something holds."""
    connector = Connector(MqttConfig(port=port), Identity("operator"))
    async with asyncio.timeout(120), connector.connect() as connection:
        await connection.subscribe("tremor/v1/XX/A/state", qos=1)
        async for message in connection.messages:
            state = State.from_wire(message.payload)
            connection.acknowledge(message)
            if wanted(state):
                return state
    raise AssertionError("the broker hung up")
