"""Search for an origin that explains a trigger together with others.

Polar grids of sources, fine inside and coarse outside, around the middle of the stations that
triggered and around the first of them, at a few depths: at each node one trigger, taken for P and
then for S, gives the origin time, and the evidence of all triggers and of all silence is summed
(see `explainer`), with errors widened by the size of the cell. The best nodes are located
properly and judged again.
"""

from collections.abc import Iterable
from math import log
from typing import NamedTuple

import numpy as np

from cloud.association.coarse import Limits, Nodes, Odds, Seed, starts
from cloud.association.config import AssociationConfig
from cloud.association.evidence import LATE_AFTER_S_S, P, S
from cloud.association.explainer import REACHES_KM, Explainer
from cloud.association.explanation import Explanation
from cloud.association.onset import Onset
from cloud.association.scene import Scene
from cloud.association.stations import StationBook
from cloud.location import Location, Locator
from cloud.posterior import Arrivals, Silence
from cloud.traveltimes.table import DISTANCE_STEP_KM
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
_FIRST_HALF_WIDTH_KM = 60.0
_TIMES_LOCATED = 3


class _Candidate(NamedTuple):
    """Where to start locating, and the picks to locate from."""

    start: Start
    picked: Picked


class OriginSearch:
    """Finds origins; holds the grid.

    Args:
        config: Settings of the association.
        locator: Locates.
        explainer: Judges.
        stations: All that are known.
        least_p: Origins that fewer stations than this saw by P are not wanted.
    """

    def __init__(
        self,
        config: AssociationConfig,
        locator: Locator,
        explainer: Explainer,
        stations: StationBook,
        least_p: int,
    ) -> None:
        self.config = config
        self.stations = stations
        self.locator = locator
        self.explainer = explainer
        self._wide = polar_grid(config.search_radius_km)
        self._near = polar_grid(min(_NEAR_KM, config.search_radius_km))
        self._odds = _odds(config, locator, explainer, least_p)

    def find(
        self, scene: Scene, seed: Onset, least_log_odds: float, known: Picked = frozenset()
    ) -> Explanation | None:
        """Return the best explanation found from one trigger, or None.

        Args:
            scene: The triggers, the seed among them, and the silent stations.
            seed: The trigger from which origin times are taken.
            least_log_odds: Origins with lower odds are not wanted.
            known: Picks that have been located together: nodes that explain no others are not.
        """
        if scene.seen.heard < 2:  # noqa: PLR2004 - a pair at least
            return None
        nodes = self._nodes(scene)
        candidates = [
            each
            for phase in (Phase.P, Phase.S)
            for each in self._best_nodes(scene, nodes, seed, phase, least_log_odds)
            if not each.picked <= known
        ]
        # Each is located once; only the likeliest is worth a second look.
        found = [self.refine(scene, each.picked, each.start, times=1) for each in candidates]
        best = max(
            (each for each in found if each is not None), key=lambda it: it.log_odds, default=None
        )
        if best is None:
            return None
        closer = self.refine(scene, best.picked(), _around(best))
        if closer is not None and closer.log_odds > best.log_odds:
            best = closer
        return self._asked_around(scene, best)

    def _asked_around(self, scene: Scene, found: Explanation) -> Explanation:
        """Return an explanation judged by the silence around its own origin too."""
        near = self.stations.listening_near(
            *found.origin.place, self.config.search_radius_km, self.config.most_stations
        )
        wider = scene.with_silent(near)
        return found if wider is scene else self.explainer.explain(wider, found.origin.location)

    def _nodes(self, scene: Scene) -> Nodes:
        """Return the grids in place: around the middle station, and around the first."""
        seen = scene.seen
        x, y = seen.x_km[: seen.heard], seen.y_km[: seen.heard]
        middle = int(np.hypot(x[:, None] - x, y[:, None] - y).sum(axis=0).argmin())
        first = int(seen.station_of[seen.time_s.argmin()])
        nodes = self._wide.around(x[middle], y[middle])
        if middle != first:
            near = self._near.around(x[first], y[first])
            nodes = Nodes(*(np.concatenate(pair) for pair in zip(nodes, near, strict=True)))
        if len(scene.stations) < self.config.most_stations:
            return nodes
        # Of a dense network the scene is only a neighbourhood, which says nothing of far sources.
        away = np.hypot(seen.x_km - x[middle], seen.y_km - y[middle])
        limit = max(_FAR_KM, 2 * float(away.max()))
        inside = np.hypot(nodes.x_km - x[middle], nodes.y_km - y[middle]) <= limit
        return Nodes(*(values[inside] for values in nodes))

    def refine(
        self, scene: Scene, picked: Picked, start: Start, times: int = _TIMES_LOCATED
    ) -> Explanation | None:
        """Locate from picks, see what that explains, and locate again if it is something else.

        Args:
            scene: The triggers and the silent stations.
            picked: Onsets of the scene with the phase that each is taken for.
            start: First guess of x and y, and half width of the search, km.
            times: It is located so often at most.
        """
        best: Explanation | None = None
        for _ in range(times):
            if len({onset.station for onset, _ in picked}) < 2:  # noqa: PLR2004 - a pair at least
                break
            found = self.explainer.explain(scene, self._locate(scene, picked, start))
            if best is not None and found.log_odds <= best.log_odds:
                break
            best = found
            if found.picked() == picked:
                break
            picked, start = found.picked(), _around(found)
        return best

    def _locate(self, scene: Scene, picked: Picked, start: Start) -> Location:
        seen = scene.seen
        placed = _indices(scene, picked)
        used = sorted(placed, key=lambda item: seen.time_s[item[0]])
        used = used[: self.locator.config.most_arrivals]
        used.sort(key=lambda item: item[1] is Phase.S)
        index = np.array([index for index, _ in used])
        p_count = sum(phase is Phase.P for _, phase in used)
        delay = self.locator.travel_times.elevation_delay_s
        per_metre = np.where(
            np.arange(len(index)) < p_count, delay(Phase.P, 1.0), delay(Phase.S, 1.0)
        )
        quiet = np.ones(len(seen.x_km), np.bool_)
        quiet[seen.station_of[[each for each, _ in placed]]] = False
        at = seen.station_of[index]
        return self.locator.locate(
            Arrivals(
                x_km=seen.x_km[at],
                y_km=seen.y_km[at],
                time_s=seen.time_s[index] - per_metre * seen.elevation_m[index],
                sigma_s=seen.sigma_s[index],
                p_count=p_count,
            ),
            Silence(seen.x_km[quiet], seen.y_km[quiet], seen.now_s),
            *start,
        )

    def _best_nodes(
        self, scene: Scene, nodes: Nodes, seed: Onset, seed_phase: Phase, least_log_odds: float
    ) -> Iterable[_Candidate]:
        """Yield where to start from the best nodes, and what each explains; no two alike."""
        seed_of = Seed(scene.onsets.index(seed), seed_phase is Phase.P)
        found, readings, _ = starts(scene.seen, nodes, self._odds, seed_of, least_log_odds)
        for node, reading in zip(found.tolist(), readings.tolist(), strict=True):
            half_width = max(_FIRST_HALF_WIDTH_KM, 2.5 * float(nodes.spacing_km[node]))
            picked = frozenset(
                (onset, Phase.P if each == P else Phase.S)
                for onset, each in zip(scene.onsets, reading, strict=True)
                if each in (P, S)
            )
            start = (float(nodes.x_km[node]), float(nodes.y_km[node]), half_width)
            yield _Candidate(start, picked)


