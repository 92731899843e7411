"""Search for an origin that explains a trigger together with others.

Polar grids of sources, fine inside and coarse outside, around the middle of the stations that
triggered and around the first of them, at a few depths: at each node one trigger, taken for P and
then for S, gives the origin time, and the evidence of all triggers and of all silence is summed
(see `explainer`), with errors widened by the size of the cell. The best nodes are located
properly and judged again.
"""

from collections.abc import Iterable
from math import log, pi, sqrt
from typing import NamedTuple

import numpy as np

from cloud.association.config import AssociationConfig
from cloud.association.explainer import LATE_AFTER_S_S, REACHES_KM, Explainer
from cloud.association.explanation import Explanation
from cloud.association.onset import Onset
from cloud.association.scene import Scene
from cloud.association.stations import StationBook
from cloud.location import Arrivals, Location, Locator, Silence
from cloud.velocity.model import Booleans, Floats, Indices
from edge.messages import Phase

Picked = frozenset[tuple[Onset, Phase]]
Start = tuple[float, float, float]
"""First guess of x and y, and half width of the search, km."""

_DEPTHS_KM = np.array([10.0, 30.0, 70.0])
_SILENCE_DEPTH_KM = 20.0
_NEAR_KM = 120.0
_FAR_KM = 150.0
_AZIMUTHS = 24
_FIRST_RING_KM = 10.0
_RING_GROWTH = 0.25
_CELL_SLOWNESS_S_KM = 0.1
"""Error in time for each km between neighbouring nodes: half a spacing, obliquely, at 5-6 km/s."""
_NODES_TRIED = 2
_NODES_LOOKED_AT = 16
_COARSE_SLACK = 5.0
"""How much odds, in logs, an origin may gain by being located properly."""
_FIRST_HALF_WIDTH_KM = 60.0
_TIMES_LOCATED = 3
_NO_FIT = -1e3
_P, _S, _LATE = range(3)


class _Nodes(NamedTuple):
    """Nodes of a grid, arrays of one shape, km."""

    x_km: Floats
    y_km: Floats
    spacing_km: Floats

    def around(self, x_km: float, y_km: float) -> "_Nodes":
        """Return the grid moved to another centre."""
        return _Nodes(self.x_km + x_km, self.y_km + y_km, self.spacing_km)


