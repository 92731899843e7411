"""The kit's own associator for catalogues: `sweep` over all picks, in one plane.

Distances are those of a plane around the middle of the network, good to 0.1 % within 1,000 km;
larger networks are to be taken in parts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cloud.association.config import AssociationConfig
from cloud.association.evidence import S
from cloud.association.explainer import Explainer
from cloud.association.search import polar_grid
from cloud.catalogue.config import CatalogueConfig
from cloud.catalogue.event import arrivals_of
from cloud.catalogue.sweep import sweep
from cloud.catalogue.world import FREE, Found, Picks, Search, Sites, World
from cloud.detectability import Detectability, DetectabilityConfig
from cloud.geodesy import LocalPlane
from cloud.location import Location, LocationConfig, Locator
from cloud.posterior import Medium, Silence
from cloud.traveltimes import travel_times
from cloud.velocity import VelocityModel, iasp91
from cloud.velocity.model import Floats, Indices
from edge.messages import Phase

DEPTHS_KM = np.array([10.0, 30.0, 70.0])
_TRUST = 0.03
"""Added to both probabilities before their ratio is taken: no picker is ever quite sure."""
_SEEDS_AT_ONCE = 2000

Progress = Callable[[int], None]
"""Called with the number of picks that are done."""


@dataclass(frozen=True, slots=True)
class PickTable:
    """Picks in order of time, arrays of shape (picks,); times in s since any moment."""

    time_s: Floats
    station: Indices
    sigma_s: Floats
    p_probability: Floats
    """Of P; 0.5 where the picker does not know."""


@dataclass(frozen=True, slots=True)
class PickedEvent:
    """One event and its picks, arrays of shape (picks,)."""

    found: Found
    pick: Indices
    """Index in the table; each once."""
    station: Indices
    is_s: Indices
    residual_s: Floats
    error_s: Floats
    distance_km: Floats


class OwnAssociator:
    """Associates with one velocity model for one network.

    Args:
        latitude: Of the stations, degrees, shape (stations,).
        longitude: Likewise.
        elevation_m: Likewise.
        config: When picks are an event.
        model: Velocities; iasp91 where left out.
        association: How often things happen: earthquakes, false picks, coda.
    """

    def __init__(
        self,
        latitude: Floats,
        longitude: Floats,
        elevation_m: Floats,
        config: CatalogueConfig | None = None,
        model: VelocityModel | None = None,
        association: AssociationConfig | None = None,
    ) -> None:
        self.config = config or CatalogueConfig()
        self.association = association or AssociationConfig()
        self.plane = LocalPlane(float(np.mean(latitude)), _middle_longitude(longitude))
        self.sites = Sites(*self.plane.all_to_km(latitude, longitude), elevation_m)
        self.travel_times = table = travel_times(model or iasp91())
        detectability = Detectability(DetectabilityConfig())
        self._locator = locator = Locator(LocationConfig(), table, detectability)
        explainer = Explainer(self.association, locator, detectability)
        depths = DEPTHS_KM[: max(1, int((self.config.deepest_km >= DEPTHS_KM).sum()))]
        p_s, s_s = (table.rows(phase, depths) for phase in (Phase.P, Phase.S))
        search = Search(
            nodes=polar_grid(self.config.search_radius_km),
            p_s=p_s,
            s_s=s_s,
            depths_km=depths,
            radius_km=self.config.search_radius_km,
            farthest_km=self.config.farthest_km,
            before_s=table.time(Phase.P, self.config.farthest_km, 0.0),
            window_s=table.time(Phase.S, self.config.farthest_km, 0.0),
            least_picks=self.config.least_picks,
            least_p=self.config.least_p,
            least_p_share=self.config.least_p_share,
            largest_misfit=float(self.config.largest_misfit),
            least_log_odds=self.config.least_log_odds,
            log_density=explainer.log_density,
            most_arrivals=self.config.most_arrivals,
            coda_rate_hz=self.association.coda_rate_hz,
            coda_s=self.association.coda_s,
        )
        medium = _no_deeper(locator.medium, self.config.deepest_km)
        self._world = World(self.sites, search, explainer.rules, medium)

    def associate(self, table: PickTable, progress: Progress | None = None) -> list[PickedEvent]:
        """Return the events in the order in which their first P came.

        Args:
            table: The picks.
            progress: Called now and then.
        """
        picks = self._picks(table)
        found: list[Found] = []
        count = len(table.time_s)
        # What fits well first: picks of several earthquakes fit one origin badly, and each of those
        # is found by itself. What is left may fit as the velocity model lets it.
        for turn, largest in enumerate((self.config.largest_misfit, np.inf)):
            search = self._world.search._replace(largest_misfit=largest)
            world = self._world._replace(search=search)
            picks.refused[:] = 0
            for first in range(0, count, _SEEDS_AT_ONCE):
                end = min(first + _SEEDS_AT_ONCE, count)
                found += sweep(picks, world, (first, end, len(found)))
                if progress is not None:
                    progress((turn * count + end) // 2)
        return _gathered(picks, found)

    def locate(
        self, table: PickTable, picks: Indices, is_s: Indices, start: tuple[float, float, float]
    ) -> Location:
        """Return the location of picks that somebody put together.

        Args:
            table: All picks.
            picks: Indices of at least two of them.
            is_s: 1 for those that are S.
            start: First guess of x and y, and half the side of the first square, km.
        """
        used = np.where(is_s == 1, -1 - picks, picks)
        arrivals = arrivals_of(self._picks(table), self._world, used)
        nobody = Silence(np.empty(0), np.empty(0), 0.0)
        return self._locator.locate(arrivals, nobody, *start)

    def residuals(
        self, table: PickTable, picks: Indices, is_s: Indices, location: Location
    ) -> tuple[Floats, Floats, Floats]:
        """Return residuals (s), their standard errors (s) and epicentral distances (km)."""
        station = table.station[picks]
        distance = np.hypot(
            self.sites.x_km[station] - location.x_km, self.sites.y_km[station] - location.y_km
        )
        p_s, s_s = (
            self.travel_times.times(phase, distance, location.depth_km)
            + self.travel_times.elevation_delay_s(phase, 1.0) * self.sites.elevation_m[station]
            for phase in (Phase.P, Phase.S)
        )
        travel = np.where(is_s == 1, s_s, p_s)
        residual = table.time_s[picks] - location.origin_s - travel
        return residual, self._locator.sigma_s(table.sigma_s[picks], travel), distance

    def _picks(self, table: PickTable) -> Picks:
        count = len(table.time_s)
        share = (table.p_probability + _TRUST) / (1 + 2 * _TRUST)
        return Picks(
            time_s=table.time_s,
            station=table.station,
            sigma_s=table.sigma_s,
            log_p=np.log(2 * share),
            log_s=np.log(2 * (1 - share)),
            rate_hz=self._rates_hz(table),
            event=np.full(count, FREE),
            phase=np.zeros(count, np.intp),
            residual_s=np.zeros(count),
            error_s=np.zeros(count),
            distance_km=np.zeros(count),
            refused=np.zeros(count, np.intp),
        )

    def _rates_hz(self, table: PickTable) -> Floats:
        """Return how often each pick's station picks for nothing, at most: as often as at all."""
        prior_hz = self.association.noise_rate_per_hour / 3600
        prior_s = min(1 / prior_hz, self.association.noise_memory_s)
        duration = float(table.time_s[-1] - table.time_s[0]) if len(table.time_s) else 0.0
        counts = np.bincount(table.station, minlength=len(self.sites.x_km))
        rates: Floats = (prior_hz * prior_s + counts) / (prior_s + duration)
        return rates[table.station]


