"""A day of data at speed: the whole agent, a broker that is restarted or away, memory sampled."""

import asyncio
import time
from pathlib import Path
from typing import Any

from scripts.soaking.broker import mosquitto
from scripts.soaking.memory import Memory, free_port
from scripts.soaking.progress import Progress
from tests.conftest import Mosquitto
from tests.faults.ledger import Ledger, counting
from tests.faults.running import RunningAgent
from tests.faults.station import PACKET_S, shaken

QUAKE_EVERY_S = 600.0
BROKER_EVERY_S = 45.0
"""Our seconds between two restarts of the broker."""
_AWAY_S = 2.0


async def run_day(folder: Path, hours: float, speed: float, *, away: bool) -> dict[str, Any]:
    """Run a day of data; return what was seen.

    Args:
        folder: For the station's and the broker's files.
        hours: Hours of data.
        speed: Seconds of data in a second of ours.
        away: The broker is away until the day is over; else it is restarted now and then.
    """
    async with mosquitto(folder / "broker") as broker:
        port = free_port()
        station = shaken(
            folder, broker.port, every_s=QUAKE_EVERY_S, speed=speed, archive=True, metrics_port=port
        )
        async with counting(broker.port) as ledger:
            if away:
                await broker.stop()
            async with RunningAgent(station) as agent:
                memory = Memory(agent, port, PACKET_S)
                restarts = await _watch(agent, memory, ledger, hours, None if away else broker)
                if away:
                    await broker.start()
                await settle(agent, ledger)
                code = await agent.stop()
    seen = {"hours": hours, "speed": speed, "exit_code": code, "broker_restarts": restarts}
    return seen | {"memory": memory.result()} | outcome(agent, ledger, PACKET_S)


async def _watch(
    agent: RunningAgent,
    memory: Memory,
    ledger: Ledger,
    hours: float,
    restarted: Mosquitto | None,
) -> int:
    """Sample memory until so much data was seen, restart the broker; return how often."""
    restarts, progress = 0, Progress("day" if restarted else "away")
    broker_s = time.monotonic() + BROKER_EVERY_S
    hours_seen = 0.0
    while hours_seen < hours and agent.code is None:
        await asyncio.sleep(1.0)
        agent.read()
        await memory.sample()
        if restarted is not None and time.monotonic() > broker_s:
            await restarted.stop()
            await asyncio.sleep(_AWAY_S)
            await restarted.start()
            restarts += 1
            broker_s = time.monotonic() + BROKER_EVERY_S
        if memory.data_s:
            hours_seen = memory.data_s[-1] / 3600
            seen = f"{hours_seen:.1f} h of data, {memory.resident[-1]:.1f} MB"
            progress.say(f"{seen}, made {len(agent.made)}, received {len(ledger.payloads)}")
    return restarts


async def settle(agent: RunningAgent, ledger: Ledger) -> None:
    """Wait until all that was made has arrived, and a health report after that."""
    await agent.until(lambda: agent.made.keys() <= ledger.payloads.keys())
    before = ledger.reports
    await agent.until(lambda: ledger.reports > before)


def outcome(agent: RunningAgent, ledger: Ledger, packet_s: float) -> dict[str, Any]:
    """Return what became of samples and triggers, by the last health report and the subscriber."""
    health = ledger.health
    if health is None:
        raise RuntimeError("no health report came")
    stream_hours = health.packets * packet_s / 3600
    return {
        "packets": health.packets,
        "packets_dropped": health.packets_dropped,
        "gaps": health.gaps,
        "archive_lost_s": health.archive.lost_s if health.archive is not None else None,
        "cpu_s_per_stream_hour": round((health.cpu_s or 0.0) / stream_hours, 2),
        "connections": agent.events.get("mqtt_connected", 0),
    } | counted(agent, ledger)


def counted(agent: RunningAgent, ledger: Ledger) -> dict[str, Any]:
    """Return what was made and what arrived."""
    return {
        "triggers_made": len(agent.made),
        "triggers_received": len(ledger.payloads),
        "triggers_lost": len(agent.made.keys() - ledger.payloads.keys()),
        "duplicates": ledger.duplicates,
        "conflicts": ledger.conflicts,
        "errors_logged": len(agent.complaints),
    }
