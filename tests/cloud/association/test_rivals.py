"""Rivals of one local origin: a front from far away, two origins, and a restless neighbourhood."""

from dataclasses import replace

import numpy as np
import pytest

from cloud.association.associator import Associator
from cloud.association.config import AssociationConfig
from cloud.association.front import Front, Fronts
from cloud.association.onset import Onset, onset_of
from cloud.association.quake import Quake
from cloud.association.scene import Scene
from cloud.association.waiting import WaitingRoom
from cloud.geodesy import LocalPlane
from edge.messages import Phase
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import CENTRE, NETWORK, START_NS, Centre, Source, grid_network, trigger_of

_STATIONS = grid_network(side=6, spacing_km=25.0)
_PLANE = LocalPlane(*CENTRE)
_NOW_NS = START_NS + seconds_to_ns(60)


def _associator(centre: Centre) -> Associator:
    return centre.aggregator._worlds[False].associator


def _known(source: Source) -> tuple[Associator, Quake]:
    """Return an associator that knows one earthquake from its P."""
    centre = Centre(_STATIONS).feed(source.arrivals(_STATIONS, Phase.P))
    (quake,) = _associator(centre).quakes.values()
    return _associator(centre), quake


def _scene(associator: Associator, quake: Quake) -> Scene:
    return associator.stage.of(quake.onsets(), _NOW_NS, quake)


def _onset(centre: Centre, code: str, moment_s: float) -> Onset:
    """Return an onset at a station at a moment."""
    station = centre.aggregator._stations.get(f"{NETWORK}.{code}")
    assert station is not None
    return onset_of(trigger_of(code, _STATIONS[code], START_NS + seconds_to_ns(moment_s)), station)


def _front(slowness: tuple[float, float]) -> Front:
    return Front(_PLANE, START_NS, 100.0, *slowness, error_s=0.5)


def test_a_local_earthquake_has_no_better_front() -> None:
    """Its front is curved: no plane explains it clearly better."""
    associator, quake = _known(Source(16.75, -99.45))

    assert associator.fronts.better(_scene(associator, quake), quake.explanation) is None


def test_a_plane_front_is_found_with_its_slowness() -> None:
    """Onsets moved onto a plane at 16 km/s: slowness and direction are theirs to a tenth."""
    associator, quake = _known(Source(16.75, -99.45, depth_km=100.0, reach_km=200.0))
    scene = _scene(associator, quake)
    east, north = 0.05, -0.04
    x, y = (side[scene.seen.station_of] for side in (scene.seen.x_km, scene.seen.y_km))
    seen = scene.seen._replace(time_s=40 + east * x + north * y)
    plane_like = replace(scene, seen=seen)
    time_ns = [scene.reference_ns + round(each * 1e9) for each in seen.time_s.tolist()]
    moved = dict(zip(scene.onsets, time_ns, strict=True))
    picks = tuple(
        replace(pick, residual_s=(moved[pick.onset] - pick.onset.time_ns) / 1e9)
        for pick in quake.explanation.picks
    )

    front = associator.fronts.better(plane_like, replace(quake.explanation, picks=picks))

    assert front is not None
    assert (east, north) == pytest.approx((front.east_s_km, front.north_s_km), abs=0.005)


def test_a_front_holds_what_it_made_and_nothing_else() -> None:
    """Within three errors of its passing, at the station where it passes."""
    centre, fronts = Centre(_STATIONS), Fronts(AssociationConfig())
    fronts.add(_front((0.05, 0.0)))
    x, _ = _PLANE.to_km(*_STATIONS["S05"])
    passes_s = 100 + 0.05 * x

    held = [fronts.hold(_onset(centre, "S05", passes_s + late)) for late in (-2, -1, 0, 1, 2)]

    assert [False, True, True, True, False] == held


def test_behind_a_front_stations_trigger_more_often() -> None:
    """For two minutes, and not before it; when it is long past it is forgotten."""
    config = AssociationConfig()
    centre, fronts = Centre(_STATIONS), Fronts(config)
    fronts.add(_front((0.0, 0.0)))
    rates = [fronts.rate_hz(_onset(centre, "S00", moment)) for moment in (90, 150, 230)]

    fronts.forget(START_NS + seconds_to_ns(100 + config.distant_coda_s + config.window_s + 1))

    assert [0.0, config.coda_rate_hz, 0.0] == rates
    assert not fronts.hold(_onset(centre, "S00", 100))


