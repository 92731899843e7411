"""Damaged inputs, a hundred thousand of each format that a station reads from others."""

import asyncio
import resource
from typing import Any

from scripts.soaking.progress import Progress
from tests.faults.fuzzing import ALL_FORMATS, fuzz


async def run_fuzz(inputs: int, seed: int) -> dict[str, Any]:
    """Feed damaged inputs to every reader; return what became of them.

    Args:
        inputs: Of each format.
        seed: Of the damage.

    Raises:
        AssertionError: An input did harm; says which.
    """
    progress, formats = Progress("fuzz", 0.0), {}
    for name in ALL_FORMATS:
        before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seen = await asyncio.to_thread(fuzz, name, inputs, seed)
        grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
        formats[name] = {
            "taken": seen.taken,
            "refused": seen.refused,
            "slowest_s": round(seen.slowest_s, 2),
            "grown_mb": round(grown_kb / 1000, 1),
        }
        progress.say(f"{name}: {formats[name]}")
    return {"inputs": inputs, "seed": seed, "formats": formats}
