"""Travel times tabulated over epicentral distance and depth, looked up by interpolation."""

from functools import lru_cache
from typing import Final

import numpy as np

from cloud.traveltimes.rays import first_arrivals
from cloud.velocity import VelocityModel
from cloud.velocity.model import Floats, Indices
from edge.messages import Phase

DISTANCE_STEP_KM: Final = 1.0
LARGEST_DISTANCE_KM: Final = 1200.0
DEPTH_STEP_KM: Final = 2.5
LARGEST_DEPTH_KM: Final = 300.0


class TravelTimes:
    """First P and S arrivals of one velocity model.

    Within the table (0 to 1,200 km, 0 to 300 km deep) values are interpolated linearly in both
    directions; beyond it they are continued with the slope at its edge.
    """

    def __init__(self, model: VelocityModel) -> None:
        self.model = model
        distances = np.arange(0, LARGEST_DISTANCE_KM + DISTANCE_STEP_KM, DISTANCE_STEP_KM)
        depths = np.arange(0, LARGEST_DEPTH_KM + DEPTH_STEP_KM, DEPTH_STEP_KM)
        self._tables = {
            phase: first_arrivals(model, phase.value, depths, distances)
            for phase in (Phase.P, Phase.S)
        }
        self._top = {Phase.P: model.vp_km_s[0], Phase.S: model.vs_km_s[0]}

    def times(self, phase: Phase, distance_km: Floats, depth_km: float) -> Floats:
        """Return travel times in s for distances of any shape from one source depth."""
        return self._along(self.row(phase, depth_km), distance_km)

    def time(self, phase: Phase, distance_km: float, depth_km: float) -> float:
        """Return one travel time in s: `times`, without the making of arrays."""
        table = self._tables[phase]
        at = min(max(depth_km, 0.0), LARGEST_DEPTH_KM) / DEPTH_STEP_KM
        row, column = min(int(at), len(table) - 2), min(int(distance_km), table.shape[1] - 2)
        share = at - row
        left = (1 - share) * table.item(row, column) + share * table.item(row + 1, column)
        column += 1
        right = (1 - share) * table.item(row, column) + share * table.item(row + 1, column)
        return left + (distance_km - column + 1) * (right - left)

    def row(self, phase: Phase, depth_km: float) -> Floats:
        """Return the times of one depth at all tabulated distances, shape (distances,)."""
        table = self._tables[phase]
        place = min(max(depth_km, 0.0), LARGEST_DEPTH_KM) / DEPTH_STEP_KM
        upper = min(int(place), len(table) - 2)
        share = place - upper
        result: Floats = (1 - share) * table[upper] + share * table[upper + 1]
        return result

    def rows(self, phase: Phase, depths_km: Floats) -> Floats:
        """Return `row` of several depths, shape (distances, depths): one distance lies together."""
        return np.stack([self.row(phase, float(depth)) for depth in depths_km], axis=1)

    def table(self, phase: Phase) -> Floats:
        """Return all times, shape (depths each 2.5 km, distances each 1 km)."""
        return self._tables[phase]

    def elevation_delay_s(self, phase: Phase, elevation_m: float) -> float:
        """Return how much later a station above sea level sees an arrival from below, s."""
        return elevation_m / 1000 / self._top[phase]

    @staticmethod
    def _along(row: Floats, distance_km: Floats) -> Floats:
        place = distance_km / DISTANCE_STEP_KM
        left: Indices = np.minimum(place, len(row) - 2).astype(np.intp)
        share = place - left
        start = row[left]
        result: Floats = start + share * (row[left + 1] - start)
        return result


@lru_cache(maxsize=8)
def travel_times(model: VelocityModel) -> TravelTimes:
    """Return the table of a model, computed once a process."""
    return TravelTimes(model)
