"""A running station leaves a network that came over the air for its own file's network."""

import asyncio
from pathlib import Path

import pytest

from edge.config import ReplaySection
from edge.messages import State
from edge.mqtt import Connector, Identity, MqttConfig
from edge.station import with_bundle
from edge.update.record import End
from edge.update.targets import Return
from edge.update.wayback import own_network
from tests.conftest import Mosquitto
from tests.edge.update.conftest import Offered
from tests.edge.update.field import Field, served
from tests.edge.update.test_over_the_air import QUICK
from tests.updates import bundle_of, station_config


@pytest.mark.slow
@pytest.mark.broker
async def test_a_station_is_brought_back_to_its_own_files_network(
    mosquitto: Mosquitto, offered: Offered, tmp_path: Path
) -> None:
    """No assignment was there before; nothing is fetched, and there is no shadow: it is quick."""
    release = offered.release
    async with (
        served(release.repository.folder) as url,
        Connector(MqttConfig(port=mosquitto.port), Identity("ear")).connect() as ear,
        asyncio.timeout(420),
    ):
        config = station_config(tmp_path, release.root, **{"url": url, **QUICK})
        config = with_bundle(config, bundle_of(tmp_path / "own", 1))
        broker = MqttConfig(port=mosquitto.port, retry_max_s=0.5)
        config = config.model_copy(update={"mqtt": broker, "replay": ReplaySection(speed=4.0)})
        own, station = own_network(config), Field(tmp_path, config)
        assert own is not None
        sha256 = own.offer.sha256
        async with station.running() as process:
            await station.until(
                lambda record: (
                    record.committed is not None and record.committed.sha256 == offered.sha256
                )
            )
            order = Return(rollout_id="back", leaving=(offered.sha256,))
            release.online.assign({"all": order})
            record = await station.until(
                lambda record: record.committed is not None and record.committed.sha256 == sha256
            )
            await ear.subscribe("tremor/v1/XX/A/state", qos=1)
            async for message in ear.messages:
                state = State.from_wire(message.payload)
                ear.acknowledge(message)
                if [sha256] == [model.sha256 for model in state.models if model.running]:
                    break
            alive = process.returncode is None

    assert alive
    assert record.last is not None
    assert (End.COMMITTED, {}) == (record.last.end, record.last.figures)
    assert record.previous is not None
    assert offered.sha256 == record.previous.sha256
