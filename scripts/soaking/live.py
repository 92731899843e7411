"""The live path in real time: a Raspberry Shake's datagrams over UDP into the whole agent."""

import asyncio
import socket
import time
from pathlib import Path
from typing import Any

import numpy as np

from edge.archive.config import ArchiveConfig
from edge.config import StationConfig
from edge.metrics.config import MetricsConfig
from edge.mqtt import MqttConfig
from edge.sensor import load_sensor_profile
from edge.serve.config import SeedLinkServerConfig
from edge.sources.rshake import RaspberryShakeConfig
from scripts.soaking.broker import mosquitto
from scripts.soaking.day import outcome, settle
from scripts.soaking.memory import Memory, free_port
from scripts.soaking.progress import Progress
from tests.conftest import Mosquitto
from tests.faults.ledger import Ledger, counting
from tests.faults.running import RunningAgent
from tests.faults.station import PLACE

_PACKET = 25
_RATE_HZ = 100.0
_QUAKE_EVERY_S = 180.0
_FIRST_QUAKE_S = 60.0
_NOISE_M_S2 = 6e-4
_BROKER_EVERY_S = 300.0
_RING_RECORDS = 200
"""So the ring is full after two minutes; as it comes it is after 45, with 5 MB."""


class Shake:
    """Sends what a Raspberry Shake 4D would: noise, and shaking every three minutes.

    Args:
        port: UDP port of the station on loopback.
    """

    def __init__(self, port: int) -> None:
        self.sent = 0
        self._to = ("127.0.0.1", port)
        self._scale = load_sensor_profile("rshake4d-mems").counts_per_m_s2
        self._chance = np.random.default_rng(7)

    async def run(self) -> None:
        """Send for ever, at the pace of the clock; four datagrams a second and channel."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            await self._send(sender)

    async def _send(self, sender: socket.socket) -> None:
        start_ns = time.time_ns()
        while True:
            first = self.sent * _PACKET
            due_ns = start_ns + round((first + _PACKET) * 1e9 / _RATE_HZ)
            await asyncio.sleep(max(0.0, (due_ns - time.time_ns()) / 1e9))
            first_s = (start_ns + first * 1e9 / _RATE_HZ) / 1e9
            for channel, values in zip(("ENZ", "ENN", "ENE"), self._samples(first), strict=True):
                text = f"{{'{channel}', {first_s:.3f}, {', '.join(map(str, values))}}}"
                sender.sendto(text.encode(), self._to)
            self.sent += 1

    def _samples(self, first: int) -> list[list[int]]:
        time_s = np.arange(first, first + _PACKET) / _RATE_HZ - _FIRST_QUAKE_S
        since_s, started = time_s % _QUAKE_EVERY_S, time_s > 0
        burst = 0.05 * started * np.exp(-since_s / 6) * np.sin(8 * np.pi * since_s)
        noise = self._chance.normal(size=(3, _PACKET)) * _NOISE_M_S2
        counts: list[list[int]] = np.rint((noise + burst) * self._scale).astype(int).tolist()
        return counts


def live_station(folder: Path, broker_port: int, udp_port: int, metrics_port: int) -> StationConfig:
    """Return a station that listens to a Raspberry Shake on loopback, with everything on."""
    return StationConfig(
        station=PLACE,
        source=RaspberryShakeConfig(listen="127.0.0.1", port=udp_port),
        archive=ArchiveConfig(keep_free_bytes=0),
        metrics=MetricsConfig(port=metrics_port),
        seedlink_server=SeedLinkServerConfig(port=0, ring_records=_RING_RECORDS),
        mqtt=MqttConfig(port=broker_port, retry_max_s=5.0),
        state_dir=folder / "state",
    )


async def run_live(folder: Path, minutes: float) -> dict[str, Any]:
    """Run the live path; return what was seen.

    Args:
        folder: For the station's and the broker's files.
        minutes: How long, in our time.
    """
    udp_port, metrics_port = free_port(socket.SOCK_DGRAM), free_port()
    shake = Shake(udp_port)
    async with (
        mosquitto(folder / "broker") as broker,
        counting(broker.port) as ledger,
        RunningAgent(live_station(folder, broker.port, udp_port, metrics_port)) as agent,
    ):
        memory = Memory(agent, metrics_port, _PACKET / _RATE_HZ)
        sending = asyncio.create_task(shake.run())
        restarts = await _watch(agent, memory, ledger, 60 * minutes, broker)
        await settle(agent, ledger)
        code = await agent.stop()
        sending.cancel()
    seen = {
        "minutes": minutes,
        "exit_code": code,
        "datagrams_sent": 3 * shake.sent,
        "broker_restarts": restarts,
    }
    return seen | {"memory": memory.result()} | outcome(agent, ledger, _PACKET / _RATE_HZ)


async def _watch(
    agent: RunningAgent, memory: Memory, ledger: Ledger, seconds: float, broker: Mosquitto
) -> int:
    """Sample memory for a while and restart the broker now and then; return how often."""
    restarts, progress = 0, Progress("live", 120.0)
    end_s, broker_s = time.monotonic() + seconds, time.monotonic() + _BROKER_EVERY_S
    while time.monotonic() < end_s and agent.code is None:
        await asyncio.sleep(1.0)
        agent.read()
        await memory.sample()
        if time.monotonic() > broker_s:
            await broker.stop()
            await broker.start()
            restarts, broker_s = restarts + 1, time.monotonic() + _BROKER_EVERY_S
        made, got = len(agent.made), len(ledger.payloads)
        if memory.resident:
            progress.say(f"{memory.resident[-1]:.1f} MB, made {made}, received {got}")
    return restarts
