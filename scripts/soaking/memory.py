"""A process's memory over the time of its data."""

import asyncio
import re
import socket
import urllib.request
from typing import Any

import numpy as np

from scripts.soaking.trend import trend
from tests.faults.running import RunningAgent

_DAY_S = 86_400.0
_PACKETS = re.compile(r"^tremor_station_packets_total(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE)
STRETCHES = 24


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port of loopback that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Memory:
    """Samples of a process's memory, each with how much data went through detection by then.

    Args:
        agent: The process.
        metrics_port: Where it serves its metrics.
        packet_s: Seconds of data in a packet.
    """

    def __init__(self, agent: RunningAgent, metrics_port: int, packet_s: float) -> None:
        self._agent = agent
        self._url = f"http://127.0.0.1:{metrics_port}/metrics"
        self._packet_s = packet_s
        self.data_s: list[float] = []
        self.anonymous: list[float] = []
        self.resident: list[float] = []

    async def sample(self) -> None:
        """Take one, in MB; nothing before the agent answers."""
        packets = await asyncio.to_thread(self._packets)
        if packets is None:
            return
        self.data_s.append(packets * self._packet_s)
        self.anonymous.append(self._agent.anonymous_bytes() / 1e6)
        self.resident.append(self._agent.rss_bytes() / 1e6)

    def _packets(self) -> float | None:
        try:
            with urllib.request.urlopen(self._url, timeout=30) as answer:  # noqa: S310 - loopback
                found = _PACKETS.search(answer.read().decode())
        except OSError:
            return None
        return float(found[1]) if found else None

    def result(self) -> dict[str, Any]:
        """Return slope and extent."""
        line = trend([seconds / _DAY_S for seconds in self.data_s], self.anonymous)
        course = np.array_split(self.anonymous, STRETCHES)
        return {
            "slope_mb_a_day": round(line.slope, 3),
            "slope_error_mb_a_day": round(line.error, 3),
            "resident_mb": round(self.resident[-1], 1),
            "resident_most_mb": round(max(self.resident), 1),
            "samples": len(self.data_s),
            "anonymous_mb": [round(float(part.mean()), 2) for part in course],
        }
