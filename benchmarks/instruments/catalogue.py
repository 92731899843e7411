"""A day of picks with a known truth: one generator for every associator."""

from dataclasses import dataclass

import numpy as np

DAY_S = 86_400.0
SIDE_KM = 200.0
P_KM_S, S_KM_S = 6.0, 3.5
_DEEPEST_KM = 20.0
_REACHES_KM = (50.0, 110.0)
_P_SHARE, _S_SHARE = 0.9, 0.7
_ERROR_S = 0.1
_LEAST_PICKS = 8
RIGHT_KM, RIGHT_S = 25.0, 5.0
RIGHT_MOMENT_S = 30.0


@dataclass(frozen=True, slots=True)
class Pick:
    """One pick; `time_s` since the beginning of the day."""

    time_s: float
    station: int
    phase: str


@dataclass(frozen=True, slots=True)
class Day:
    """Stations and picks, in order of time, and the earthquakes that made most of them."""

    stations_km: list[tuple[float, float]]
    """East and north of the middle."""
    picks: list[Pick]
    events: list[tuple[float, float, float]]
    """Origin time in s, east and north in km, of those with eight picks or more."""


def day_of(events: int, seed: int, stations: int = 100, noise_share: float = 0.2) -> Day:
    """Return a day of a square network over a homogeneous half-space.

    Args:
        events: Earthquakes at random within the network.
        seed: Of the random numbers.
        stations: At random places.
        noise_share: Share of all picks that nothing made.
    """
    rng = np.random.default_rng(seed)
    places = rng.uniform(-SIDE_KM / 2, SIDE_KM / 2, (stations, 2))
    picks: list[Pick] = []
    truth = []
    for origin_s in rng.uniform(60, DAY_S - 120, events):
        x, y = rng.uniform(-SIDE_KM / 2, SIDE_KM / 2, 2)
        depth, reach = rng.uniform(2, _DEEPEST_KM), rng.uniform(*_REACHES_KM)
        epicentral = np.hypot(places[:, 0] - x, places[:, 1] - y)
        travel_km = np.hypot(epicentral, depth)
        before = len(picks)
        for phase, speed, share in (("P", P_KM_S, _P_SHARE), ("S", S_KM_S, _S_SHARE)):
            seen = (epicentral < reach) & (rng.random(stations) < share)
            times = origin_s + travel_km / speed + rng.normal(0, _ERROR_S, stations)
            picks += [Pick(float(times[k]), int(k), phase) for k in np.flatnonzero(seen)]
        if len(picks) - before >= _LEAST_PICKS:
            truth.append((float(origin_s), float(x), float(y)))
    for _ in range(round(len(picks) * noise_share / (1 - noise_share))):
        phase = "PS"[rng.integers(2)]
        picks.append(Pick(float(rng.uniform(0, DAY_S)), int(rng.integers(stations)), phase))
    return Day(
        [(float(x), float(y)) for x, y in places],
        sorted(picks, key=lambda pick: (pick.time_s, pick.station)),
        truth,
    )


def score(
    found: list[tuple[float, float, float]], truth: list[tuple[float, float, float]]
) -> tuple[float, float]:
    """Return recall and precision: an event is right within 25 km and 5 s of one not yet found."""
    left = set(range(len(truth)))
    right = 0
    for origin_s, x, y in found:
        near = [
            k
            for k in left
            if abs(truth[k][0] - origin_s) <= RIGHT_S
            and np.hypot(truth[k][1] - x, truth[k][2] - y) <= RIGHT_KM
        ]
        if near:
            left.remove(min(near, key=lambda k: abs(truth[k][0] - origin_s)))
            right += 1
    return right / max(1, len(truth)), right / max(1, len(found))


def right_moments(
    moments: list[float], truth: list[tuple[float, float, float]]
) -> tuple[float, float]:
    """Return recall and precision of moments: right up to half a minute after an origin."""
    left = sorted(event[0] for event in truth)
    right = 0
    for moment in sorted(moments):
        near = [origin for origin in left if 0 <= moment - origin <= RIGHT_MOMENT_S]
        if near:
            left.remove(near[0])
            right += 1
    return right / max(1, len(truth)), right / max(1, len(moments))