def test_only_the_last_fronts_are_kept() -> None:
    """A hundred fronts: what is kept stays bounded, and the newest counts."""
    centre, fronts = Centre(_STATIONS), Fronts(AssociationConfig())
    for number in range(100):
        fronts.add(replace(_front((0.0, 0.0)), time_s=100.0 + 10 * number))

    assert len(fronts._known) < 20
    assert fronts.hold(_onset(centre, "S00", 100.0 + 990))
    assert not fronts.hold(_onset(centre, "S00", 100.0))


def test_one_earthquake_is_not_split() -> None:
    """Its residuals are small: no second origin is looked for."""
    associator, quake = _known(Source(16.75, -99.45))

    assert associator.splitter.split(_scene(associator, quake), quake.explanation) is None


def test_large_residuals_alone_do_not_split() -> None:
    """Onsets that are wrong at random make no second earthquake."""
    source = Source(16.75, -99.45)
    centre = Centre(_STATIONS).feed(source.arrivals(_STATIONS, Phase.P, error_s=0.9))

    assert 1 == len(_associator(centre).quakes)


def test_a_scene_without_some_onsets_has_none_of_their_stations() -> None:
    """Neither as triggered nor as silent; the others keep their places and onsets."""
    associator, quake = _known(Source(16.75, -99.45))
    scene = _scene(associator, quake)
    gone = set(scene.onsets[:3])

    left = scene.without(gone)

    assert left is not None
    assert not {onset.station for onset in gone} & set(left.stations)
    assert list(scene.onsets[3:]) == list(left.onsets)
    assert len(left.onsets) == left.seen.heard == len(set(left.seen.station_of.tolist()))
    for index, onset in enumerate(left.onsets):
        before = scene.seen.station_of[scene.onsets.index(onset)]
        after = left.seen.station_of[index]
        assert left.stations[after] is onset.station
        assert scene.seen.x_km[before] == left.seen.x_km[after]


def test_a_scene_without_all_its_onsets_is_none() -> None:
    """Nothing is left to explain."""
    associator, quake = _known(Source(16.75, -99.45))
    scene = _scene(associator, quake)

    assert scene.without(set(scene.onsets)) is None


def test_onsets_that_wait_are_counted_by_station_and_time() -> None:
    """Only those of the stations asked for, from the beginning up to before the end."""
    centre, room = Centre(_STATIONS), WaitingRoom()
    onsets = [_onset(centre, code, moment) for code, moment in (("S00", 1), ("S01", 5), ("S02", 9))]
    for onset in onsets:
        room.add(onset)
    stations = {onset.station for onset in onsets[:2]}
    times = [START_NS + seconds_to_ns(moment) for moment in (0, 5, 6)]

    assert 1 == room.count(stations, times[0], times[1])
    assert 2 == room.count(stations, times[0], times[2])
    assert 0 == room.count(set(), times[0], times[2])


def test_where_stations_trigger_for_nothing_more_is_asked_of_an_event() -> None:
    """After two minutes of knocks all around, the same four triggers have worse odds."""
    rng = np.random.default_rng(4)
    source = Source(16.75, -99.45, origin_s=200.0)
    first = sorted(source.arrivals(_STATIONS, Phase.P), key=lambda each: each.onset)[:5]
    codes = sorted(_STATIONS)
    knocks = [
        trigger_of(code, _STATIONS[code], START_NS + seconds_to_ns(moment), name=f"knock-{number}")
        for number, (code, moment) in enumerate(
            (codes[rng.integers(len(codes))], rng.uniform(30, 130)) for _ in range(14)
        )
    ]
    quiet, restless = (Centre(_STATIONS).feed([*before, *first]) for before in ([], knocks))

    odds = [
        [quake.explanation.log_odds for quake in _associator(each).quakes.values()]
        for each in (quiet, restless)
    ]

    assert [1, 1] == [len(each) for each in odds]
    assert odds[1][0] < odds[0][0] - 3
