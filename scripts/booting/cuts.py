"""Power that goes away: where in a boot, at what moment, and what becomes of the station."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scripts.booting.stages import BROKER, FIRST_BOOT

SECONDS_IN_SERVICE: Final = (2.0, 40.0)
"""After the agent was ready; earthquakes come in between."""
CARDS: Final = (
    # Each row is a card, and each entry a cut of it, one boot after the other.
    (("systemd", "cloud-init begins"), ("cloud-init begins", "cloud-init done")),
    (
        ("installation begins", "agent installed, examined"),
        ("agent installed, examined", "installation done"),
    ),
    (("cloud-init done", "installation begins"), ("installation done", BROKER)),
)
"""Between which stages of a first boot power goes."""


@dataclass(frozen=True)
class Moment:
    """When power goes."""

    stage: str
    """What was reached last."""
    until: str
    """What is not reached any more."""
    after_s: float
    """Seconds after the first."""

    @property
    def pattern(self) -> str:
        """What the console says at the first."""
        return FIRST_BOOT[self.stage]


@dataclass
class Cut:
    """What became of a card."""

    card: str
    moment: str
    at_s: float
    """Since power came."""
    last: str = ""
    """Last line of the console."""
    begun_anew: bool = False
    """Whether the next boot began the first boot anew."""
    works_after_s: float | None = None
    """From the next power on to the first trigger; None where the next cut came first."""
    finding: str = ""
    """What was wrong then."""


def moments(
    seconds: Mapping[str, float], rows: tuple[tuple[tuple[str, str], ...], ...], seed: int
) -> list[list[Moment]]:
    """Return moments for each card, drawn evenly between two stages of a boot without a cut.

    Args:
        seconds: Of that boot, by stage.
        rows: Pairs of stages, by card.
        seed: The same seed, the same shares of the spans.
    """
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    return [
        [
            Moment(stage, until, round(chance.random() * (seconds[until] - seconds[stage]), 2))
            for stage, until in row
        ]
        for row in rows
    ]


def service_spans(count: int, seed: int) -> list[float]:
    """Return after how many seconds of service power goes."""
    chance = random.Random(seed + 1)  # noqa: S311 - moments, not secrets
    return [round(chance.uniform(*SECONDS_IN_SERVICE), 2) for _ in range(count)]


def rest(seconds: float) -> None:
    """Let the computer run on."""
    time.sleep(seconds)
