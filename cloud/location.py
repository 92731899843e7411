"""Location of one origin from arrivals: a grid posterior, zoomed until it is resolved.

Misfit is the L1 norm of residuals over their standard errors (Laplace errors: an outlier moves
the place little), the origin time at each node is the weighted median of what the arrivals say,
and depth has a prior, because arrivals at the surface hardly resolve it. Place, depth and their
uncertainties are the moments of that posterior. The grid search follows Lomax et al. (2000),
Advances in Seismic Event Location, 101-134, chapter on probabilistic location.
"""

from dataclasses import dataclass, replace

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cloud.detectability import Detectability
from cloud.traveltimes import TravelTimes
from cloud.velocity.model import Floats, Indices
from edge.messages import Phase

_DEPTHS_KM = np.array([4.0, 10.0, 16.0, 22.0, 28.0, 36.0, 50.0, 75.0, 120.0])
_SILENCE_DEPTH_KM = 20.0
_NODES_A_SIDE = 9
_FINEST_STEP_KM = 2.0
_MOST_LEVELS = 8
_ZOOM_SIGMAS = 2.5
_LEAST_ZOOM = 0.6
_ABOUT_AS_GOOD = 1.0
"""Difference of log posterior that does not matter."""
_RESOLVED = 1.5
"""The grid is fine enough when one standard deviation spans this many steps."""


class LocationConfig(BaseModel):
    """How arrivals become a place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_error_s: float = Field(
        default=0.5,
        gt=0,
        title="Travel-time error at the source",
        description="Standard error of the velocity model at no distance, s",
    )
    model_error_share: float = Field(
        default=0.03,
        ge=0,
        title="Growth of the travel-time error",
        description="What that error grows by for each second of travel time, s/s",
    )
    shallowest_likely_km: float = Field(
        default=10.0,
        ge=0,
        title="Likely depths from",
        description="Upper end of the depths that are equally likely beforehand, km",
    )
    deepest_likely_km: float = Field(
        default=35.0,
        ge=0,
        title="Likely depths to",
        description="Lower end of the depths that are equally likely beforehand, km",
    )
    depth_scale_km: float = Field(
        default=15.0,
        gt=0,
        title="Decay of unlikely depths",
        description="Depth outside that range at which the prior falls by a factor e, km",
    )
    most_arrivals: int = Field(
        default=32,
        ge=4,
        title="Arrivals used",
        description="The earliest so many arrivals locate the event; later ones add little",
    )


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Arrivals to locate from, arrays of shape (arrivals,), P before S.

    `x_km` and `y_km` are the stations in the plane; `time_s` is relative to one common moment
    and has the delay of the station's elevation taken off; `sigma_s` is the error of the onset
    and of the clock; `p_count` says how many of them are P.
    """

    x_km: Floats
    y_km: Floats
    time_s: Floats
    sigma_s: Floats
    p_count: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Stations that have not triggered, arrays of shape (stations,), and until when, seconds."""

    x_km: Floats
    y_km: Floats
    until_s: float


@dataclass(frozen=True, slots=True)
class Location:
    """A located origin; `origin_s` is relative to the moment of the arrivals."""

    x_km: float
    y_km: float
    depth_km: float
    origin_s: float
    horizontal_uncertainty_km: float
    depth_uncertainty_km: float
    area_km2: float
    """Integral of the likelihood over place and prior depth, over its value here: an area on
    which origins would fit as well as this one does."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What one grid shows of the posterior."""

    location: Location
    spread_km: float
    """The larger standard deviation, east or north."""
    log_mass: float
    """Log of the posterior's integral over the grid, km2."""
    log_likelihood: float
    """Log likelihood at the location."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Centre and half width of a square grid, km."""

    x_km: float
    y_km: float
    half_width_km: float

    @property
    def step_km(self) -> float:
        return 2 * self.half_width_km / (_NODES_A_SIDE - 1)


