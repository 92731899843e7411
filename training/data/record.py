"""One station's recording of one event or of none, at the detection rate."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.grid import DETECTION_RATE_HZ
from edge.messages.clock import ClockSource, ClockState
from edge.packet import Block, Samples
from edge.signal.resample import Resampler

Part = Literal["train", "validation", "test"]

RATE_HZ = DETECTION_RATE_HZ


@dataclass(frozen=True, slots=True)
class Record:
    """Contiguous samples and what is known about them; indices are sample positions."""

    source: str
    """Data set: `openeew`, `ncedc`, `stead`, `hand_motion`."""
    event: str
    """Name of the event: the unit of the split."""
    station: str
    part: Part
    samples: Samples
    """Shape (n, 3): Z, N, E at 32 Hz; m/s2, or any unit proportional to it."""
    noise_end: int
    """Samples before this one are certainly noise; 0 where nothing is certain."""
    p_index: float | None = None
    s_index: float | None = None
    magnitude: float | None = None
    distance_km: float | None = None
    in_m_s2: bool = False
    """The unit is m/s2, not counts."""


def to_detection_rate(
    samples: NDArray[np.floating], rate_hz: float, start_ns: int = 0
) -> tuple[Samples, int]:
    """Resample a whole trace with the station's own resampler.

    Args:
        samples: Shape (n, 3).
        rate_hz: Its true sampling rate, Hz.
        start_ns: Time of the first sample.

    Returns:
        Samples at 32 Hz, shape (m, 3), and the time of the first of them, ns.
    """
    clock = ClockState(source=ClockSource.FREE_RUN, error_s=0.0)
    block = Block(
        start_ns=start_ns,
        rate_hz=rate_hz,
        samples=np.asarray(samples, np.float32),
        clock=clock,
        arrival_ns=start_ns,
        continues=False,
    )
    resampled = Resampler(RATE_HZ).push(block)
    if resampled is None:
        return np.empty((0, 3), np.float32), start_ns
    return resampled.samples, resampled.start_ns
