"""Kill -9 at random moments of a running agent: `make soak` does it a thousand times."""

import asyncio
import random
from pathlib import Path

import pytest

from edge.outbox import Outbox
from tests.conftest import Mosquitto
from tests.faults.ledger import Ledger, counting
from tests.faults.running import RunningAgent
from tests.faults.station import BASE_NS, quiet, shaken

_DAY_NS = 86_400 * 10**9


def _depth(agent: RunningAgent) -> int:
    """Return how many messages wait for a broker; the agent must not run."""
    outbox = Outbox(agent.station.state_dir / "outbox.sqlite")
    try:
        return outbox.depth
    finally:
        outbox.close()


def _says_empty(ledger: Ledger, reports: int) -> bool:
    """Tell whether a health report after those says that nothing waits."""
    is_new = ledger.reports > reports
    return is_new and ledger.health is not None and ledger.health.outbox_depth == 0


@pytest.mark.broker
async def test_kill_9_at_random_moments_loses_no_trigger(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Whatever the agent said it had made reaches the subscriber, also what it came not to say."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    agent = RunningAgent(shaken(tmp_path, mosquitto.port))
    async with counting(mosquitto.port) as ledger:
        for number in range(3):
            agent.station = shaken(
                tmp_path,
                mosquitto.port,
                start_ns=BASE_NS + number * _DAY_NS,
                every_s=30.0,
                speed=500.0,
                archive=True,
            )
            await agent.start()
            before = len(agent.made)
            await agent.until(lambda: len(agent.made) > before)  # noqa: B023 - waited for here
            await asyncio.sleep(chance.random() * 0.3)
            await agent.kill()
        agent.station = quiet(shaken(tmp_path, mosquitto.port))
        await agent.start()
        await agent.until(lambda: agent.made.keys() <= ledger.payloads.keys())
        # What it came not to say waits in the outbox only, until the agent says that it is empty.
        reports = ledger.reports
        await agent.until(lambda: _says_empty(ledger, reports))
        await agent.stop()

    assert (0, 0) == (_depth(agent), ledger.conflicts), f"seed {seed}"
    assert [] == agent.complaints
