"""What a network hears: the trace relative to the station's own noise, compressed.

The same code conditions the examples in training and the stream on the station. Three steps, each
causal and with carried state, so that a trace gives the same result in one piece or in many:

1. a high-pass takes out gravity, tilt and the slow noise of the sensor;
2. the running noise level divides: the geometric mean over the last `level_time_constant_s` of the
   vector amplitude, common to the components so that their ratios (P on Z, S on N and E) remain.
   A geometric mean is linear in the logarithm: a strong second shifts it little, and it is down
   again soon after a strong earthquake, where a mean of amplitudes would be deaf for minutes;
3. asinh compresses, so that int8 holds noise and strong motion at once.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from edge.packet import COMPONENTS, Samples
from edge.signal.butterworth import highpass
from edge.signal.filters import StreamingFilter

_TINY = float(np.finfo(np.float64).tiny)


class ConditioningConfig(BaseModel):
    """Parameters of the conditioning; they belong to a network and travel in its bundle."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["noise-relative-asinh"] = Field(
        default="noise-relative-asinh", title="Step", description="Name of this preprocessing"
    )
    highpass_hz: float = Field(
        default=0.7, gt=0, title="High-pass", description="Corner of the Butterworth filter, Hz"
    )
    highpass_order: int = Field(
        default=2, ge=1, le=8, title="Order", description="Order of the Butterworth filter"
    )
    level_time_constant_s: float = Field(
        default=30.0, gt=0, title="Noise memory", description="Time constant of the level, seconds"
    )
    level_floor_m_s2: float = Field(
        default=1e-6, gt=0, title="Noise floor", description="Smallest level, m/s2"
    )
    limit: float = Field(
        default=8.0, gt=0, title="Limit", description="Largest absolute output, after asinh"
    )


class Conditioner:
    """Conditions a stream at a fixed rate, block by block."""

    def __init__(self, config: ConditioningConfig, rate_hz: float) -> None:
        self._config = config
        self._highpass = StreamingFilter(
            highpass(config.highpass_order, config.highpass_hz, rate_hz), channels=3
        )
        gain = -np.expm1(-1 / (config.level_time_constant_s * rate_hz))
        smoother = np.array([[gain, 0.0, 0.0, 1.0, gain - 1.0, 0.0]])
        self._mean = StreamingFilter(smoother, channels=2)
        self._fresh = True

    def reset(self) -> None:
        """Forget the past: the stream has a gap."""
        self._fresh = True

    def __call__(self, samples: Samples) -> Samples:
        """Condition a block.

        Args:
            samples: Shape (n, 3), m/s2; NaN where a component is missing.

        Returns:
            Shape (n, 3), float32, about 1 where the trace stands at its noise level, within the
            limit; zero where a component is missing.
        """
        if len(samples) == 0:
            return np.empty((0, 3), np.float32)
        present = np.isfinite(samples)
        is_whole = present.all()
        raw = samples if is_whole else np.where(present, samples, np.float32(0.0))
        if self._fresh:
            self._highpass.reset(raw[0].astype(np.float64))
            self._mean.reset()
            self._fresh = False
        trace = self._highpass(raw)
        if not is_whole:
            trace = np.where(present, trace, 0.0)
            counts = present.sum(axis=1)
            level = self._level(trace, np.maximum(counts, 1), (counts > 0).astype(np.float64))
        else:
            level = self._level(trace, len(COMPONENTS), 1.0)
        ratio = trace / level[:, None]
        limit = self._config.limit
        return np.minimum(np.maximum(np.arcsinh(ratio), -limit), limit).astype(np.float32)

    def _level(
        self,
        trace: NDArray[np.float64],
        components: int | NDArray[np.intp],
        weight: float | NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the noise level at each sample, m/s2, shape (n,).

        The mean is divided by the sum of the weights it has seen so far: right from the first
        sample on, and samples without any component do not count.
        """
        floor = self._config.level_floor_m_s2
        power = np.einsum("ij,ij->i", trace, trace) / components + floor**2
        weighted = np.empty((len(trace), 2))
        weighted[:, 1] = weight
        weighted[:, 0] = weighted[:, 1] * np.log(power)
        sums = self._mean(weighted)
        mean_log_power = sums[:, 0] / np.maximum(sums[:, 1], _TINY)
        return np.asarray(np.exp(0.5 * mean_log_power), np.float64)
