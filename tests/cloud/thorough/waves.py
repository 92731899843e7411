"""What a perfect picker would see of a made-up earthquake, and what others see."""

import numpy as np

from cloud.geodesy import LocalPlane
from cloud.picking import PhasePick
from cloud.thorough.verdict import StationPicks
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import Phase
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import NETWORK, Place, Source


def picks_of(
    source: Source,
    stations: dict[str, Place],
    *,
    error_s: float = 0.03,
    seed: int = 3,
    phases: tuple[Phase, ...] = (Phase.P, Phase.S),
) -> list[StationPicks]:
    """Return P and S of an earthquake at each station, a little wrong."""
    rng = np.random.default_rng(seed)
    plane = LocalPlane(source.latitude, source.longitude)
    found = []
    for name, place in stations.items():
        distance_km = plane.distance_km(*place)
        picks = []
        for phase in phases:
            travel_s = travel_times(iasp91()).time(phase, distance_km, source.depth_km)
            time_ns = source.origin_ns + seconds_to_ns(travel_s + rng.normal(0, error_s))
            picks.append(PhasePick(phase, time_ns, 0.9, 0.05))
        found.append(StationPicks(f"{NETWORK}.{name}", tuple(picks)))
    return found


def nothing_at(stations: dict[str, Place]) -> list[StationPicks]:
    """Return stations at which the picker saw nothing."""
    return [StationPicks(f"{NETWORK}.{name}", ()) for name in stations]
