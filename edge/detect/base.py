"""What the pipeline asks of a detector, and what it gets."""

from dataclasses import dataclass, field
from typing import Protocol

from edge.grid import DETECTION_RATE_HZ, HOP_NS
from edge.packet import Block


@dataclass(frozen=True, slots=True)
class Frame:
    """What a detector says about one hop."""

    end_ns: int
    """Time just after the hop's last sample."""
    score: float
    """The detector fires when this reaches its threshold."""
    probabilities: dict[str, float] = field(default_factory=dict)
    """The network's noise, P and S; empty for STA/LTA."""
    asleep: bool = False
    """The gate was closed and the network was not asked; the score is 0."""


class Detector(Protocol):
    """A detector over a stream; state is carried, a block that does not continue starts it anew.

    One that listens at another rate than the common grid's has `rate_hz`, one that speaks less
    often than once a hop has `hop_ns`, one that stays loud long after the shaking has `memory_s`:
    see `rate_of`, `hop_of` and `memory_of`.
    """

    @property
    def name(self) -> str:
        """`sta_lta`, or the model's name."""

    @property
    def version(self) -> str:
        """Version of the detector or of its bundle."""

    @property
    def sha256(self) -> str | None:
        """Hash of the model bundle, if it is one."""

    @property
    def scheme(self) -> str | None:
        """Quantisation of the network, if it is one."""

    @property
    def threshold(self) -> float:
        """Score at which it fires."""

    def push(self, block: Block) -> list[Frame]:
        """Take a block at its rate and return the hops that it completes, oldest first."""


def rate_of(detector: Detector) -> float:
    """Return the rate at which a detector wants its blocks, Hz."""
    return float(getattr(detector, "rate_hz", DETECTION_RATE_HZ))


def hop_of(detector: Detector) -> int:
    """Return how often a detector speaks, at whole multiples of this since 1970, nanoseconds."""
    return int(getattr(detector, "hop_ns", HOP_NS))


def memory_of(detector: Detector) -> float:
    """Return how long a network stays loud because its window still holds the shaking, seconds."""
    return float(getattr(detector, "memory_s", 0.0))
