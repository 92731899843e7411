"""The agent as a process: its archive, its answers and its SeedLink server, as others see them."""

import asyncio
import json
import signal
import time
from pathlib import Path

from obspy import UTCDateTime
from obspy.clients.filesystem.sds import Client as SdsClient
from obspy.clients.seedlink.basic_client import Client as SeedLinkClient

from cloud.waveforms.message import read_waveform
from edge.archive.config import ArchiveConfig
from edge.archive.place import archive_folder
from edge.archive.reader import ArchiveReader
from edge.messages import Health
from edge.messages.command import Reply
from edge.mqtt import Connector, Identity, MqttConfig
from edge.serve.config import SeedLinkServerConfig
from edge.sources import SyntheticConfig
from edge.timestamps import format_time
from tests.conftest import Mosquitto
from tests.edge.test_agent import agent, config

PATIENCE_S = 60.0
SECOND = 1_000_000_000


async def _free_port() -> int:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def test_a_running_station_is_read_by_others(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """ObsPy reads it live, the centre gets a stretch on request, ObsPy reads what stays on disk."""
    base = config(tmp_path, mosquitto.port)
    assert isinstance(base.source, SyntheticConfig)
    start_ns = base.source.start or time.time_ns()
    port = await _free_port()
    station = base.model_copy(
        update={
            "archive": ArchiveConfig(flush_s=5.0, keep_free_bytes=0),
            "seedlink_server": SeedLinkServerConfig(port=port),
        }
    )
    begin = UTCDateTime(ns=start_ns) + 20
    async with (
        Connector(MqttConfig(port=mosquitto.port), Identity("centre")).connect() as centre,
        agent(station) as process,
    ):
        await centre.subscribe("tremor/v1/XX/A/#", qos=1)
        heard = _collect(centre)
        await heard.until(lambda: heard.of("health") and _triggered(heard.of("health")[-1]))
        found = await asyncio.to_thread(_read_live, port, begin)
        command = {
            "id": "req-1",
            "name": "waveform",
            "arguments": {
                "start": format_time(start_ns + 20 * SECOND),
                "end": format_time(start_ns + 30 * SECOND),
            },
        }
        await centre.deliver("tremor/v1/XX/A/command", json.dumps(command).encode())
        await heard.until(lambda: heard.of("reply") and heard.of("waveform/req-1"))
        process.send_signal(signal.SIGTERM)
        assert 0 == await asyncio.wait_for(process.wait(), PATIENCE_S)
        heard.stop()

    assert {"HNZ", "HNN", "HNE"} == {trace.stats.channel for trace in found}
    reply = Reply.from_wire(heard.of("reply")[0])
    assert ("req-1", True) == (reply.id, reply.ok)
    codes = ("XX", "A", "req-1")
    answer = read_waveform("", codes, heard.of("waveform/req-1")[0])
    assert {"HNZ", "HNN", "HNE"} == {record.channel for record in answer.records}
    health = Health.from_wire(heard.of("health")[-1])
    assert health.archive is not None
    assert health.archive.ok
    folder = archive_folder(station)
    on_disk = SdsClient(str(folder)).get_waveforms("XX", "A", "00", "HNZ", begin, begin + 10)
    assert 1 == len(on_disk)
    live = found.select(channel="HNZ").merge().slice(begin + 1, begin + 9)[0]
    kept = on_disk[0].slice(begin + 1, begin + 9)
    # The two may state rates that differ in the seventh digit: the last sample may fall out.
    assert kept.data[:990].tolist() == live.data[:990].tolist()
    last = list(ArchiveReader(folder).read(start_ns + 30 * SECOND, 2**62))
    assert last


def _triggered(payload: bytes) -> bool:
    return Health.from_wire(payload).triggers > 0


def _read_live(port: int, begin: UTCDateTime) -> object:
    client = SeedLinkClient("127.0.0.1", port=port, timeout=PATIENCE_S)
    return client.get_waveforms("XX", "A", "00", "HN?", begin, begin + 10)


class _Heard:
    """Collects what a connection receives, by what follows the station's code in the topic."""

    def __init__(self, connection: object) -> None:
        self._connection = connection
        self._messages: list[tuple[str, bytes]] = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async for message in self._connection.messages:  # type: ignore[attr-defined]
            kind = message.topic.value.split("/", 4)[4]
            self._messages.append((kind, message.payload))
            self._connection.acknowledge(message)  # type: ignore[attr-defined]
            self._news.set()

    def of(self, kind: str) -> list[bytes]:
        """Return the payloads of a kind."""
        return [payload for one, payload in self._messages if one == kind]

    async def until(self, condition: object) -> None:
        """Wait until something holds of what came."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # type: ignore[operator]
                self._news.clear()
                await self._news.wait()

    def stop(self) -> None:
        """End it."""
        self._task.cancel()


def _collect(connection: object) -> _Heard:
    return _Heard(connection)
