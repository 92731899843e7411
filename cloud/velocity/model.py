"""A velocity model: P and S velocity as functions of depth, linear between nodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cloud.errors import VelocityModelError

_DEEPEST_KM = 2891.0
_FASTEST_KM_S = 15.0
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class VelocityModel:
    """Nodes from the surface down; a depth given twice is a discontinuity.

    Velocity is linear between nodes, and below the last one it stays as it is there.
    """

    name: str
    depth_km: tuple[float, ...]
    vp_km_s: tuple[float, ...]
    vs_km_s: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what no ray can be traced through.

        Raises:
            VelocityModelError: Too few nodes, depths out of order, or impossible velocities.
        """
        if not len(self.depth_km) == len(self.vp_km_s) == len(self.vs_km_s) >= 1:
            raise VelocityModelError(self.name, "needs at least one row of depth, Vp and Vs")
        if self.depth_km[0] != 0:
            raise VelocityModelError(
                self.name, f"the first depth is {self.depth_km[0]} km; start at 0"
            )
        for row in range(len(self.depth_km)):
            self._check_row(row)

    def _check_row(self, row: int) -> None:
        where = f"{self.name}, row {row + 1}"
        depth, vp, vs = self.depth_km[row], self.vp_km_s[row], self.vs_km_s[row]
        if not 0 <= depth <= _DEEPEST_KM:
            raise VelocityModelError(where, f"depth {depth} km; give 0 to {_DEEPEST_KM:g}")
        if row and depth < self.depth_km[row - 1]:
            raise VelocityModelError(
                where, f"depth {depth} km after {self.depth_km[row - 1]} km; sort by depth"
            )
        if row > 1 and depth == self.depth_km[row - 2]:
            raise VelocityModelError(where, f"depth {depth} km a third time; give it at most twice")
        if not 0 < vs < vp <= _FASTEST_KM_S:
            raise VelocityModelError(
                where,
                f"Vp {vp} and Vs {vs} km/s; need 0 < Vs < Vp <= {_FASTEST_KM_S:g} (no fluids)",
            )

    @classmethod
    def from_layers(
        cls,
        name: str,
        top_depth_km: Sequence[float],
        vp_km_s: Sequence[float],
        vs_km_s: Sequence[float],
    ) -> Self:
        """Return the model of layers of constant velocity, given by the depth of their tops.

        Raises:
            VelocityModelError: The layers make no model.
        """
        depth = [top for top in top_depth_km[1:] for _ in range(2)]
        count = len(top_depth_km)
        above = [layer for layer in range(count) for _ in range(2)][:-1]
        return cls(
            name,
            (*top_depth_km[:1], *depth),
            tuple(vp_km_s[layer] for layer in above),
            tuple(vs_km_s[layer] for layer in above),
        )

    def velocity_km_s(self, depth_km: Floats, phase: str, *, below: bool) -> Floats:
        """Return the velocity at depths; at a discontinuity that above or below it.

        Args:
            depth_km: Depths, any shape.
            phase: `P` or `S`.
            below: Which side of a discontinuity counts.
        """
        values = np.asarray(self.vp_km_s if phase == "P" else self.vs_km_s)
        nodes = np.asarray(self.depth_km)
        index = np.searchsorted(nodes, depth_km, side="right" if below else "left")
        upper = np.clip(index - 1, 0, len(nodes) - 1)
        lower = np.clip(index, 0, len(nodes) - 1)
        span = nodes[lower] - nodes[upper]
        share = np.divide(
            depth_km - nodes[upper], span, out=np.zeros_like(span, dtype=float), where=span > 0
        )
        result: Floats = values[upper] + np.clip(share, 0, 1) * (values[lower] - values[upper])
        return result