def _no_deeper(medium: Medium, deepest_km: float) -> Medium:
    """Return a medium without the depths below one."""
    keep = max(2, int((medium.depths_km <= deepest_km).sum()))
    # The compiled functions want rows that lie together.
    return medium._replace(
        p_s=np.ascontiguousarray(medium.p_s[:, :keep]),
        s_s=np.ascontiguousarray(medium.s_s[:, :keep]),
        depths_km=medium.depths_km[:keep].copy(),
        log_prior=medium.log_prior[:keep].copy(),
    )


def _gathered(picks: Picks, found: Sequence[Found]) -> list[PickedEvent]:
    """Return the events with their picks."""
    used = np.flatnonzero(picks.event >= 0)
    order = used[np.argsort(picks.event[used], kind="stable")]
    borders = np.searchsorted(picks.event[order], np.arange(len(found) + 1))
    return [
        PickedEvent(
            event,
            mine := order[borders[number] : borders[number + 1]],
            picks.station[mine],
            (picks.phase[mine] == S).astype(np.intp),
            picks.residual_s[mine],
            picks.error_s[mine],
            picks.distance_km[mine],
        )
        for number, event in enumerate(found)
    ]


def _middle_longitude(longitude: Floats) -> float:
    """Return the mean direction, which the date line does not disturb."""
    angle = np.radians(longitude)
    return float(np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())))