class OriginSearch:
    """Finds origins; holds the grid."""

    def __init__(
        self,
        config: AssociationConfig,
        locator: Locator,
        explainer: Explainer,
        stations: StationBook,
    ) -> None:
        self.config = config
        self.stations = stations
        self.locator = locator
        self.explainer = explainer
        self._wide = _polar_grid(config.search_radius_km)
        self._near = _polar_grid(min(_NEAR_KM, config.search_radius_km))
        self._rows = {
            phase: locator.travel_times.rows(phase, _DEPTHS_KM) for phase in (Phase.P, Phase.S)
        }

    def find(self, scene: Scene, seed: Onset, least_log_odds: float) -> Explanation | None:
        """Return the best explanation found from one trigger, or None.

        Args:
            scene: The triggers, the seed among them, and the silent stations.
            seed: The trigger from which origin times are taken.
            least_log_odds: Origins with lower odds are not wanted.
        """
        if scene.heard < 2:  # noqa: PLR2004 - a pair at least
            return None
        nodes = self._nodes(scene)
        found = [
            self.refine(scene, picked, start)
            for phase in (Phase.P, Phase.S)
            for start, picked in self._best_nodes(scene, nodes, seed, phase, least_log_odds)
        ]
        there = [self._asked_around(scene, each) for each in found if each is not None]
        return max(there, key=lambda each: each.log_odds, default=None)

    def _asked_around(self, scene: Scene, found: Explanation) -> Explanation:
        """Return an explanation judged by the silence around its own origin too."""
        near = self.stations.listening_near(
            *found.origin.place, self.config.search_radius_km, self.config.most_stations
        )
        wider = scene.with_silent(near)
        return found if wider is scene else self.explainer.explain(wider, found.origin.location)

    def _nodes(self, scene: Scene) -> _Nodes:
        """Return the grids in place: around the middle station, and around the first."""
        x, y = scene.x_km[: scene.heard], scene.y_km[: scene.heard]
        middle = int(np.hypot(x[:, None] - x, y[:, None] - y).sum(axis=0).argmin())
        first = int(scene.station_of[scene.time_s.argmin()])
        nodes = self._wide.around(x[middle], y[middle])
        if middle != first:
            near = self._near.around(x[first], y[first])
            nodes = _Nodes(*(np.concatenate(pair) for pair in zip(nodes, near, strict=True)))
        if len(scene.stations) < self.config.most_stations:
            return nodes
        # Of a dense network the scene is only a neighbourhood, which says nothing of far sources.
        away = scene.distance_km(x[middle], y[middle])
        limit = max(_FAR_KM, 2 * float(away.max()))
        inside = np.hypot(nodes.x_km - x[middle], nodes.y_km - y[middle]) <= limit
        return _Nodes(*(values[inside] for values in nodes))

    def refine(self, scene: Scene, picked: Picked, start: Start) -> Explanation | None:
        """Locate from picks, see what that explains, and locate again if it is something else.

        Args:
            scene: The triggers and the silent stations.
            picked: Onsets of the scene with the phase that each is taken for.
            start: First guess of x and y, and half width of the search, km.
        """
        best: Explanation | None = None
        for _ in range(_TIMES_LOCATED):
            if len({onset.station for onset, _ in picked}) < 2:  # noqa: PLR2004 - a pair at least
                break
            found = self.explainer.explain(scene, self._locate(scene, picked, start))
            if best is not None and found.log_odds <= best.log_odds:
                break
            best = found
            if found.picked() == picked:
                break
            picked = found.picked()
            location = found.origin.location
            spread = 3 * location.horizontal_uncertainty_km
            start = (location.x_km, location.y_km, max(10.0, spread))
        return best

    def _locate(self, scene: Scene, picked: Picked, start: Start) -> Location:
        most = self.locator.config.most_arrivals
        used = sorted(_indices(scene, picked), key=lambda item: scene.time_s[item[0]])[:most]
        used.sort(key=lambda item: item[1] is Phase.S)
        index = np.array([index for index, _ in used])
        p_count = sum(phase is Phase.P for _, phase in used)
        delay = self.locator.travel_times.elevation_delay_s
        per_metre = np.where(
            np.arange(len(index)) < p_count, delay(Phase.P, 1.0), delay(Phase.S, 1.0)
        )
        taken = {int(scene.station_of[each]) for each, _ in _indices(scene, picked)}
        quiet = [each for each in range(len(scene.stations)) if each not in taken]
        return self.locator.locate(
            Arrivals(
                x_km=scene.onset_x_km[index],
                y_km=scene.onset_y_km[index],
                time_s=scene.time_s[index] - per_metre * scene.elevation_m[index],
                sigma_s=scene.sigma_s[index],
                p_count=p_count,
            ),
            Silence(scene.x_km[quiet], scene.y_km[quiet], scene.now_s),
            *start,
        )

    def _best_nodes(
        self, scene: Scene, nodes: _Nodes, seed: Onset, seed_phase: Phase, least_log_odds: float
    ) -> Iterable[tuple[Start, Picked]]:
        """Yield where to start from the best nodes, and what each explains; no two alike."""
        distance = np.hypot(nodes.x_km[:, None] - scene.x_km, nodes.y_km[:, None] - scene.y_km)
        seed_index = scene.onsets.index(seed)
        gain, reading = self._gains(scene, nodes, distance, seed_index, seed_phase)
        by_station = np.full((len(gain), scene.heard, gain.shape[2]), _NO_FIT)
        for index, station in enumerate(scene.station_of):
            np.maximum(by_station[:, station], gain[:, index], out=by_station[:, station])
        # The depth that explains most triggers stands for its node.
        depth = np.maximum(by_station, 0).sum(axis=1).argmax(axis=1)
        every = np.arange(len(gain))
        seed_time = self._seed_time(distance, scene, seed_index, seed_phase)
        origin = scene.time_s[seed_index] - seed_time
        total, fits = self._totals(scene, nodes, by_station[every, :, depth], distance, origin)
        if _log_sum(total) < least_log_odds - _COARSE_SLACK:
            return
        seen: set[Picked] = set()
        for node in np.argsort(-total, kind="stable")[:_NODES_LOOKED_AT]:
            if len(seen) == _NODES_TRIED:
                return
            picked = _picked(
                scene, gain[node, :, depth[node]], reading[node, :, depth[node]], fits[node]
            )
            if len({onset.station for onset, _ in picked}) > 1 and picked not in seen:
                seen.add(picked)
                half_width = max(_FIRST_HALF_WIDTH_KM, 2.5 * float(nodes.spacing_km[node]))
                yield (float(nodes.x_km[node]), float(nodes.y_km[node]), half_width), picked

    def _seed_time(self, distance: Floats, scene: Scene, seed: int, seed_phase: Phase) -> Floats:
        """Return the seed's travel time from each node at the depth used for silence."""
        to_seed = distance[:, scene.station_of[seed]]
        return self.locator.travel_times.times(seed_phase, to_seed, _SILENCE_DEPTH_KM)

    def _gains(
        self, scene: Scene, nodes: _Nodes, distance: Floats, seed: int, seed_phase: Phase
    ) -> tuple[Floats, Indices]:
        """Return each onset's gain in its best reading, and which one that is.

        Both of shape (nodes, onsets, depths). Errors are wider by the size of a cell.
        """
        rows_p, rows_s = self._rows[Phase.P], self._rows[Phase.S]
        place = np.minimum(np.rint(distance[:, : scene.heard]), len(rows_p) - 1).astype(np.intp)
        by_onset = place[:, scene.station_of]
        p_time, s_time = rows_p[by_onset], rows_s[by_onset]
        seed_time = (p_time if seed_phase is Phase.P else s_time)[:, seed, None, :]
        seen = (scene.time_s - scene.time_s[seed])[:, None] + seed_time
        widening = (_CELL_SLOWNESS_S_KM * nodes.spacing_km)[:, None, None]
        limit = self.config.fit_sigmas
        sigma = self.locator.sigma_s(scene.sigma_s[:, None], p_time) + widening
        p_residual, s_residual = seen - p_time, seen - s_time
        log_width = np.log(2 * sigma)
        p_gain = scene.log_p[:, None] - np.abs(p_residual) / sigma - log_width
        s_gain = (scene.log_s + log(self.config.s_share))[:, None] - log_width
        s_gain -= np.abs(s_residual) / sigma
        late = (p_residual > 0) & (s_residual < LATE_AFTER_S_S)
        late_gain = log(self.config.late_share) - np.log(s_time - p_time + LATE_AFTER_S_S)
        gains = np.stack(
            [
                np.where(np.abs(p_residual) <= limit * sigma, p_gain, _NO_FIT),
                np.where(np.abs(s_residual) <= limit * sigma, s_gain, _NO_FIT),
                np.where(late, late_gain, _NO_FIT),
            ]
        )
        gains[[phase for phase in (_P, _S, _LATE) if phase != (seed_phase is Phase.S)], :, seed] = (
            _NO_FIT
        )
        return gains.max(axis=0) - scene.log_rate[:, None], gains.argmax(axis=0)

    def _totals(
        self, scene: Scene, nodes: _Nodes, gain: Floats, distance: Floats, origin: Floats
    ) -> tuple[Floats, Booleans]:
        """Return each node's log odds, and which stations with onsets fit it."""
        detectability = self.explainer.detectability
        times = self.locator.travel_times.times(Phase.P, distance, _SILENCE_DEPTH_KM)
        grace = detectability.config.grace_s
        passed = origin[:, None] + times + grace < scene.now_s
        hypocentral = np.hypot(distance, _SILENCE_DEPTH_KM)[None]
        reach = REACHES_KM[:, None, None]
        missed = np.where(passed, detectability.log_silence(hypocentral, reach), 0.0)
        triggered = gain + detectability.log_trigger(hypocentral[:, :, : scene.heard], reach)
        total = np.maximum(triggered, missed[:, :, : scene.heard]).sum(axis=2)
        total += missed[:, :, scene.heard :].sum(axis=2)
        total += detectability.log_reach(REACHES_KM)[:, None]
        best = total.argmax(axis=0)
        every = np.arange(len(best))
        fits = (triggered > missed[:, :, : scene.heard])[best, every]
        duration = sqrt(2 * pi) * _CELL_SLOWNESS_S_KM * nodes.spacing_km
        volume = self.explainer.log_density + np.log(nodes.spacing_km**2 * duration)
        return total[best, every] + volume, fits


