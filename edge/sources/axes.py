"""From a sensor's counts to Z, N, E in m/s2: mounting, scale, clipping, and axes that stand still.

The noise of a working MEMS sensor moves its last bits all the time; an axis that gives one number
for seconds is broken or cut off, and counts as missing until it moves again.
"""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

import numpy as np
import structlog
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from edge.packet import COMPONENTS, Samples

_log = structlog.get_logger(__name__)

Axis = Literal["x", "y", "z", "-x", "-y", "-z"]
_LETTERS: Final = "xyz"
CLIPPED_SHARE: Final = 0.99
"""Of full scale: the sensor's own low-pass rounds the flat top of a clipped wave."""
LONGEST_CLIPPING_S: Final = 5.0
"""No earthquake holds a sensor at full scale for longer; such an axis is stuck there."""


def _one_of_each(axes: tuple[Axis, Axis, Axis]) -> tuple[Axis, Axis, Axis]:
    if sorted(axis[-1] for axis in axes) != list(_LETTERS):
        raise ValueError(f"{list(axes)} must name each of x, y and z once")
    return axes


Axes = Annotated[
    tuple[Axis, Axis, Axis],
    AfterValidator(_one_of_each),
    Field(
        default=("z", "y", "x"),
        title="Axes",
        description="Sensor axes that point up, north and east; -x where the opposite one does",
    ),
]
"""How a sensor is mounted. The default is a board that lies flat with its y axis to the north."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What a count means."""

    m_s2_per_count: tuple[float, float, float]
    """For the sensor's x, y and z."""
    offset_counts: tuple[float, float, float]
    """Added to the counts of x, y and z before they are scaled."""
    full_scale_m_s2: float


class AxisReader:
    """Turns counts of a sensor's x, y and z into samples.

    Args:
        axes: How it is mounted.
        scale: What a count means.
        stuck_samples: An axis that does not change for so many samples is missing.
        clipped_samples: The same for an axis at full scale, where it may rightly stay a while.
    """

    def __init__(
        self,
        axes: tuple[Axis, Axis, Axis],
        scale: Scale,
        stuck_samples: int,
        clipped_samples: int,
    ) -> None:
        self._order = [_LETTERS.index(axis[-1]) for axis in axes]
        signs = np.array([-1.0 if axis.startswith("-") else 1.0 for axis in axes])
        self._factors = signs * np.array(scale.m_s2_per_count)[self._order]
        self._offsets = np.array(scale.offset_counts)[self._order]
        self._limit_m_s2 = CLIPPED_SHARE * scale.full_scale_m_s2
        self._patience = stuck_samples, max(clipped_samples, stuck_samples)
        self._last: NDArray[np.int64] | None = None
        self._still = np.zeros(len(COMPONENTS), dtype=np.int64)
        self._stuck = np.zeros(len(COMPONENTS), dtype=np.bool_)

    @property
    def all_stuck(self) -> bool:
        """Whether no axis moves: not three broken axes, but a sensor or a bus that is dead."""
        return bool(self._stuck.all())

    def read(self, counts: NDArray[np.int64]) -> tuple[Samples, bool]:
        """Return samples of Z, N and E and whether any of them is clipped.

        Args:
            counts: Shape (n, 3), columns x, y, z, n > 0.

        Returns:
            Shape (n, 3), m/s2; a component whose axis stands still is NaN.
        """
        mounted = counts[:, self._order]
        samples = ((mounted + self._offsets) * self._factors).astype(np.float32)
        at_limit = np.abs(samples) >= self._limit_m_s2
        self._watch(mounted, at_limit[-1])
        clipped = bool(at_limit[:, ~self._stuck].any())
        samples[:, self._stuck] = np.nan
        return samples, clipped

    def _watch(self, mounted: NDArray[np.int64], at_limit: NDArray[np.bool_]) -> None:
        """Note for how long each component has not changed."""
        previous = mounted[0] if self._last is None else self._last
        moved = (mounted != previous).any(axis=0)
        self._still = np.where(moved, 0, self._still + len(mounted))
        self._last = mounted[-1]
        usual, clipped = self._patience
        stuck = self._still >= np.where(at_limit, clipped, usual)
        for index in np.flatnonzero(stuck != self._stuck):
            _log.warning(
                "axis_stuck" if stuck[index] else "axis_moves_again",
                component=COMPONENTS[index],
                counts=int(mounted[-1, index]),
            )
        self._stuck = stuck
