"""A network goes over the air onto a running station: real processes, a real broker and server."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cloud.config import ServiceConfig, StoreSection, WebSection
from cloud.release.config import UpdatesConfig
from cloud.toml import to_toml
from edge.config import ReplaySection
from edge.messages import State
from edge.mqtt import Connector, Identity, MqttConfig
from edge.update.record import End, Phase, Record
from tests.edge.update.conftest import Offered
from tests.edge.update.field import Field, served
from tests.updates import bundle_of, station_config

pytestmark = pytest.mark.broker

QUICK = {
    "every_s": 1.0,
    "quiet_s": 0.0,
    # Silence of half as long is a break: a slow machine must get its packets through in it.
    "healthy_s": 4.0,
    "deadline_s": 600.0,
    "preflight_s": 600.0,
    "shadow": {"span_s": 2.0, "deadline_s": 600.0},
}


def _station(folder: Path, offered: Offered, url: str, port: int, **changes: object) -> Field:
    config = station_config(folder, offered.release.root, **{"url": url, **QUICK, **changes})
    broker = MqttConfig(port=port, retry_max_s=0.5)
    # What is replayed faster than real time is heard faster in the shadow, too.
    pace = ReplaySection(speed=4.0)
    return Field(folder, config.model_copy(update={"mqtt": broker, "replay": pace}))


async def test_a_good_network_is_committed(
    mosquitto: object, offered: Offered, tmp_path: Path
) -> None:
    """Fetched, proven here, in the shadow beside the old one, on probation, committed; told."""
    port = mosquitto.port  # type: ignore[attr-defined]
    connector = Connector(MqttConfig(port=port), Identity("ear"))
    async with (
        served(offered.release.repository.folder) as url,
        connector.connect() as ear,
        asyncio.timeout(420),
    ):
        station = _station(tmp_path, offered, url, port)
        async with station.running() as process:
            record = await station.until(lambda record: record.committed is not None)
            await ear.subscribe("tremor/v1/XX/A/state", qos=1)
            async for message in ear.messages:
                state = State.from_wire(message.payload)
                ear.acknowledge(message)
                if state.update is not None and state.update.committed is not None:
                    break
            alive = process.returncode is None

    assert alive
    assert record.last is not None
    assert (End.COMMITTED, offered.sha256) == (record.last.end, record.last.sha256)
    assert 2.0 <= record.last.figures["heard_s"]
    assert [(offered.sha256, True)] == [(m.sha256, m.running) for m in state.models]


@asynccontextmanager
async def _centre(folder: Path, offered: Offered, broker: int) -> AsyncIterator[str]:
    """Run `cloud-aggregator run` with the repository; yield its address for stations."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = ServiceConfig(
        mqtt=MqttConfig(port=broker),
        web=WebSection(port=port),
        store=StoreSection(),
        updates=UpdatesConfig(folder=offered.release.repository.folder),
        state_dir=folder / "centre",
    )
    (folder / "centre.toml").write_text(to_toml(config))
    with (folder / "centre.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cloud.cli", "run", "--config", folder / "centre.toml"),
            stdout=log,
            stderr=log,
            env=dict(os.environ),
        )
    try:
        yield f"http://127.0.0.1:{port}/updates/"
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.slow
async def test_bad_networks_are_returned(
    mosquitto: object, offered: Offered, tmp_path: Path
) -> None:
    """From the centre itself: noise ends in the shadow, and death at every start with the old one.

    The network that dies is in charge three times at most.
    """
    port = mosquitto.port  # type: ignore[attr-defined]
    release = offered.release
    async with _centre(tmp_path, offered, port) as url:
        station = _station(tmp_path, offered, url, port)
        async with station.running():
            await station.until(lambda record: record.committed is not None)
            noisy = release.offer(bundle_of(tmp_path / "noisy", 3, loud=1e-9)).sha256
            record = await station.until(lambda record: record.is_quarantined(noisy))
            assert Phase.SHADOW is record.quarantined[0].phase

        station = _station(tmp_path, offered, url, port, healthy_s=3000.0, deadline_s=3600.0)
        deadly = release.offer(bundle_of(tmp_path / "deadly", 4)).sha256
        async with station.running() as process:
            await station.until(_tries_are(2))
            process.send_signal(signal.SIGKILL)
        for left in (1, 0):
            async with station.running() as process:
                await station.until(_tries_are(left))
                process.send_signal(signal.SIGKILL)
        async with station.running() as process:
            record = await station.until(lambda record: record.is_quarantined(deadly))
            await asyncio.sleep(0)
            assert process.returncode is None

    assert record.committed is not None
    assert offered.sha256 == record.committed.sha256
    assert record.last is not None
    assert (End.ROLLED_BACK, "it was tried 3 times in vain") == (
        record.last.end,
        record.last.reason,
    )


def _tries_are(left: int) -> Callable[[Record], bool]:
    return lambda record: (
        record.candidate is not None
        and record.candidate.phase is Phase.PROBATION
        and record.candidate.tries_left == left
    )