def _around(found: Explanation) -> Start:
    """Return where to locate anew what has been located."""
    location = found.origin.location
    return location.x_km, location.y_km, max(10.0, 3 * location.horizontal_uncertainty_km)


def _indices(scene: Scene, picked: Picked) -> list[tuple[int, Phase]]:
    """Return picked onsets by their place in the scene, in its order."""
    place = {onset: index for index, onset in enumerate(scene.onsets)}
    return sorted(((place[onset], phase) for onset, phase in picked), key=lambda item: item[0])


def _odds(config: AssociationConfig, locator: Locator, explainer: Explainer, least_p: int) -> Odds:
    """Return the tables of the grid search."""
    table, detectability = locator.travel_times, explainer.detectability
    p, s = (table.rows(phase, _DEPTHS_KM) for phase in (Phase.P, Phase.S))
    distance = np.arange(len(p)) * DISTANCE_STEP_KM
    hypocentral = np.hypot(distance, _SILENCE_DEPTH_KM)[:, None]
    return Odds(
        p_s=p,
        s_s=s,
        log_late=log(config.late_share) - np.log(s - p + LATE_AFTER_S_S),
        silence_p_s=table.row(Phase.P, _SILENCE_DEPTH_KM),
        silence_s_s=table.row(Phase.S, _SILENCE_DEPTH_KM),
        log_trigger=detectability.log_trigger(hypocentral, REACHES_KM),
        log_silence=detectability.log_silence(hypocentral, REACHES_KM),
        log_reach=detectability.log_reach(REACHES_KM),
        limits=Limits(
            least_p=least_p,
            log_s_share=log(config.s_share),
            log_density=explainer.log_density,
            fit_sigmas=config.fit_sigmas,
            model_error_s=locator.config.model_error_s,
            model_error_share=locator.config.model_error_share,
            grace_s=detectability.config.grace_s,
        ),
    )


def polar_grid(radius_km: float) -> Nodes:
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
    return Nodes(x, y, spacing)
