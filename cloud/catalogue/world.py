"""What the compiled half of catalogues works on, in arrays."""

from typing import Final, NamedTuple

from cloud.association.coarse import Nodes
from cloud.association.evidence import Rules
from cloud.posterior import Medium
from cloud.velocity.model import Floats, Indices

FREE: Final = -1
"""A pick that no event explains."""
FIT_SIGMAS: Final = 3.0
"""Standard errors in what fits."""
LEAST_HALF_WIDTH_KM: Final = 10.0


class Picks(NamedTuple):
    """Picks in order of time, arrays of shape (picks,); the last six are what the sweep finds."""

    time_s: Floats
    station: Indices
    sigma_s: Floats
    log_p: Floats
    log_s: Floats
    rate_hz: Floats
    """How often its station picks for nothing; grows in the coda of what is found."""
    event: Indices
    """Number of the event that explains it, or -1; claimed as coda: minus 2 and below."""
    phase: Indices
    """0 for P, 1 for S."""
    residual_s: Floats
    error_s: Floats
    distance_km: Floats
    refused: Indices
    """How many events with it were refused because their picks fit badly."""


class Sites(NamedTuple):
    """Stations in the plane, arrays of shape (stations,)."""

    x_km: Floats
    y_km: Floats
    elevation_m: Floats


class Search(NamedTuple):
    """Where sources are looked for, and what makes an event."""

    nodes: Nodes
    """Around the seed's station."""
    p_s: Floats
    """Travel times at whole kilometres, shape (distances, depths); `s_s` likewise."""
    s_s: Floats
    depths_km: Floats
    radius_km: float
    """Of the grid."""
    farthest_km: float
    """Picks of stations farther from the seed's help to find no source."""
    before_s: float
    """Picks so long before a seed may be of its earthquake."""
    window_s: float
    """Picks so long after it likewise."""
    least_picks: int
    least_p: int
    least_p_share: float
    largest_misfit: float
    least_log_odds: float
    log_density: float
    most_arrivals: int
    coda_rate_hz: float
    coda_s: float


class World(NamedTuple):
    """What stays the same while picks come and go."""

    sites: Sites
    search: Search
    rules: Rules
    medium: Medium


class Found(NamedTuple):
    """One event."""

    x_km: float
    y_km: float
    depth_km: float
    origin_s: float
    spread_km: float
    """Standard deviation of the epicentre."""
    depth_spread_km: float
    area_km2: float
    reach_km: float
    evidence: float
    log_odds: float


class Candidate(NamedTuple):
    """What one node explains: its picks, where P as their index, where S as -1 - index."""

    used: Indices
    start: tuple[float, float, float]
    """The node, and half the side of the square around it, km."""
    score: float
    """Log of how much likelier the node makes its picks than chance does."""
