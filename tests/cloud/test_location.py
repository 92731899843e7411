"""Location: known sources found again, honest about what the arrivals leave open."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.detectability import Detectability, DetectabilityConfig
from cloud.geodesy import LocalPlane, great_circle_km, wrap_longitude
from cloud.location import Location, LocationConfig, Locator
from cloud.posterior import Arrivals, Silence, weighted_median
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import Phase

NO_SILENCE = Silence(np.zeros(0), np.zeros(0), 1e3)
RING = np.array([(40.0, 5.0), (-20.0, 35.0), (-30.0, -25.0), (15.0, -40.0), (60.0, 60.0)])


@pytest.fixture(scope="module")
def locator() -> Locator:
    """Return a locator with iasp91."""
    return Locator(LocationConfig(), travel_times(iasp91()), Detectability(DetectabilityConfig()))


def arrivals_of(
    locator: Locator, stations: np.ndarray, source: tuple[float, float, float], s_at: int = 0
) -> Arrivals:
    """Return exact P of all stations, and S of the first few, for an origin at 10 s."""
    x, y, depth = source
    distance = np.hypot(stations[:, 0] - x, stations[:, 1] - y)
    p = locator.travel_times.times(Phase.P, distance, depth)
    s = locator.travel_times.times(Phase.S, distance[:s_at], depth)
    index = [*range(len(stations)), *range(s_at)]
    return Arrivals(
        stations[index, 0],
        stations[index, 1],
        np.concatenate([p, s]) + 10,
        np.full(len(index), 0.1),
        len(stations),
    )


def test_a_source_within_the_network_is_found_again(locator: Locator) -> None:
    """Exact arrivals give the epicentre within two km and the origin within half a second."""
    arrivals = arrivals_of(locator, RING, (8.0, -6.0, 16.0))

    found = locator.locate(arrivals, NO_SILENCE, 0.0, 0.0, 150.0)

    assert np.hypot(found.x_km - 8, found.y_km + 6) < 2.5
    assert found.origin_s == pytest.approx(10, abs=0.5)
    assert 0 < found.horizontal_uncertainty_km < 30


def test_one_wrong_arrival_does_little(locator: Locator) -> None:
    """One onset five seconds late moves the epicentre by less than its error allows."""
    arrivals = arrivals_of(locator, RING, (8.0, -6.0, 16.0), s_at=3)
    arrivals.time_s[1] += 5

    found = locator.locate(arrivals, NO_SILENCE, 0.0, 0.0, 150.0)

    assert np.hypot(found.x_km - 8, found.y_km + 6) < 10


def test_s_narrows_the_place_of_a_one_sided_network(locator: Locator) -> None:
    """S arrivals say the distance, which P of stations on one side hardly does."""
    coast = RING + np.array([120.0, 0.0])
    p_only, with_s = (
        locator.locate(
            arrivals_of(locator, coast, (0.0, 0.0, 22.0), count), NO_SILENCE, 60.0, 0.0, 200.0
        )
        for count in (0, 5)
    )

    assert with_s.horizontal_uncertainty_km < p_only.horizontal_uncertainty_km
    assert np.hypot(with_s.x_km, with_s.y_km) < 15


def test_silent_stations_push_the_source_away(locator: Locator) -> None:
    """Two arrivals leave a curve of places; a silent station excludes those that it is near."""
    pair = np.array([(0.0, 20.0), (0.0, -20.0)])
    arrivals = arrivals_of(locator, pair, (-40.0, 0.0, 16.0))

    def located(silent: tuple[float, float]) -> Location:
        silence = Silence(np.array([silent[0]] * 4), np.array([-9.0, -3.0, 3.0, 9.0]), 60.0)
        return locator.locate(arrivals, silence, 0.0, 0.0, 150.0)

    assert located((40.0, 0.0)).x_km < 0 < located((-40.0, 0.0)).x_km


def test_unresolved_depth_follows_the_prior() -> None:
    """With few arrivals the depth stays in the likely range that is configured."""
    depths = []
    for shallow, deep in ((5.0, 12.0), (60.0, 120.0)):
        config = LocationConfig(
            shallowest_likely_km=shallow, deepest_likely_km=deep, depth_scale_km=5.0
        )
        locator = Locator(config, travel_times(iasp91()), Detectability(DetectabilityConfig()))
        arrivals = arrivals_of(locator, RING[:3], (8.0, -6.0, 28.0))
        depths.append(locator.locate(arrivals, NO_SILENCE, 0.0, 0.0, 150.0).depth_km)

    assert depths[0] < 30 < depths[1]


@settings(deadline=None)  # the first call may compile
@given(
    st.lists(st.floats(-100, 100), min_size=1, max_size=9),
    st.data(),
)
def test_weighted_median_splits_the_weight(values: list[float], data: st.DataObject) -> None:
    """Neither what is below the median nor what is above it weighs more than half."""
    size = len(values)
    weights = np.array(
        data.draw(st.lists(st.floats(0.01, 10), min_size=size, max_size=size)), dtype=float
    )

    order = np.array(data.draw(st.permutations(range(size))))

    middle = weighted_median(np.array(values), weights, order)

    assert sorted(values) == np.array(values)[order].tolist()
    half = weights.sum() / 2 + 1e-9
    assert middle in values
    assert weights[np.array(values) < middle].sum() <= half
    assert weights[np.array(values) > middle].sum() <= half


@settings(deadline=None)
@given(
    st.floats(-80, 80),
    st.floats(-180, 180),
    st.floats(-400, 400),
    st.floats(-400, 400),
)
def test_the_plane_leads_there_and_back(
    latitude: float, longitude: float, x_km: float, y_km: float
) -> None:
    """Kilometres to degrees to kilometres is the same point, also over the date line."""
    plane = LocalPlane(latitude, longitude)

    there = plane.to_degrees(x_km, y_km)

    assert plane.to_km(*there) == pytest.approx((x_km, y_km), abs=0.05)
    assert -180 <= there[1] <= 180


def test_many_points_lie_where_each_of_them_does() -> None:
    """The compiled form of the plane gives the same kilometres, also over the date line."""
    rng = np.random.default_rng(3)
    plane = LocalPlane(-17.0, 179.0)
    latitude, longitude = rng.uniform(-24, -10, 50), rng.uniform(172, 186, 50)

    east, north = plane.all_to_km(latitude, longitude)

    expected = [plane.to_km(*place) for place in zip(latitude, longitude, strict=True)]
    assert np.column_stack([east, north]) == pytest.approx(np.array(expected), abs=1e-9)


def test_distances_of_the_plane_are_geodesic() -> None:
    """Distances from the origin agree with a geodesic library to a few parts in ten thousand."""
    geodetics = pytest.importorskip("obspy.geodetics")
    for latitude, longitude, other in (
        (17.0, -100.0, (19.3, -99.2)),
        (-33.0, 179.8, (-35.0, -178.5)),
        (60.0, 10.0, (63.0, 18.0)),
    ):
        expected = geodetics.gps2dist_azimuth(latitude, longitude, *other)[0] / 1000

        assert LocalPlane(latitude, longitude).distance_km(*other) == pytest.approx(
            expected, rel=5e-4
        )


def test_great_circles_over_the_date_line() -> None:
    """A degree of longitude on the equator is 111 km, wherever it is."""
    assert great_circle_km(0, 179.5, 0, -179.5) == pytest.approx(111.19, abs=0.01)
    assert wrap_longitude(181.0) == pytest.approx(-179.0)
