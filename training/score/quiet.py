"""Long noise in which every trigger is false: surrogates of what real MEMS stations recorded.

A surrogate has the spectrum of a recorded stretch before an event, component by component and
between them, and new phases. It is as long as one likes, and stationary: what a real station hears
beside it (people, traffic, machines) is asked for in `training.score.disturb`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.grid import DETECTION_RATE_HZ, HOP_SAMPLES
from training.data.noise import surrogate
from training.data.record import Record
from training.score.stream import Stream, made_stream

LEAST_NOISE_S = 30.0
"""A shorter stretch says too little of the spectrum."""
PACKET_S = 8.0
_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class QuietStretch:
    """What a station recorded before an event."""

    name: str
    samples: NDArray[np.float64]
    """Shape (n, 3), 32 Hz."""


def quiet_stretches(records: Sequence[Record]) -> list[QuietStretch]:
    """Return the noise of records before their events, where there is enough of it."""
    return [
        QuietStretch(
            f"{record.event}/{record.station}", record.samples[: record.noise_end].astype(float)
        )
        for record in records
        if record.noise_end >= LEAST_NOISE_S * DETECTION_RATE_HZ
    ]


def long_noise(stretches: Sequence[QuietStretch], hours: float, seed: int) -> Iterator[Stream]:
    """Yield one stream a stretch, all of one length, together as long as is wanted.

    Args:
        stretches: Whose spectra are taken.
        hours: Altogether.
        seed: Of the phases.
    """
    each = _length(hours * _SECONDS_AN_HOUR / max(len(stretches), 1))
    for number, stretch in enumerate(stretches):
        rng = np.random.default_rng((seed, number))
        samples = surrogate(stretch.samples, each, rng).astype(np.float32)
        yield made_stream(f"surrogate of {stretch.name}", samples, DETECTION_RATE_HZ, PACKET_S)


def _length(seconds: float) -> int:
    return max(1, round(seconds * DETECTION_RATE_HZ / HOP_SAMPLES)) * HOP_SAMPLES
