"""Search for an origin that explains a trigger together with others.

A polar grid of sources around the first station that triggered, fine inside and coarse outside,
at a few depths: at each node the new trigger, taken for P and then for S, gives the origin time,
and the evidence of all triggers and of all silence is summed (see `explanation`), with errors
widened by the size of the cell. The best nodes are located properly and judged again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from cloud.association.config import AssociationConfig
from cloud.association.explanation import (
    REACHES_KM,
    Explainer,
    Explanation,
    Origin,
    plane_coordinates,
)
from cloud.association.onset import Onset
from cloud.association.stations import Station
from cloud.geodesy import LocalPlane
from cloud.location import Arrivals, Locator, Silence
from cloud.velocity.model import Booleans, Floats, Indices
from edge.messages import Phase
from edge.timestamps import ns_to_seconds

_DEPTHS_KM = np.array([10.0, 30.0, 70.0])
_AZIMUTHS = 24
_FIRST_RING_KM = 10.0
_RING_GROWTH = 0.25
_CELL_SLOWNESS_S_KM = 0.1
"""Error in time for each km between neighbouring nodes: half a spacing, obliquely, at 5-6 km/s."""
_NODES_TRIED = 3
_FIRST_HALF_WIDTH_KM = 60.0
_NO_FIT = -1e3

RateHz = Callable[[Onset], float]
"""Rate, Hz, at which onsets like one come by chance."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Onsets and stations of one search, in the plane of its grid."""

    plane: LocalPlane
    reference_ns: int
    onsets: list[Onset]
    stations: list[Station]
    """Stations with onsets, then silent ones."""
    station_of: Indices
    time_s: Floats
    now_s: float


