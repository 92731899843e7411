"""Kill -9 at random moments, each followed by a start: nothing that was made is lost."""

import asyncio
import random
import time
from pathlib import Path
from typing import Any

from edge.archive.place import archive_folder
from edge.archive.reader import ArchiveReader
from edge.sources.miniseed_records import scan
from scripts.soaking.broker import mosquitto
from scripts.soaking.day import counted
from scripts.soaking.progress import Progress
from tests.conftest import Mosquitto
from tests.faults.ledger import Ledger, counting
from tests.faults.running import RunningAgent
from tests.faults.station import BASE_NS, quiet, shaken

_DAY_NS = 86_400 * 10**9
_YOUNG_S, _OLD_S = 1.5, 1.0
"""A life ends within this time of its start; every fifth so long after its first trigger."""
_BURST_EVERY = 5
_BROKER_EVERY = 50
_AGENT_SPEED = 500.0


async def run_kills(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill an agent again and again; return what was seen.

    Args:
        folder: For the station's and the broker's files.
        kills: How often.
        seed: Of the moments.
    """
    chance = random.Random(seed)  # noqa: S311 - moments are no secret
    lives_with_triggers, progress = 0, Progress("kills")
    async with mosquitto(folder / "broker") as broker, counting(broker.port) as ledger:
        agent = RunningAgent(shaken(folder, broker.port))
        for number in range(kills):
            before = len(agent.made)
            await _one_life(agent, folder, broker, number, chance)
            lives_with_triggers += len(agent.made) > before
            progress.say(f"{number + 1} kills, made {len(agent.made)}")
        agent.station = quiet(shaken(folder, broker.port, archive=True))
        async with agent:
            connections = agent.events.get("mqtt_connected", 0)
            await agent.until(lambda: agent.events.get("mqtt_connected", 0) > connections)
            await _until_all_arrived(agent, ledger)
            code = await agent.stop()
    seen = {
        "kills": kills,
        "seed": seed,
        "lives_with_triggers": lives_with_triggers,
        "exit_code": code,
        "outbox_damaged": agent.events.get("outbox_damaged", 0),
    }
    return seen | counted(agent, ledger) | _archive(archive_folder(agent.station))


async def _one_life(
    agent: RunningAgent, folder: Path, broker: Mosquitto, number: int, chance: random.Random
) -> None:
    """Start it on a day of its own, so that each life makes triggers of its own, and kill it."""
    agent.station = shaken(
        folder,
        broker.port,
        start_ns=BASE_NS + number * _DAY_NS,
        every_s=30.0,
        speed=_AGENT_SPEED,
        archive=True,
    )
    async with agent:
        if number % _BROKER_EVERY == _BROKER_EVERY - 1:
            await broker.stop()
            await broker.start()
        in_burst = number % _BURST_EVERY == 0
        if in_burst:
            before = len(agent.made)
            await agent.until(lambda: len(agent.made) > before)
        await asyncio.sleep(chance.uniform(0.0, _OLD_S if in_burst else _YOUNG_S))
    agent.forget_log()


async def _until_all_arrived(agent: RunningAgent, ledger: Ledger) -> None:
    """Wait for what waits on disk; what was put but not logged comes too."""
    await agent.until(lambda: agent.made.keys() <= ledger.payloads.keys())
    end_s, seen = time.monotonic() + 3.0, len(ledger.payloads)
    while time.monotonic() < end_s:
        await asyncio.sleep(0.1)
        if len(ledger.payloads) > seen:
            end_s, seen = time.monotonic() + 3.0, len(ledger.payloads)


def _archive(folder: Path) -> dict[str, Any]:
    """Return what the archive says of itself afterwards."""
    damaged: list[object] = []
    records = sum(1 for file in folder.glob("*/XX/*/*/*") for _ in scan(file, damaged.append))
    blocks = sum(1 for _ in ArchiveReader(folder).read(0, 2**62))
    return {"archive_records": records, "archive_damaged": len(damaged), "archive_blocks": blocks}
