"""The confidence ellipsoid: axes and angles by QuakeML's convention, and honest coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.detectability import Detectability, DetectabilityConfig
from cloud.ellipsoid import CONFIDENCE, Matrix, ellipsoid_of
from cloud.location import LocationConfig, Locator
from cloud.posterior import Arrivals, Silence
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import Ellipsoid, Phase

_AXES = st.floats(0.5, 80.0)


def covariance_of(ellipsoid: Ellipsoid) -> Matrix:
    """Return the covariance that an ellipsoid stands for, shape (3, 3), east north down, km2."""
    azimuth, plunge, rotation = np.radians(
        (ellipsoid.major_azimuth_deg, ellipsoid.major_plunge_deg, ellipsoid.major_rotation_deg)
    )
    level = np.array([np.sin(azimuth), np.cos(azimuth), 0.0])
    down = np.array([0.0, 0.0, 1.0])
    along = np.cos(plunge) * level + np.sin(plunge) * down
    right = np.array([np.cos(azimuth), -np.sin(azimuth), 0.0])
    under = np.cos(plunge) * down - np.sin(plunge) * level
    axes = (
        (ellipsoid.semi_major_km, along),
        (ellipsoid.semi_minor_km, np.cos(rotation) * right + np.sin(rotation) * under),
        (ellipsoid.semi_intermediate_km, np.cos(rotation) * under - np.sin(rotation) * right),
    )
    squares = [length**2 * np.outer(axis, axis) for length, axis in axes]
    return np.sum(squares, axis=0) / 3.527


def test_along_the_compass_the_axes_are_what_they_seem() -> None:
    """Twice as uncertain to the east as to the north, least of all in depth."""
    found = ellipsoid_of(np.diag([16.0, 4.0, 1.0]))
    scale = np.sqrt(3.527)

    assert (4 * scale, 2 * scale, scale) == pytest.approx(
        (found.semi_major_km, found.semi_intermediate_km, found.semi_minor_km), abs=0.01
    )
    assert 0 == found.major_plunge_deg
    assert 90 == found.major_azimuth_deg % 180
    assert 90 == abs(found.major_rotation_deg)


def test_an_unsure_depth_stands_upright() -> None:
    """A major axis that goes straight down has a plunge of 90 degrees."""
    assert 90 == ellipsoid_of(np.diag([4.0, 1.0, 100.0])).major_plunge_deg


def test_a_horizontal_minor_axis_has_no_rotation() -> None:
    """Major to the north-east, minor level with it: rotation 0, as QuakeML begins."""
    along, right = np.array([1.0, 1.0, 0.0]) / 2**0.5, np.array([1.0, -1.0, 0.0]) / 2**0.5
    down = np.array([0.0, 0.0, 1.0])
    covariance = 9 * np.outer(along, along) + np.outer(right, right) + 4 * np.outer(down, down)

    found = ellipsoid_of(covariance)

    assert (45, 0, 0) == (
        found.major_azimuth_deg % 180,
        found.major_plunge_deg,
        abs(found.major_rotation_deg),
    )


@given(st.tuples(_AXES, _AXES, _AXES), st.integers(0, 10_000))
def test_the_ellipsoid_says_all_that_the_covariance_does(
    lengths: tuple[float, float, float], seed: int
) -> None:
    """From any covariance to axes and angles and back is the same, to the rounding."""
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    covariance = rotation @ np.diag(np.square(lengths)) @ rotation.T

    back = covariance_of(ellipsoid_of(covariance))

    assert covariance == pytest.approx(back, abs=0.006 * max(lengths) ** 2 + 0.02 * max(lengths))


@given(st.integers(0, 1000))
def test_axes_are_in_order_and_angles_in_range(seed: int) -> None:
    """Major, intermediate, minor; azimuth 0 to 360, plunge 0 to 90, rotation -90 to 90."""
    root = np.random.default_rng(seed).standard_normal((3, 3))
    found = ellipsoid_of(root @ root.T)

    assert found.semi_major_km >= found.semi_intermediate_km >= found.semi_minor_km >= 0
    assert 0 <= found.major_azimuth_deg < 360
    assert 0 <= found.major_plunge_deg <= 90
    assert -90 <= found.major_rotation_deg <= 90


def test_two_thirds_of_normal_errors_lie_within() -> None:
    """68.3 % of 20,000 draws, as chi square with three degrees of freedom has it."""
    rng = np.random.default_rng(7)
    root = np.array([[8.0, 0, 0], [3.0, 5.0, 0], [-4.0, 2.0, 9.0]])
    draws = rng.standard_normal((20_000, 3)) @ root.T
    covariance = covariance_of(ellipsoid_of(root @ root.T))
    inside = np.einsum("ni,ij,nj->n", draws, np.linalg.inv(covariance), draws) <= 3.527

    assert pytest.approx(inside.mean(), abs=0.015) == CONFIDENCE


def test_two_thirds_of_made_earthquakes_lie_within_theirs() -> None:
    """Of 150 earthquakes located from wrong arrivals 68 % lie within, to the binomial's 3 sigma."""
    times = travel_times(iasp91())
    locator = Locator(LocationConfig(), times, Detectability(DetectabilityConfig()))
    rng = np.random.default_rng(1)
    inside = [_lies_within(locator, rng) for _ in range(150)]

    assert pytest.approx(np.mean(inside), abs=3 * np.sqrt(0.683 * 0.317 / 150)) == CONFIDENCE


def _lies_within(locator: Locator, rng: np.random.Generator) -> bool:
    """Locate one earthquake from eight P and four S, and tell whether it is in its ellipsoid."""
    stations = rng.uniform(-80, 80, (8, 2))
    x, y, depth = *rng.uniform(-60, 60, 2), rng.uniform(10, 35)
    stations = stations[np.argsort(np.hypot(stations[:, 0] - x, stations[:, 1] - y))]
    distance = np.hypot(stations[:, 0] - x, stations[:, 1] - y)
    travel = np.concatenate(
        [
            locator.travel_times.times(Phase.P, distance, depth),
            locator.travel_times.times(Phase.S, distance[:4], depth),
        ]
    )
    onset_error = np.full(12, 0.1)
    error = rng.laplace(0, locator.sigma_s(onset_error, travel))
    where = stations[[*range(8), *range(4)]]
    arrivals = Arrivals(where[:, 0], where[:, 1], travel + error, onset_error, 8)
    found = locator.locate(arrivals, Silence(np.zeros(0), np.zeros(0), 1e3), 0.0, 0.0, 150.0)
    off = np.array([x - found.x_km, y - found.y_km, depth - found.depth_km])
    covariance = covariance_of(ellipsoid_of(found.spread_km2.matrix()))
    return bool(off @ np.linalg.solve(covariance, off) <= 3.527)
