"""Location of one origin from arrivals: a grid posterior, zoomed until it is resolved.

Misfit is the L1 norm of residuals over their standard errors (Laplace errors: an outlier moves
the place little), the origin time at each node is the weighted median of what the arrivals say,
and depth has a prior, because arrivals at the surface hardly resolve it. Place, depth and their
uncertainties are the moments of that posterior. The grid search follows Lomax et al. (2000),
Advances in Seismic Event Location, 101-134, chapter on probabilistic location.
"""

from dataclasses import dataclass
from math import exp, hypot
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cloud.detectability import Detectability
from cloud.posterior import Arrivals, Look, Medium, Silence, zoom
from cloud.traveltimes import TravelTimes
from cloud.velocity.model import Floats
from edge.messages import Phase

_DEPTHS_KM = np.array([4.0, 10.0, 16.0, 22.0, 28.0, 36.0, 50.0, 75.0, 120.0])
_SILENCE_DEPTH_KM = 20.0


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


class Spread(NamedTuple):
    """Second moments of the posterior about the location, km2: x east, y north, z down."""

    xx: float
    yy: float
    zz: float
    xy: float
    xz: float
    yz: float

    def matrix(self) -> Floats:
        """Return them as a symmetric matrix, shape (3, 3)."""
        return np.array(
            [[self.xx, self.xy, self.xz], [self.xy, self.yy, self.yz], [self.xz, self.yz, self.zz]]
        )


@dataclass(frozen=True, slots=True)
class Location:
    """A located origin; `origin_s` is relative to the moment of the arrivals."""

    x_km: float
    y_km: float
    depth_km: float
    origin_s: float
    horizontal_uncertainty_km: float
    depth_uncertainty_km: float
    spread_km2: Spread
    """Mean squares of what the hypocentre may be away from here."""
    area_km2: float
    """Integral of the likelihood over place and prior depth, over its value here: an area on
    which origins would fit as well as this one does."""


class Locator:
    """Locates with one velocity model and one configuration."""

    def __init__(
        self, config: LocationConfig, travel_times: TravelTimes, detectability: Detectability
    ) -> None:
        self.config = config
        self.detectability = detectability
        self.travel_times = travel_times
        above = np.clip(config.shallowest_likely_km - _DEPTHS_KM, 0, None)
        below = np.clip(_DEPTHS_KM - config.deepest_likely_km, 0, None)
        # Layers of the depth grid are of unequal thickness, which the prior has to carry.
        thickness = np.gradient(_DEPTHS_KM)
        prior = thickness * np.exp(-(above + below) / config.depth_scale_km)
        self.medium = Medium(
            p_s=travel_times.rows(Phase.P, _DEPTHS_KM),
            s_s=travel_times.rows(Phase.S, _DEPTHS_KM),
            silence_s=travel_times.row(Phase.P, _SILENCE_DEPTH_KM),
            depths_km=_DEPTHS_KM,
            log_prior=np.log(prior / prior.sum()),
            model_error_s=config.model_error_s,
            model_error_share=config.model_error_share,
            best_probability=detectability.config.best_probability,
            grace_s=detectability.config.grace_s,
        )

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
        wide, best = zoom(arrivals, silence, self.medium, (x_km, y_km, half_width_km))
        # The last grids are cut out of the posterior; its width is that of the first that held it.
        return Location(
            x_km=best.x_km,
            y_km=best.y_km,
            depth_km=best.depth_km,
            origin_s=best.origin_s,
            horizontal_uncertainty_km=hypot(wide.east_km, wide.north_km),
            depth_uncertainty_km=wide.depth_deviation_km,
            spread_km2=_spread(wide, best),
            area_km2=exp(wide.log_mass - best.log_likelihood),
        )


def _spread(wide: Look, best: Look) -> Spread:
    """Return the moments of the posterior about the place that is reported, not about its mean."""
    x = wide.mean_km[0] - best.x_km
    y = wide.mean_km[1] - best.y_km
    z = wide.mean_km[2] - best.depth_km
    return Spread(
        wide.east_km**2 + x * x,
        wide.north_km**2 + y * y,
        wide.depth_deviation_km**2 + z * z,
        wide.cross_km2[0] + x * y,
        wide.cross_km2[1] + x * z,
        wide.cross_km2[2] + y * z,
    )