def _log_sum(values: Floats) -> float:
    """Return the log of the sum of exponentials."""
    largest = float(values.max())
    return largest + log(float(np.exp(values - largest).sum()))


def _indices(scene: Scene, picked: Picked) -> list[tuple[int, Phase]]:
    """Return picked onsets by their place in the scene, in its order."""
    place = {onset: index for index, onset in enumerate(scene.onsets)}
    return sorted(((place[onset], phase) for onset, phase in picked), key=lambda item: item[0])


def _picked(scene: Scene, gain: Floats, reading: Indices, fits: Booleans) -> Picked:
    """Return the best onset of each station that fits, with its phase; late ones locate nothing."""
    best: dict[int, int] = {}
    for index, station in enumerate(scene.station_of.tolist()):
        if fits[station] and gain[index] > (gain[best[station]] if station in best else _NO_FIT):
            best[station] = index
    return frozenset(
        (scene.onsets[index], Phase.S if reading[index] == _S else Phase.P)
        for index in best.values()
        if reading[index] != _LATE
    )


def _polar_grid(radius_km: float) -> _Nodes:
    """Return nodes around the point 0, 0."""
    radii, steps = [0.0], [_FIRST_RING_KM]
    while radii[-1] < radius_km:
        step = max(_FIRST_RING_KM, _RING_GROWTH * radii[-1])
        radii.append(radii[-1] + step)
        steps.append(step)
    angles = np.arange(_AZIMUTHS) * 2 * np.pi / _AZIMUTHS
    rings = [
        (radius, step, angles if radius else np.zeros(1))
        for radius, step in zip(radii, steps, strict=True)
    ]
    x = np.concatenate([radius * np.sin(angle) for radius, _, angle in rings])
    y = np.concatenate([radius * np.cos(angle) for radius, _, angle in rings])
    spacing = np.concatenate([np.full(len(angle), step) for _, step, angle in rings])
    return _Nodes(x, y, spacing)
