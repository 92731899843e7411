"""Wave fronts of distant earthquakes, which cross a network almost at once.

Waves of an earthquake thousands of kilometres away come from below: their front is a plane, and
runs over the stations at 10 km/s and more. The best local origin for it is a deep one, whose front
is curved. Only that tells them apart: where a plane fits the onsets clearly better than the origin
does, with the same errors of the travel times, they are of a distant earthquake.
"""

from dataclasses import dataclass
from math import hypot, sqrt
from statistics import fmean
from typing import Final

import numpy as np

from cloud.association.config import AssociationConfig
from cloud.association.explanation import Explanation, Pick
from cloud.association.onset import Onset
from cloud.association.scene import Scene
from cloud.geodesy import LocalPlane
from edge.messages import Phase
from edge.timestamps import ns_to_seconds

_LEAST_P: Final = 8
"""Fewer P than this fit a plane too easily."""
_LARGEST_SLOWNESS_S_KM: Final = 0.1
"""10 km/s: P of sources some 20 degrees away, and farther."""
_CLEARLY: Final = 8.0
"""The plane makes the onsets e to this times as likely as the origin does."""
_ROUNDS: Final = 4
_LEAST_RESIDUAL: Final = 0.1
_MOST_KNOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Front:
    """A plane front: it passes the point 0, 0 of the plane at `time_s` after the reference."""

    plane: LocalPlane
    reference_ns: int
    time_s: float
    east_s_km: float
    """Slowness eastwards; `north_s_km` northwards."""
    north_s_km: float
    error_s: float
    """Standard error of the time at which it passes a station."""

    def after_s(self, onset: Onset) -> float:
        """Return how long after the front an onset is, s."""
        x, y = self.plane.to_km(onset.station.latitude, onset.station.longitude)
        passed = self.time_s + self.east_s_km * x + self.north_s_km * y
        return ns_to_seconds(onset.time_ns - self.reference_ns) - passed


class Fronts:
    """Finds fronts, keeps those that are known, and says of onsets whether one made them."""

    def __init__(self, config: AssociationConfig) -> None:
        self.config = config
        self._known: list[Front] = []

    def better(self, scene: Scene, found: Explanation) -> Front | None:
        """Return the front that explains a scene clearly better than a local origin, if any does.

        Args:
            scene: Triggers and silent stations.
            found: What the best origin explains of them.
        """
        picks = [pick for pick in found.picks if pick.phase is Phase.P]
        if len(picks) < _LEAST_P:
            return None
        front = _fitted(scene, picks)
        if front is None:
            return None
        most, seen = self.config.fit_sigmas, scene.seen
        place = {station: index for index, station in enumerate(scene.stations[: seen.heard])}
        rival, own = np.full(seen.heard, most), np.full(seen.heard, most)
        for pick in found.picks:
            index = place[pick.onset.station]
            rival[index] = min(rival[index], abs(pick.residual_s) / pick.sigma_s)
        x, y = seen.x_km[seen.station_of], seen.y_km[seen.station_of]
        after_s = seen.time_s - front.time_s - front.east_s_km * x - front.north_s_km * y
        away = np.abs(after_s) / np.hypot(seen.sigma_s, front.error_s)
        np.minimum.at(own, seen.station_of, away)
        return front if float((rival - own).sum()) > _CLEARLY else None

    def add(self, front: Front) -> None:
        """Let a front account for the triggers that it makes; the oldest give way."""
        self._known = [*self._known, front][-_MOST_KNOWN:]

    def hold(self, onset: Onset) -> bool:
        """Return whether a front that is known made an onset."""
        return any(
            abs(front.after_s(onset)) < self.config.fit_sigmas * hypot(onset.sigma_s, front.error_s)
            for front in self._known
        )

    def rate_hz(self, onset: Onset) -> float:
        """Return the rate at which the waves behind the fronts make triggers like an onset, Hz."""
        coda_s = self.config.distant_coda_s
        behind = sum(0 < front.after_s(onset) < coda_s for front in self._known)
        return self.config.coda_rate_hz * behind

    def forget(self, now_ns: int) -> None:
        """Drop the fronts that are long past."""
        kept_s = self.config.distant_coda_s + self.config.window_s
        self._known = [
            front
            for front in self._known
            if ns_to_seconds(now_ns - front.reference_ns) - front.time_s < kept_s
        ]


def _fitted(scene: Scene, picks: list[Pick]) -> Front | None:
    """Return the plane front through P picks, or None where there is none so fast.

    By least absolute residuals: weighted least squares, repeated with weights of one over the
    residual. The error of the travel times is that of the picks' own origin, so that nothing but
    the shape decides between the two.
    """
    seen = scene.seen
    place = {onset: index for index, onset in enumerate(scene.onsets)}
    index = np.array([place[pick.onset] for pick in picks])
    at, times_s = seen.station_of[index], seen.time_s[index]
    sigma = np.array([pick.sigma_s for pick in picks])
    sides = np.column_stack([np.ones(len(picks)), seen.x_km[at], seen.y_km[at]])
    weight = 1 / sigma**2
    values = np.zeros(3)
    for _ in range(_ROUNDS):
        normal = (sides * weight[:, None]).T @ sides
        if np.linalg.cond(normal) > 1 / np.finfo(float).eps:
            return None  # the stations lie on one line
        values = np.linalg.solve(normal, (sides * weight[:, None]).T @ times_s)
        away = np.abs(times_s - sides @ values) / sigma
        weight = 1 / (sigma**2 * np.maximum(away, _LEAST_RESIDUAL))
    time_s, east, north = values.tolist()
    if hypot(east, north) > _LARGEST_SLOWNESS_S_KM:
        return None
    error_s = fmean(sqrt(max(pick.sigma_s**2 - pick.onset.sigma_s**2, 0.0)) for pick in picks)
    return Front(scene.plane, scene.reference_ns, time_s, east, north, error_s)
