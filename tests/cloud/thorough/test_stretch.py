"""Which stations are asked, and for which stretch of their record."""

from cloud.association.stations import NoiseRate, Station
from cloud.thorough.config import ThoroughConfig
from cloud.thorough.stretch import Planner, Stretch
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import Event, EventStatus, Phase
from edge.timestamps import ns_to_seconds, seconds_to_ns

ORIGIN_NS = 1_700_000_000_000_000_000
PLACE = (17.0, -99.5)
KM_PER_DEGREE = 110.7


def station(name: str, north_km: float) -> Station:
    """Return a station north of the epicentre."""
    latitude = PLACE[0] + north_km / KM_PER_DEGREE
    return Station(f"XX.{name}", latitude, PLACE[1], 0.0, NoiseRate(1e-4, 3600.0))


def event(*stations: str, north_km: float = 0.0) -> Event:
    """Return an event that some stations saw."""
    return Event(
        id="e",
        revision=0,
        status=EventStatus.DECLARED,
        origin_time=ORIGIN_NS,
        latitude=PLACE[0] + north_km / KM_PER_DEGREE,
        longitude=PLACE[1],
        depth_km=15.0,
        horizontal_uncertainty_km=5.0,
        stations=tuple(f"XX.{name}" for name in stations),
        first_published=ORIGIN_NS,
        published=ORIGIN_NS,
    )


def planned(config: ThoroughConfig, of: Event, *stations: Station) -> tuple[Stretch, ...]:
    """Return what is asked for."""
    return Planner(config, travel_times(iasp91())).stretches(of, stations)


def test_stations_that_triggered_and_the_nearest_silent_ones() -> None:
    """Two of the four silent ones, the nearest, and of those that triggered the nearest three."""
    stations = [station(f"T{km}", km) for km in (10, 60, 110, 160)]
    stations += [station(f"S{km}", km) for km in (30, 90, 130, 20)]
    config = ThoroughConfig(neighbours=2, most_stations=3)

    asked = planned(config, event("T10", "T60", "T110", "T160"), *stations)

    assert ["XX.T10", "XX.S20", "XX.S30", "XX.T60", "XX.T110"] == [one.station for one in asked]


def test_silent_stations_beyond_all_that_triggered_are_left_in_peace() -> None:
    """The farthest trigger came from 150 km; without one 100 km count as the neighbourhood."""
    stations = [station("T", 150), station("S1", 120), station("S2", 170)]

    asked = planned(ThoroughConfig(), event("T"), *stations)

    assert ["XX.S1", "XX.T"] == [one.station for one in asked]


def test_nobody_beyond_the_farthest_distance() -> None:
    """Waves that come so late say nothing that the nearer ones do not."""
    config = ThoroughConfig(farthest_km=100.0)

    asked = planned(config, event("A", "B"), station("A", 95), station("B", 105))

    assert ["XX.A"] == [one.station for one in asked]


def test_the_stretch_holds_noise_p_and_s() -> None:
    """From half a minute before P until well after S, in whole tens of seconds."""
    config = ThoroughConfig()

    (asked,) = planned(config, event("A"), station("A", 80))

    p_s, s_s = (travel_times(iasp91()).time(phase, 80.0, 15.0) for phase in (Phase.P, Phase.S))
    before_s = p_s - ns_to_seconds(asked.start_ns - ORIGIN_NS)
    after_s = ns_to_seconds(asked.end_ns - ORIGIN_NS) - s_s
    assert config.before_p_s <= before_s <= config.before_p_s + 10
    assert config.after_s_s <= after_s <= config.after_s_s + 10
    assert 0 == asked.start_ns % seconds_to_ns(10) == asked.end_ns % seconds_to_ns(10)


def test_a_small_move_asks_for_the_same() -> None:
    """So that requests have the same names after a restart."""
    first = planned(ThoroughConfig(), event("A"), station("A", 80))
    moved = planned(ThoroughConfig(), event("A", north_km=1.0), station("A", 80))

    assert first == moved


def test_nobody_to_ask() -> None:
    """No station is online: nothing is asked for."""
    assert () == planned(ThoroughConfig(), event("A", "B"))
