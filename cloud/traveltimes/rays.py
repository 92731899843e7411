"""First arrivals by integration over the ray parameter, on a spherical Earth.

The sphere is mapped to a half-space (Earth flattening: z' = -R ln(r/R), v' = v R/r, exact for
travel times; Mueller 1971, Journal of Geophysics 37, 429-436), which is cut into thin layers
whose velocity is linear in z', where distance and time of a ray have closed forms (for example
Aki and Richards, Quantitative Seismology, 2nd edition, chapter 9).

A ray that leaves upwards arrives directly. A ray that leaves downwards may, at its turning depth,
run level for a while at the velocity there before it comes up: such a path can never be faster
than the first arrival (Fermat), and the earliest of them is it. This one rule gives diving waves,
head waves, and a time in the shadow of a low-velocity zone.
"""

from dataclasses import dataclass

import numpy as np

from cloud.geodesy import EARTH_RADIUS_KM
from cloud.velocity import VelocityModel
from cloud.velocity.model import Floats

_MESH_KM = 5.0
_DEEPEST_KM = 760.0
_RAYS_A_LAYER = 6
_STEEP_RAYS = 200


@dataclass(frozen=True, slots=True)
class _Legs:
    """Horizontal distance (km) and time (s) of rays from the surface down.

    `x` and `t` of shape (rays, depths) reach each depth, NaN where a ray turns above it;
    `turn_x` and `turn_t` of shape (rays,) reach the turning point, NaN where there is none.
    """

    slowness_s_km: Floats
    x: Floats
    t: Floats
    turn_x: Floats
    turn_t: Floats


def first_arrivals(
    model: VelocityModel, phase: str, depth_km: Floats, distance_km: Floats
) -> Floats:
    """Return travel times in s, shape (depths, distances), of the first P or S arrival.

    Args:
        model: The velocity model.
        phase: `P` or `S`.
        depth_km: Source depths, increasing, within 0 and 700 km.
        distance_km: Epicentral distances along the surface, increasing, from 0.
    """
    depths = _layer_depths(model, depth_km)
    stretch = EARTH_RADIUS_KM / (EARTH_RADIUS_KM - depths)
    thickness = np.diff(-EARTH_RADIUS_KM * np.log1p(-depths / EARTH_RADIUS_KM))
    top = (model.velocity_km_s(depths, phase, below=True) * stretch)[:-1]
    bottom = (model.velocity_km_s(depths, phase, below=False) * stretch)[1:]
    legs = _integrate(_slownesses(top, bottom), thickness, top, bottom)
    columns = np.searchsorted(depths, depth_km)
    return np.stack([_earliest(legs, int(column), distance_km) for column in columns])


def _layer_depths(model: VelocityModel, depth_km: Floats) -> Floats:
    """Return the depths at which layers meet: nodes, source depths, and a regular mesh."""
    mesh = np.arange(0, _DEEPEST_KM + _MESH_KM, _MESH_KM)
    depths = np.unique(np.concatenate([mesh, np.asarray(model.depth_km), depth_km]))
    result: Floats = depths[depths <= _DEEPEST_KM]
    return result


def _slownesses(top: Floats, bottom: Floats) -> Floats:
    """Return ray parameters (s/km): some that turn in each layer, and steep ones."""
    share = (1 - np.cos(np.linspace(0, np.pi, _RAYS_A_LAYER))) / 2
    fast, slow = 1 / np.maximum(top, bottom), 1 / np.minimum(top, bottom)
    turning = (fast[:, None] + (slow - fast)[:, None] * share).ravel()
    steep = turning.max() * np.sin(np.linspace(0, np.pi / 2, _STEEP_RAYS))
    result: Floats = np.unique(np.concatenate([turning, steep]))
    return result


def _integrate(slowness: Floats, thickness: Floats, top: Floats, bottom: Floats) -> _Legs:
    """Return the legs of all rays through layers of linear velocity, shapes (layers,)."""
    p = slowness[:, None]
    gradient = (bottom - top) / thickness
    eta_top = np.sqrt(np.clip(1 - (p * top) ** 2, 0, None))
    eta_bottom = np.sqrt(np.clip(1 - (p * bottom) ** 2, 0, None))
    passes = (p * top < 1) & (p * bottom <= 1)
    # Both forms are the textbook ones, rearranged so that they hold for a vanishing gradient.
    with np.errstate(divide="ignore", invalid="ignore"):
        x = p * thickness * (top + bottom) / (eta_top + eta_bottom)
        t = _log_ratio(thickness / top, gradient) + _log_ratio(p * x / (1 + eta_bottom), gradient)
        turns = ~passes & (p * top < 1)
        turn_x = np.where(turns, eta_top / (p * gradient), 0.0)
        turn_t = np.where(turns, np.log((1 + eta_top) / (p * top)) / gradient, 0.0)
    reached = np.logical_and.accumulate(passes, axis=1)
    start = np.zeros((len(slowness), 1))
    total_x = np.hstack([start, np.where(reached, x, 0.0).cumsum(axis=1)])
    total_t = np.hstack([start, np.where(reached, t, 0.0).cumsum(axis=1)])
    stops = reached.sum(axis=1)
    rows, last = np.arange(len(slowness)), np.minimum(stops, len(top) - 1)
    through = stops == len(top)
    to_turn_x = np.where(through, np.nan, total_x[rows, stops] + turn_x[rows, last])
    to_turn_t = np.where(through, np.nan, total_t[rows, stops] + turn_t[rows, last])
    above = np.hstack([np.ones_like(start, dtype=bool), reached])
    return _Legs(
        slowness_s_km=slowness,
        x=np.where(above, total_x, np.nan),
        t=np.where(above, total_t, np.nan),
        turn_x=to_turn_x,
        turn_t=to_turn_t,
    )


def _log_ratio(factor: Floats, gradient: Floats) -> Floats:
    """Return ln(1 + gradient * factor) / gradient, which tends to `factor`."""
    change = gradient * factor
    ratio = np.divide(np.log1p(change), change, out=np.ones_like(change), where=np.abs(change) > 0)
    result: Floats = factor * ratio
    return result


def _earliest(legs: _Legs, column: int, distance_km: Floats) -> Floats:
    """Return the first arrivals from the source depth of one column, shape (distances,)."""
    x, t = legs.x[:, column], legs.t[:, column]
    up = np.isfinite(x)
    times = np.interp(distance_km, x[up], t[up], right=np.inf)
    down = up & np.isfinite(legs.turn_x)
    down_x = (2 * legs.turn_x - x)[down, None]
    down_t = (2 * legs.turn_t - t)[down, None]
    level = distance_km - down_x
    via_depth = np.where(level >= 0, down_t + legs.slowness_s_km[down, None] * level, np.inf)
    result: Floats = np.minimum(times, via_depth.min(axis=0))
    return result
