"""Feeds damaged inputs to a reader: it refuses or takes them, in time, and does nothing else."""

import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from tests.faults.fleet_formats import FLEET_FORMATS
from tests.faults.formats import FORMATS
from tests.faults.mutate import damaged

ALL_FORMATS = FORMATS | FLEET_FORMATS
_SHOWN_BYTES = 2000
_MEMORY = Path("/dev/shm")
"""Files of a hundred thousand inputs need no disk, where this folder is there."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What became of the inputs."""

    taken: int
    refused: int
    slowest_s: float


def fuzz(name: str, count: int, seed: int) -> Fuzzed:
    """Feed damaged inputs to the reader of a format.

    Args:
        name: Of the format.
        count: How many inputs.
        seed: Of the damage; the same seed gives the same inputs.

    Raises:
        AssertionError: An input did harm; with the seed and the input.
    """
    chance = random.Random(f"{seed} {name}")
    taken, slowest_s = 0, 0.0
    place = _MEMORY if _MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="fuzz-", dir=place) as folder,
        structlog.testing.capture_logs() as logs,
        ALL_FORMATS[name](Path(folder)) as form,
    ):
        for example in form.examples:
            assert form.take(example), f"{name}: an example is refused: {example!r}"
        for number in range(count):
            content = damaged(chance, chance.choice(form.examples))
            began_s = time.perf_counter()
            try:
                taken += form.take(content)
            except Exception as error:
                shown = content[:_SHOWN_BYTES]
                reason = f"{name}: seed {seed}, input {number}: {error!r} from {shown!r}"
                raise AssertionError(reason) from error
            slowest_s = max(slowest_s, time.perf_counter() - began_s)
            logs.clear()
    return Fuzzed(taken, count - taken, slowest_s)