class Locator:
    """Locates with one velocity model and one configuration."""

    def __init__(
        self, config: LocationConfig, travel_times: TravelTimes, detectability: Detectability
    ) -> None:
        self.config = config
        self.detectability = detectability
        self.travel_times = travel_times
        self._rows = {phase: travel_times.rows(phase, _DEPTHS_KM) for phase in (Phase.P, Phase.S)}
        above = np.clip(config.shallowest_likely_km - _DEPTHS_KM, 0, None)
        below = np.clip(_DEPTHS_KM - config.deepest_likely_km, 0, None)
        # Layers of the depth grid are of unequal thickness, which the prior has to carry.
        thickness = np.gradient(_DEPTHS_KM)
        prior = thickness * np.exp(-(above + below) / config.depth_scale_km)
        self._log_prior = np.log(prior / prior.sum())

    def sigma_s(self, onset_sigma_s: Floats, travel_time_s: Floats) -> Floats:
        """Return the standard error of arrivals, onset and velocity model together, s."""
        model = self.config.model_error_s + self.config.model_error_share * travel_time_s
        return np.hypot(onset_sigma_s, model)

    def locate(
        self,
        arrivals: Arrivals,
        silence: Silence,
        x_km: float,
        y_km: float,
        half_width_km: float,
    ) -> Location:
        """Return the location, searched from a square around a first guess.

        Args:
            arrivals: At least two of them.
            silence: Stations near by that have not triggered.
            x_km: First guess east in the plane.
            y_km: First guess north in the plane.
            half_width_km: Half the side of the first square.
        """
        grid = _Grid(x_km, y_km, half_width_km)
        for _ in range(_MOST_LEVELS):
            wide = self._look(arrivals, silence, grid)
            if wide.spread_km > _RESOLVED * grid.step_km or grid.step_km <= _FINEST_STEP_KM:
                break
            half = max(_ZOOM_SIGMAS * wide.spread_km, 1.5 * grid.step_km)
            half = min(half, _LEAST_ZOOM * grid.half_width_km)
            grid = _Grid(wide.location.x_km, wide.location.y_km, half)
        best = wide
        while grid.step_km > _FINEST_STEP_KM:
            grid = _Grid(best.location.x_km, best.location.y_km, 2 * grid.step_km)
            best = self._look(arrivals, silence, grid)
        # The last grids are cut out of the posterior; its width is that of the first that held it.
        return replace(
            best.location,
            horizontal_uncertainty_km=wide.location.horizontal_uncertainty_km,
            depth_uncertainty_km=wide.location.depth_uncertainty_km,
            area_km2=float(np.exp(wide.log_mass - best.log_likelihood)),
        )

    def _look(self, arrivals: Arrivals, silence: Silence, grid: _Grid) -> _Look:
        """Return what one grid shows of the posterior."""
        side = np.linspace(-grid.half_width_km, grid.half_width_km, _NODES_A_SIDE)
        x = grid.x_km + np.repeat(side, _NODES_A_SIDE)
        y = grid.y_km + np.tile(side, _NODES_A_SIDE)
        log_posterior, origin = self._posterior(arrivals, x, y)
        likely_origin = origin[np.arange(len(x)), log_posterior.argmax(axis=1)]
        reach = np.hypot(x[:, None] - arrivals.x_km, y[:, None] - arrivals.y_km).max(axis=1)
        log_posterior += self._plausibility(silence, x, y, reach, likely_origin)[:, None]
        largest = log_posterior.max()
        weight = np.exp(log_posterior - largest)
        mass = weight.sum()
        flat, by_depth = weight.sum(axis=1) / mass, weight.sum(axis=0) / mass
        from_x, from_y = x - flat @ x, y - flat @ y
        deviations = np.sqrt([flat @ from_x**2, flat @ from_y**2])
        # The mean of a curved posterior may fit badly: of the nodes that fit about as well as
        # the best one, take that nearest to the mean.
        likely = log_posterior.max(axis=1) >= largest - _ABOUT_AS_GOOD
        node = int(np.where(likely, np.hypot(from_x, from_y), np.inf).argmin())
        depth = int(log_posterior[node].argmax())
        log_mass = float(largest + np.log(mass) + 2 * np.log(grid.step_km))
        log_likelihood = float(log_posterior[node, depth] - self._log_prior[depth])
        location = Location(
            x_km=float(x[node]),
            y_km=float(y[node]),
            depth_km=float(_DEPTHS_KM[depth]),
            origin_s=float(origin[node, depth]),
            horizontal_uncertainty_km=float(np.hypot(*deviations)),
            depth_uncertainty_km=float(
                np.sqrt(by_depth @ (_DEPTHS_KM - by_depth @ _DEPTHS_KM) ** 2)
            ),
            area_km2=float(np.exp(log_mass - log_likelihood)),
        )
        return _Look(location, float(deviations.max()), log_mass, log_likelihood)

    def _posterior(self, arrivals: Arrivals, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return log posterior and origin time (s), both of shape (nodes, depths)."""
        distance = np.hypot(x[:, None] - arrivals.x_km, y[:, None] - arrivals.y_km)
        split = arrivals.p_count
        times = np.concatenate(
            [
                _lookup(self._rows[Phase.P], distance[:, :split]),
                _lookup(self._rows[Phase.S], distance[:, split:]),
            ],
            axis=1,
        ).transpose(0, 2, 1)
        says = arrivals.time_s - times
        sigma = self.sigma_s(arrivals.sigma_s, times)
        origin = weighted_median(says, 1 / sigma)
        misfit = (np.abs(says - origin[..., None]) / sigma + np.log(sigma)).sum(axis=-1)
        return self._log_prior - misfit, origin

    def _plausibility(
        self, silence: Silence, x: Floats, y: Floats, reach: Floats, origin: Floats
    ) -> Floats:
        """Return the log probability of the reach and of the silence, shape (nodes,)."""
        distance = np.hypot(x[:, None] - silence.x_km, y[:, None] - silence.y_km)
        times = self.travel_times.times(Phase.P, distance, _SILENCE_DEPTH_KM)
        grace = self.detectability.config.grace_s
        due = origin[:, None] + times + grace < silence.until_s
        silent = np.where(due, self.detectability.log_silence(distance, reach[:, None]), 0.0)
        result: Floats = self.detectability.log_reach(reach) + silent.sum(axis=1)
        return result


def _lookup(rows: Floats, distance_km: Floats) -> Floats:
    """Return times of shape (..., depths) from rows of shape (distances, depths)."""
    left: Indices = np.minimum(distance_km, len(rows) - 2).astype(np.intp)
    share = (distance_km - left)[..., None]
    start = rows[left]
    result: Floats = start + share * (rows[left + 1] - start)
    return result


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """Return the weighted median over the last axis: half of the weight lies on either side."""
    order = np.argsort(values, axis=-1)
    ordered = np.take_along_axis(values, order, axis=-1)
    heaped = np.take_along_axis(weights, order, axis=-1).cumsum(axis=-1)
    half = heaped[..., -1:] / 2
    place = (heaped < half).sum(axis=-1, keepdims=True)
    middle: Floats = np.take_along_axis(ordered, place, axis=-1)[..., 0]
    return middle
