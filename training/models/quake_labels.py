"""Where SeismicTorch's windows of P and S lie in a record without picks."""

import math

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 100.0
P_SPEED_KM_S = 6.0
S_SPEED_KM_S = 3.5
"""Crustal speeds where no travel times are at hand."""

_SEARCH_S = 12.0


def window_centre(
    record: NDArray[np.floating], arrival_sample: int, *, as_published: bool = False
) -> int:
    """Return the sample on which a phase's window of 2 s is centred.

    The published rule takes the strongest motion of the 12 s after the computed arrival: for P of
    a near event that is S, and so windows of S are labelled P.

    Args:
        record: Shape (n, components), 100 Hz.
        arrival_sample: Computed or picked arrival.
        as_published: Use the published rule.
    """
    if not as_published:
        return arrival_sample
    piece = record[arrival_sample : arrival_sample + round(_SEARCH_S * RATE_HZ)]
    return arrival_sample + int(np.argmax(np.linalg.norm(piece, axis=1)))


def straight_travel_time_s(
    distance_km: float, depth_km: float, speed_km_s: float, *, as_published: bool = False
) -> float:
    """Return a travel time for want of a better one, s.

    Args:
        distance_km: Epicentral distance.
        depth_km: Depth.
        speed_km_s: Of the phase.
        as_published: Go down and along, instead of straight.
    """
    path_km = distance_km + depth_km if as_published else math.hypot(distance_km, depth_km)
    return path_km / speed_km_s
