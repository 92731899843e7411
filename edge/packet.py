"""The two forms in which samples travel through the station.

A `Packet` is what a source delivers: samples with the time that the device claims for them.
A `Block` is what the time base makes of it: samples at a known rate from a known time.
Amplitudes are float32 m/s2, one row a sample, columns Z, N, E.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.messages.clock import ClockState
from edge.timestamps import NANOSECONDS_PER_SECOND

COMPONENTS = ("Z", "N", "E")
Samples = NDArray[np.float32]
"""Shape (n, 3): Z, N, E in m/s2; a component that a station lacks is NaN throughout."""


@dataclass(frozen=True, slots=True)
class Packet:
    """Samples as they came from a source."""

    samples: Samples
    last_sample_ns: int
    """Time of the last sample by the best clock the source has for it."""
    arrival_ns: int
    """When the packet reached the agent, on the data's clock."""
    nominal_rate_hz: float
    clock: ClockState
    clipped: bool = False
    steady_ns: int | None = None
    """When the packet arrived by the host's clock that is never set, where `arrival_ns` and
    `last_sample_ns` are by its wall clock, which may be; None where the device stamps, and in
    recordings."""
    temperature_c: float | None = None
    """The sensor's temperature, where it tells: its oscillator depends on it."""


@dataclass(frozen=True, slots=True)
class Block:
    """Contiguous samples on a known time axis."""

    start_ns: int
    """Time of the first sample."""
    rate_hz: float
    samples: Samples
    clock: ClockState
    arrival_ns: int
    """When the newest of the samples reached the agent."""
    continues: bool
    """The block follows the previous one without a gap; if not, filters start anew."""
    clipped: bool = False
    end_ns: int = field(init=False)
    """Time of the sample that would follow the last one."""
    is_whole: bool = field(init=False)
    """No component is missing: no sample is NaN."""

    def __post_init__(self) -> None:
        """Work out once what every reader of a block asks for."""
        object.__setattr__(self, "end_ns", self.time_ns(len(self.samples)))
        object.__setattr__(self, "is_whole", not np.isnan(self.samples).any())

    def filled(self) -> Samples:
        """Return the samples with zeros where a component is missing."""
        if self.is_whole:
            return self.samples
        return np.where(np.isnan(self.samples), np.float32(0.0), self.samples)

    def time_ns(self, index: int) -> int:
        """Return the time of sample `index`; an index past the end extrapolates."""
        return self.start_ns + round(index * NANOSECONDS_PER_SECOND / self.rate_hz)
