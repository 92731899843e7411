"""What the pipeline asks of a detector, and what it gets."""

from dataclasses import dataclass, field
from typing import Protocol

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


class Detector(Protocol):
    """A detector over a stream; state is carried, a block that does not continue starts it anew."""

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
        """Take a block at 32 Hz and return the hops that it completes, oldest first."""
