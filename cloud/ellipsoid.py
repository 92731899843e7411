"""The confidence ellipsoid of a hypocentre, as QuakeML 1.2 describes one.

For normal errors with covariance C the region that holds the hypocentre with probability p is the
ellipsoid x' C^-1 x <= q, with q the quantile of chi square of three degrees of freedom: 3.53 for
68.3 % (Press et al., Numerical Recipes, on confidence limits; Lomax et al. 2000 use the same). So
its axes lie along the eigenvectors of C, and are the roots of q times the eigenvalues.

Angles are QuakeML's (Euchner and Schorlemmer 2013): azimuth of the major axis clockwise from
north, its plunge downwards from the horizontal, and a rotation about it, at 0 of which the minor
axis is horizontal, and which turns its right-hand end down.
"""

from math import asin, atan2, cos, degrees, sin, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.messages import Ellipsoid

CONFIDENCE: Final = 0.683
_QUANTILE: Final = 3.527
"""Of chi square with three degrees of freedom, at `CONFIDENCE`."""

Matrix = NDArray[np.float64]


def ellipsoid_of(covariance_km2: Matrix) -> Ellipsoid:
    """Return the ellipsoid that holds the hypocentre with a probability of 68.3 %.

    Args:
        covariance_km2: Shape (3, 3), east, north and down, km2.
    """
    to_ned = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]], float)
    values, vectors = np.linalg.eigh(to_ned @ covariance_km2 @ to_ned.T)
    minor, intermediate, major = (sqrt(_QUANTILE * max(float(value), 0.0)) for value in values)
    longest, shortest = vectors[:, 2], vectors[:, 0]
    if longest[2] < 0:
        longest = -longest
    azimuth, plunge = atan2(longest[1], longest[0]), asin(min(1.0, longest[2]))
    _, right, under = _frame(azimuth, plunge)
    rotation = atan2(float(shortest @ under), float(shortest @ right))
    return Ellipsoid(
        semi_major_km=round(major, 2),
        semi_intermediate_km=round(intermediate, 2),
        semi_minor_km=round(minor, 2),
        major_azimuth_deg=round(degrees(azimuth) % 360, 1) % 360,
        major_plunge_deg=round(degrees(plunge), 1),
        major_rotation_deg=round((degrees(rotation) + 90) % 180 - 90, 1),
        confidence=CONFIDENCE,
    )


def _frame(azimuth: float, plunge: float) -> tuple[Matrix, Matrix, Matrix]:
    """Return axes in north, east and down: along the major axis, to its right, and under it."""
    along = np.array([cos(plunge) * cos(azimuth), cos(plunge) * sin(azimuth), sin(plunge)])
    right = np.array([-sin(azimuth), cos(azimuth), 0.0])
    return along, right, np.cross(along, right)
