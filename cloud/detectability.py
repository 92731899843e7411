"""How far an earthquake is detected, and what it means that a station keeps silent.

One number describes an event here: its reach, the distance at which half of the stations detect
it. Small earthquakes are far more common than great ones, so a long reach is unlikely beforehand;
and stations well within the reach that have not triggered, though the wave must have passed
them, speak against the place.
"""

from typing import Final, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cloud.velocity.model import Floats

Lengths = TypeVar("Lengths", float, Floats)
LEAST_REACH_KM: Final = 25.0
_STEEPNESS: Final = 5.0
_S_REACH: Final = 1.7
"""S of some three times the amplitude of P reaches that much farther."""
_REACH_EXPONENT: Final = 1.9
"""Events whose reach exceeds R are as R to the minus 1.9: Gutenberg-Richter with b = 1, and a peak
displacement that grows by 0.73 in log10 a magnitude and falls as R to the minus 1.37."""


class DetectabilityConfig(BaseModel):
    """What a working station detects."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    best_probability: float = Field(
        default=0.8,
        gt=0,
        lt=1,
        title="Detection close by",
        description="Probability that a registered station detects an event far within its reach",
    )
    grace_s: float = Field(
        default=3.0,
        ge=0,
        title="Grace for silence",
        description="A station counts as silent so long after the wave passed it, s",
    )


class Detectability:
    """Probabilities of triggers and of silence."""

    def __init__(self, config: DetectabilityConfig) -> None:
        self.config = config

    def probability(self, distance_km: Lengths, reach_km: Lengths) -> Lengths:
        """Return the probability that a station at a distance triggers."""
        ratio = distance_km / reach_km
        result: Lengths = self.config.best_probability / (1 + ratio**_STEEPNESS)
        return result

    def only_s(self, distance_km: Lengths, reach_km: Lengths) -> Lengths:
        """Return the probability that P is missed and S, which is stronger, is not."""
        missed = 1 - self.probability(distance_km, reach_km)
        result: Lengths = missed * self.probability(distance_km, _S_REACH * reach_km)
        return result

    def log_trigger(self, distance_km: Floats, reach_km: Floats) -> Floats:
        """Return the log probability of a trigger."""
        result: Floats = np.log(self.probability(distance_km, reach_km) + 1e-6)
        return result

    def share_of_s(self, distance_km: Floats, reach_km: Floats) -> Floats:
        """Return the share of working stations at a distance that at least S triggers."""
        seen = self.probability(distance_km, _S_REACH * reach_km)
        result: Floats = seen / self.config.best_probability
        return result

    def log_silence(self, distance_km: Floats, reach_km: Floats) -> Floats:
        """Return the log probability of silence."""
        result: Floats = np.log1p(-self.probability(distance_km, reach_km))
        return result

    @staticmethod
    def log_reach(reach_km: Floats) -> Floats:
        """Return the log of the share of detectable events that reach so far."""
        result: Floats = -_REACH_EXPONENT * np.log(np.maximum(reach_km / LEAST_REACH_KM, 1.0))
        return result
