"""Travel times: against TauP, in closed form, and where no ray arrives."""

import numpy as np
import pytest

from cloud.geodesy import EARTH_RADIUS_KM
from cloud.traveltimes import TravelTimes, first_arrivals, travel_times
from cloud.velocity import VelocityModel, iasp91
from edge.messages import Phase

KM_A_DEGREE = EARTH_RADIUS_KM * np.pi / 180
TAUP_PHASES = {Phase.P: ["p", "P", "Pn", "Pg"], Phase.S: ["s", "S", "Sn", "Sg"]}


@pytest.fixture(scope="module")
def table() -> TravelTimes:
    """Return the table of iasp91."""
    return travel_times(iasp91())


@pytest.mark.parametrize("phase", [Phase.P, Phase.S])
def test_first_arrivals_agree_with_taup(table: TravelTimes, phase: Phase) -> None:
    """No first arrival of iasp91 within 1,000 km differs from TauP's by 0.1 s."""
    taup = pytest.importorskip("obspy.taup").TauPyModel("iasp91")
    differences = []
    for depth in (0.0, 10.0, 20.0, 34.0, 60.0, 110.0, 200.0):
        for distance in (12.0, 60.0, 130.0, 170.0, 240.0, 500.0, 1000.0):
            expected = taup.get_travel_times(depth, distance / KM_A_DEGREE, TAUP_PHASES[phase])
            actual = table.times(phase, np.array([distance]), depth)[0]
            differences.append(abs(actual - expected[0].time))

    assert max(differences) < 0.1
    assert np.median(differences) < 0.01


def test_straight_rays_in_a_uniform_sphere() -> None:
    """In a sphere of one velocity the arrival comes along the chord."""
    model = VelocityModel("uniform", (0.0,), (6.0,), (3.0,))
    depth, distance = np.array([0.0, 50.0]), np.array([0.0, 10.0, 100.0, 400.0])
    angle = distance / EARTH_RADIUS_KM
    radius = EARTH_RADIUS_KM - depth[:, None]
    chord = np.sqrt(radius**2 + EARTH_RADIUS_KM**2 - 2 * radius * EARTH_RADIUS_KM * np.cos(angle))

    actual = first_arrivals(model, "P", depth, distance)

    np.testing.assert_allclose(actual, chord / 6, atol=0.005)


def test_head_wave_beyond_the_crossover_distance() -> None:
    """Over a fast half-space the head wave overtakes the direct wave where it has to."""
    model = VelocityModel.from_layers("crust", (0.0, 30.0), (6.0, 8.0), (3.5, 4.6))
    crossover_km = 2 * 30 * np.sqrt((8.0 + 6.0) / (8.0 - 6.0))
    distance = np.array([0.8, 1.3]) * crossover_km
    intercept_s = 2 * 30 * np.sqrt(1 / 6.0**2 - 1 / 8.0**2)

    actual = first_arrivals(model, "P", np.zeros(1), np.concatenate([[0.0], distance]))[0, 1:]

    assert actual[0] == pytest.approx(distance[0] / 6, abs=0.02)
    assert actual[1] == pytest.approx(intercept_s + distance[1] / 8, rel=0.005)


def test_a_low_velocity_zone_leaves_no_distance_without_a_time() -> None:
    """In the shadow of a slow layer there is still a finite, growing time."""
    model = VelocityModel.from_layers(
        "slow", (0.0, 10.0, 25.0, 40.0), (5.8, 6.4, 5.2, 7.8), (3.3, 3.7, 3.0, 4.4)
    )
    distance = np.arange(0.0, 601.0, 5.0)

    times = first_arrivals(model, "S", np.array([2.5, 17.5, 30.0]), distance)

    assert np.isfinite(times).all()
    assert (np.diff(times, axis=1) > 0).all()


def test_times_between_nodes_and_beyond_the_table(table: TravelTimes) -> None:
    """Lookup interpolates in depth and distance, and goes on straight beyond its edge."""
    at = table.times(Phase.P, np.array([99.0, 99.5, 100.0, 1199.0, 1200.0, 1300.0]), 11.3)

    assert at[1] == pytest.approx((at[0] + at[2]) / 2)
    assert at[5] == pytest.approx(at[4] + 100 * (at[4] - at[3]))
    assert np.isfinite(table.times(Phase.S, np.array([50.0]), 999.0)).all()


def test_p_is_earlier_than_s_and_both_grow_with_distance(table: TravelTimes) -> None:
    """P comes before S; farther is later, at every depth."""
    distance = np.arange(0.0, 1200.0, 7.0)
    for depth in (0.0, 15.0, 80.0, 300.0):
        p, s = (table.times(phase, distance, depth) for phase in (Phase.P, Phase.S))

        assert (np.diff(p) > 0).all()
        assert (np.diff(s) > 0).all()
        assert (p <= s).all()


def test_a_high_station_sees_arrivals_later(table: TravelTimes) -> None:
    """The delay of a station on a mountain is its height over the velocity at the top."""
    assert table.elevation_delay_s(Phase.P, 2900) == pytest.approx(0.5)
