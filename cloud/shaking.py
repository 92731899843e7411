"""The intensity to be expected at a place, and when S comes there."""

from dataclasses import dataclass
from math import exp, hypot, log

import numpy as np

from cloud.traveltimes import TravelTimes
from edge.geodesy import great_circle_km
from edge.messages import Event, Phase
from edge.timestamps import seconds_to_ns

_LEAST, _GREATEST = 1.0, 10.0
_FAR_KM = 50.0


@dataclass(frozen=True, slots=True)
class Shaking:
    """What an event means at a place."""

    distance_km: float
    """From the epicentre."""
    intensity: float | None
    """Modified Mercalli intensity to be expected; None without a magnitude."""
    p_ns: int
    """Arrival of P, nanoseconds since 1970 UTC."""
    s_ns: int
    """Arrival of S, nanoseconds since 1970 UTC."""


def shaking_at(event: Event, latitude: float, longitude: float, times: TravelTimes) -> Shaking:
    """Return what an event means at a place at sea level."""
    distance_km = great_circle_km((event.latitude, event.longitude), (latitude, longitude))
    arrivals = [
        event.origin_time
        + seconds_to_ns(float(times.times(phase, np.array(distance_km), event.depth_km)))
        for phase in (Phase.P, Phase.S)
    ]
    intensity = None
    if event.magnitude is not None:
        intensity = expected_intensity(event.magnitude, hypot(distance_km, event.depth_km))
    return Shaking(distance_km, intensity, *arrivals)


def expected_intensity(magnitude: float, hypocentral_km: float) -> float:
    """Return the MMI to be expected on average ground, 1 to 10.

    Allen, Wald and Worden (2012), Intensity attenuation for active crustal regions, Journal of
    Seismology 16, 409-433, equation for hypocentral distance, without site term; valid for
    M 5.0 to 7.9 up to 300 km, continued here below M 5. One standard deviation is 0.8 to 1.2.
    """
    near_km = -0.209 + 2.042 * exp(magnitude - 5)
    intensity = 2.085 + 1.428 * magnitude - 1.402 * log(hypot(hypocentral_km, near_km))
    if hypocentral_km > _FAR_KM:
        intensity += 0.078 * log(hypocentral_km / _FAR_KM)
    return min(max(intensity, _LEAST), _GREATEST)