class OriginSearch:
    """Finds origins; holds the grid."""

    def __init__(self, config: AssociationConfig, locator: Locator, explainer: Explainer) -> None:
        self.config = config
        self.locator = locator
        self.explainer = explainer
        self._x, self._y, self._spacing = _polar_grid(config.search_radius_km)
        self._rows = {
            phase: locator.travel_times.rows(phase, _DEPTHS_KM) for phase in (Phase.P, Phase.S)
        }

    def find(
        self,
        seed: Onset,
        others: Sequence[Onset],
        silent: Sequence[Station],
        now_ns: int,
        rate_hz: RateHz,
    ) -> Explanation | None:
        """Return the best explanation that holds the seed and triggers of other stations.

        Args:
            seed: The trigger that any origin has to explain.
            others: Further triggers, of the same or other stations.
            silent: Stations near by that have sent nothing.
            now_ns: The moment up to which silence is known.
            rate_hz: Rate at which onsets like this come by chance.
        """
        onsets = self._nearest_in_time(seed, others)
        if all(onset.station is seed.station for onset in onsets):
            return None
        group = self._group(seed, onsets, silent, now_ns)
        best: Explanation | None = None
        for phase in (Phase.P, Phase.S):
            for node, picked in self._best_nodes(group, phase, rate_hz):
                found = self.refine(
                    picked, self._start(group, node), silent, now_ns, rate_hz, onsets
                )
                if found is None or all(pick.onset is not seed for pick in found.picks):
                    continue
                if best is None or found.log_odds > best.log_odds:
                    best = found
        return best

    def refine(
        self,
        picked: Sequence[tuple[Onset, Phase]],
        start: tuple[LocalPlane, float, float, float],
        silent: Sequence[Station],
        now_ns: int,
        rate_hz: RateHz,
        onsets: Sequence[Onset],
    ) -> Explanation | None:
        """Locate from picks, see what that explains, and locate again if it is something else.

        Args:
            picked: Onsets with the phase that each is taken for.
            start: Plane, first guess of x and y in km, and half width of the search, km.
            silent: Stations near by that have sent nothing.
            now_ns: The moment up to which silence is known.
            rate_hz: Rate at which onsets like this come by chance.
            onsets: All triggers that may be explained.
        """
        explanation: Explanation | None = None
        for _ in range(3):
            if len({onset.station for onset, _ in picked}) < 2:  # noqa: PLR2004 - a pair at least
                return explanation
            origin = self.locate(picked, start, silent, now_ns)
            found = self.explainer.explain(origin, onsets, silent, now_ns, rate_hz)
            if explanation is not None and found.log_odds <= explanation.log_odds:
                return explanation
            explanation = found
            now_picked = [(pick.onset, pick.phase) for pick in found.picks]
            if set(now_picked) == set(picked):
                return explanation
            picked = now_picked
        return explanation

    def locate(
        self,
        picked: Sequence[tuple[Onset, Phase]],
        start: tuple[LocalPlane, float, float, float],
        silent: Sequence[Station],
        now_ns: int,
    ) -> Origin:
        """Return the origin located from picks; arguments as in `refine`."""
        plane, x, y, half_width = start
        most = self.locator.config.most_arrivals
        ordered = sorted(picked, key=lambda item: (item[0].time_ns, item[0].id))[:most]
        ordered.sort(key=lambda item: item[1] is Phase.S)
        reference = ordered[0][0].time_ns
        delays = self.locator.travel_times.elevation_delay_s
        heard = {onset.station for onset, _ in picked}
        quiet = plane_coordinates(plane, [station for station in silent if station not in heard])
        stations = plane_coordinates(plane, [onset.station for onset, _ in ordered])
        location = self.locator.locate(
            Arrivals(
                x_km=stations[:, 0],
                y_km=stations[:, 1],
                time_s=np.array(
                    [
                        ns_to_seconds(onset.time_ns - reference)
                        - delays(phase, onset.station.elevation_m)
                        for onset, phase in ordered
                    ]
                ),
                sigma_s=np.array([onset.sigma_s for onset, _ in ordered]),
                p_count=sum(phase is Phase.P for _, phase in ordered),
            ),
            Silence(quiet[:, 0], quiet[:, 1], ns_to_seconds(now_ns - reference)),
            x,
            y,
            half_width,
        )
        return Origin(plane, reference, location)

    def _nearest_in_time(self, seed: Onset, others: Sequence[Onset]) -> list[Onset]:
        ordered = sorted(
            (onset for onset in others if onset is not seed),
            key=lambda onset: (abs(onset.time_ns - seed.time_ns), onset.id),
        )
        return [seed, *ordered[: self.config.most_onsets - 1]]

    def _group(
        self, seed: Onset, onsets: list[Onset], silent: Sequence[Station], now_ns: int
    ) -> _Group:
        first = min(onsets, key=lambda onset: (onset.time_ns, onset.id))
        stations = list(dict.fromkeys(onset.station for onset in onsets))
        place = {station: index for index, station in enumerate(stations)}
        heard = set(stations)
        stations += [station for station in silent if station not in heard]
        return _Group(
            plane=LocalPlane(first.station.latitude, first.station.longitude),
            reference_ns=seed.time_ns,
            onsets=onsets,
            stations=stations,
            station_of=np.array([place[onset.station] for onset in onsets]),
            time_s=np.array([ns_to_seconds(onset.time_ns - seed.time_ns) for onset in onsets]),
            now_s=ns_to_seconds(now_ns - seed.time_ns),
        )

    def _start(self, group: _Group, node: int) -> tuple[LocalPlane, float, float, float]:
        half_width = max(_FIRST_HALF_WIDTH_KM, 2.5 * float(self._spacing[node]))
        return group.plane, float(self._x[node]), float(self._y[node]), half_width

    def _best_nodes(
        self, group: _Group, seed_phase: Phase, rate_hz: RateHz
    ) -> list[tuple[int, list[tuple[Onset, Phase]]]]:
        """Return the best nodes, and which onsets each explains as what; no two explain alike."""
        xy = plane_coordinates(group.plane, group.stations)
        distance = np.hypot(self._x[:, None] - xy[:, 0], self._y[:, None] - xy[:, 1])
        heard = int(group.station_of.max()) + 1
        gain, phases = self._gains(group, distance[:, :heard], seed_phase, rate_hz)
        by_station = np.stack(
            [gain[:, group.station_of == station].max(axis=1) for station in range(heard)],
            axis=1,
        )
        # The depth that explains most triggers stands for its node.
        depth = np.maximum(by_station, 0).sum(axis=1).argmax(axis=1)
        nodes = np.arange(len(self._x))
        total, fits = self._totals(group, by_station[nodes, :, depth], distance, seed_phase)
        result: list[tuple[int, list[tuple[Onset, Phase]]]] = []
        seen: set[frozenset[tuple[str, Phase]]] = set()
        for node in np.argsort(-total, kind="stable")[: 8 * _NODES_TRIED]:
            picked = self._picked(
                group, gain[node, :, depth[node]], phases[node, :, depth[node]], fits[node]
            )
            key = frozenset((onset.id, phase) for onset, phase in picked)
            if len({onset.station for onset, _ in picked}) > 1 and key not in seen:
                seen.add(key)
                result.append((int(node), picked))
            if len(result) == _NODES_TRIED:
                break
        return result

    @staticmethod
    def _picked(
        group: _Group, gain: Floats, is_s: Booleans, fits: Booleans
    ) -> list[tuple[Onset, Phase]]:
        """Return the best onset of each station that fits, with its phase."""
        best: dict[int, int] = {}
        for index, station in enumerate(group.station_of):
            if fits[station] and gain[index] > gain[best.get(station, index)] - 1e-12:
                best[int(station)] = index
        return [
            (group.onsets[index], Phase.S if is_s[index] else Phase.P) for index in best.values()
        ]

    def _gains(
        self, group: _Group, distance: Floats, seed_phase: Phase, rate_hz: RateHz
    ) -> tuple[Floats, Booleans]:
        """Return each onset's gain as its better phase, and whether that is S.

        Both of shape (nodes, onsets, depths).
        """
        left = np.minimum(np.rint(distance), len(self._rows[Phase.P]) - 1).astype(np.intp)
        by_onset = left[:, group.station_of]
        origin = -self._rows[seed_phase][by_onset[:, 0]]
        widening = (_CELL_SLOWNESS_S_KM * self._spacing)[:, None, None]
        onset_sigma = np.array([onset.sigma_s for onset in group.onsets])[None, :, None]
        rates = np.log([rate_hz(onset) for onset in group.onsets])
        gains = []
        for phase in (Phase.P, Phase.S):
            times = self._rows[phase][by_onset]
            residual = np.abs(group.time_s[None, :, None] - times - origin[:, None, :])
            sigma = self.locator.sigma_s(onset_sigma, times) + widening
            hint = self._hints(group.onsets, phase) - rates
            gain = hint[None, :, None] - residual / sigma - np.log(2 * sigma)
            gains.append(np.where(residual <= self.config.fit_sigmas * sigma, gain, _NO_FIT))
        if seed_phase is Phase.P:
            gains[1][:, 0] = _NO_FIT
        else:
            gains[0][:, 0] = _NO_FIT
        return np.maximum(gains[0], gains[1]), gains[1] > gains[0]

    def _hints(self, onsets: Sequence[Onset], phase: Phase) -> Floats:
        if phase is Phase.P:
            return np.array([onset.log_p for onset in onsets])
        return np.array([onset.log_s for onset in onsets]) + log(self.config.s_share)

    def _totals(
        self, group: _Group, gain: Floats, distance: Floats, seed_phase: Phase
    ) -> tuple[Floats, Booleans]:
        """Return each node's evidence, and which stations with onsets fit it."""
        detectability = self.explainer.detectability
        seed = int(group.station_of[0])
        seed_time = self.locator.travel_times.times(seed_phase, distance[:, seed], 20.0)
        times = self.locator.travel_times.times(Phase.P, distance, 20.0)
        passed = times - seed_time[:, None] + detectability.config.grace_s < group.now_s
        padded = np.full(distance.shape, _NO_FIT)
        padded[:, : gain.shape[1]] = gain
        reach = REACHES_KM[:, None, None]
        hypocentral = np.hypot(distance, 20.0)[None]
        triggered = padded + detectability.log_trigger(hypocentral, reach)
        missed = np.where(passed, detectability.log_silence(hypocentral, reach), 0.0)
        total = np.maximum(triggered, missed).sum(axis=2)
        total += detectability.log_reach(REACHES_KM)[:, None]
        # Inner cells are smaller, so that there are more of them: weigh by area.
        total += 2 * np.log(self._spacing)
        best = total.argmax(axis=0)
        nodes = np.arange(len(best))
        fits = (triggered > missed)[best, nodes][:, : gain.shape[1]]
        return total[best, nodes], fits


def _polar_grid(radius_km: float) -> tuple[Floats, Floats, Floats]:
    """Return x, y and the spacing to the neighbours, km, of nodes around one station."""
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
    return x, y, spacing
