"""A disk that takes long for each sync: detection goes on, and nothing is lost."""

import asyncio
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from scripts.soaking.live import Shake, live_station
from scripts.soaking.memory import free_port
from tests.conftest import Mosquitto
from tests.faults.ledger import counting
from tests.faults.running import RunningAgent
from tests.faults.station import shaken


def _slow_syncs(delay_s: float) -> tuple[str, ...]:
    """Return the words that make each sync of a program slow; skips where that is impossible."""
    words = ("strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null")
    calls = "fsync,fdatasync"
    delay = f"inject={calls}:delay_exit={round(delay_s * 1e6)}"
    delayed = (*words, "-e", f"trace={calls}", "-e", delay)
    if shutil.which("strace") is None:
        pytest.skip("slow syncs need strace (Debian: apt install strace)")
    probe = subprocess.run([*delayed, "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"strace may not trace here: {probe.stderr.strip()}")
    return delayed


@pytest.mark.broker
async def test_slow_syncs_delay_triggers_and_lose_none(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Each revision waits for its sync; the next packets are looked at all the same."""
    station = shaken(tmp_path, mosquitto.port, every_s=60.0, speed=40.0, archive=True)
    async with (
        counting(mosquitto.port) as ledger,
        RunningAgent(station, _slow_syncs(0.1)) as agent,
    ):
        await agent.until(lambda: len(agent.made) >= 3)
        wanted = set(agent.made)
        await agent.until(lambda: wanted <= ledger.payloads.keys())
        code = await agent.stop()

    assert (0, 0) == (code, ledger.conflicts)
    assert [] == agent.complaints


@pytest.mark.slow
@pytest.mark.broker
async def test_slow_syncs_cost_a_live_sensor_no_sample(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Half a second each, a Shake in real time: what the kernel keeps meanwhile is enough."""
    port = free_port(socket.SOCK_DGRAM)
    station = live_station(tmp_path, mosquitto.port, port, metrics_port=0)
    async with (
        counting(mosquitto.port) as ledger,
        RunningAgent(station, _slow_syncs(0.5)) as agent,
    ):
        sending = asyncio.create_task(Shake(port).run())
        await agent.until(lambda: "final" in agent.made.values(), 400)
        wanted, before = set(agent.made), ledger.reports
        await agent.until(lambda: wanted <= ledger.payloads.keys())
        await agent.until(lambda: ledger.reports > before)
        sending.cancel()
        await agent.stop()

    health = ledger.health
    assert health is not None
    assert (0, 0, 0) == (health.packets_dropped, health.gaps, ledger.conflicts)
