"""Fixtures that every test may use."""

import asyncio
import getpass
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import structlog

from cloud.broker import EmbeddedBroker

_PROJECT = Path(__file__).resolve().parents[1]
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


@pytest.fixture(scope="session")
def project_root() -> Path:
    """Return the root of the checkout."""
    return _PROJECT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real recordings; skips where a checkout has none."""
    folder = _PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}")
    return folder


@pytest.fixture(autouse=True)
def _commands_leave_nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take back what a command that ran in this process set for the whole of it."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    monkeypatch.setenv("KERAS_BACKEND", backend)
    yield
    structlog.reset_defaults()


class Mosquitto:
    """A real Mosquitto on loopback that keeps its sessions over a restart.

    Attributes:
        port: TCP port, the same after every restart.
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, extra: str = "") -> None:
        with socket.create_server((self.host, 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} {self.host}\nallow_anonymous true\nset_tcp_nodelay true\n"
            f"persistence true\npersistence_location {folder}/\nautosave_interval 1\n"
            f"max_queued_messages 100000\nuser {getpass.getuser()}\nlog_dest none\n{extra}\n"
        )
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = await asyncio.create_subprocess_exec(MOSQUITTO, "-c", self._config)
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection(self.host, self.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return
        pytest.fail(f"mosquitto does not listen on {self.port}")

    async def stop(self) -> None:
        """End it in an orderly way, which writes its sessions to disk."""
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None


StartMosquitto = Callable[[str], Awaitable[Mosquitto]]


@pytest.fixture
async def mosquitto_with(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[StartMosquitto]:
    """Return a function that runs a Mosquitto with extra settings; skips where there is none."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed (Debian: apt install mosquitto)")
    running: list[Mosquitto] = []

    async def start(extra: str = "") -> Mosquitto:
        broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"), extra)
        running.append(broker)
        await broker.start()
        return broker

    yield start
    for broker in running:
        await broker.stop()


@pytest.fixture
async def mosquitto(mosquitto_with: StartMosquitto) -> Mosquitto:
    """Run a Mosquitto that lets everybody in."""
    return await mosquitto_with("")


@pytest.fixture
async def embedded_broker() -> AsyncIterator[EmbeddedBroker]:
    """Run the embedded broker of the kit in the test's own loop."""
    async with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.broker)])
def broker(request: pytest.FixtureRequest) -> EmbeddedBroker | Mosquitto:
    """Run each of the two brokers in turn: MQTT 3.1.1 in memory, and MQTT 5."""
    name = {"embedded": "embedded_broker", "mosquitto": "mosquitto"}[request.param]
    running: EmbeddedBroker | Mosquitto = request.getfixturevalue(name)
    return running
