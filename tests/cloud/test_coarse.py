"""The grid search: its short cuts leave out nothing that matters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.aggregator import Aggregator
from cloud.association.coarse import Nodes, Seed, starts
from cloud.association.onset import onset_of
from cloud.association.scene import Scene, scene_of
from cloud.association.search import OriginSearch
from cloud.association.stations import StationBook
from cloud.geodesy import great_circle_km
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import Phase
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import NETWORK, Source, grid_network

STATIONS = grid_network(side=5, spacing_km=30.0)
SOURCE = Source(16.6, -99.7)


@pytest.fixture(scope="module")
def search() -> OriginSearch:
    """Return a search with the usual settings and a registered network."""
    aggregator = Aggregator()
    for station, place in STATIONS.items():
        aggregator.register(NETWORK, station, *place)
    return aggregator._worlds[False].associator.search


def scene(search: OriginSearch, heard: int) -> Scene:
    """Return the first P of an earthquake among the silent rest of the network."""
    p = sorted(SOURCE.arrivals(STATIONS, Phase.P), key=lambda each: each.onset)[:heard]
    stations = {code: search.stations.get(f"{NETWORK}.{code}") for code in STATIONS}
    onsets = [onset_of(each, station) for each in p if (station := stations[each.station])]
    silent = [station for station in stations.values() if station]
    return scene_of(onsets, silent, p[-1].onset + seconds_to_ns(2), lambda _: 1e-3)


def found(search: OriginSearch, it: Scene, least: float) -> tuple[list[int], list[list[int]]]:
    """Return the best nodes and their readings, taking the first onset for P."""
    nodes = search._nodes(it)
    node, readings, _ = starts(it.seen, nodes, search._odds, Seed(0, is_p=True), least)
    return node.tolist(), readings.tolist()


def test_nodes_left_out_change_no_start(search: OriginSearch) -> None:
    """A bar just below what there is finds the same best node as no bar at all."""
    it = scene(search, 6)

    everything, wanted = found(search, it, -1e6), found(search, it, 10.0)

    assert everything[0][0] == wanted[0][0]
    assert everything[1][0] == wanted[1][0]


def test_no_start_where_the_odds_are_too_low(search: OriginSearch) -> None:
    """Nothing explains six triggers a million times better than they can be."""
    assert ([], []) == found(search, scene(search, 6), 200.0)


def test_the_best_node_takes_p_for_p_and_is_near(search: OriginSearch) -> None:
    """Six P are six P, and the node is within 30 km of the source."""
    it = scene(search, 6)
    nodes: Nodes = search._nodes(it)

    (best, *_), (readings, *_) = found(search, it, 0.0)

    x, y = it.plane.to_km(SOURCE.latitude, SOURCE.longitude)
    assert [0] * 6 == readings
    assert np.hypot(nodes.x_km[best] - x, nodes.y_km[best] - y) < 30


@settings(deadline=None, max_examples=50)
@given(st.floats(0, 1500), st.floats(0, 320))
def test_one_travel_time_is_that_of_many(distance_km: float, depth_km: float) -> None:
    """The time of one distance is the time of an array of it, also beyond the table."""
    table = travel_times(iasp91())
    for phase in (Phase.P, Phase.S):
        expected = table.times(phase, np.array([distance_km]), depth_km)[0]
        assert expected == pytest.approx(table.time(phase, distance_km, depth_km), abs=1e-9)


@pytest.mark.parametrize("place", [(17.0, 179.9), (-89.0, 30.0), (0.0, 0.0)])
def test_nearest_stations_are_those_of_the_great_circle(place: tuple[float, float]) -> None:
    """Over the date line and near a pole: the same stations, in the same order."""
    rng = np.random.default_rng(4)
    book = StationBook(1e-3, 3600.0)
    for number in range(300):
        latitude = float(np.clip(place[0] + rng.normal(0, 3), -90, 90))
        longitude = float((place[1] + rng.normal(0, 3) + 180) % 360 - 180)
        book.put(f"XX.{number}", latitude, longitude, 0.0, registered=True)

    near = book.listening_near(*place, 250.0, 20)

    everyone = [station for number in range(300) if (station := book.get(f"XX.{number}"))]
    away = [float(great_circle_km(*place, each.latitude, each.longitude)) for each in everyone]
    expected = [everyone[k].key for k in np.argsort(away)[:20] if away[k] <= 250]
    assert expected == [station.key for station in near]
