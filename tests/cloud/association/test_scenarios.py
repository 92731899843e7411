"""What shakes many stations at once: the right number of events, and none where there is none."""

from collections.abc import Iterable

import numpy as np
import pytest

from cloud.geodesy import LocalPlane
from edge.messages import Event, EventStatus, Phase, Trigger
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import CENTRE, START_NS, Centre, Place, Source, grid_network, trigger_of

_PLANE = LocalPlane(*CENTRE)
_SOUND_KM_S = 0.34
_QUIET_S = 4.0
_DENSE = grid_network(side=16, spacing_km=12.0)
_WIDE = grid_network(side=7, spacing_km=25.0)


def _source(x_km: float, y_km: float, **known: float) -> Source:
    """Return an earthquake at a place in the network's plane."""
    return Source(*_PLANE.to_degrees(x_km, y_km), **known)


def _p_and_s(source: Source, stations: dict[str, Place], seed: int = 0) -> list[Trigger]:
    """Return the triggers of both phases."""
    p, s = (source.arrivals(stations, phase, seed) for phase in (Phase.P, Phase.S))
    return [*p, *s]


def _heard(triggers: Iterable[Trigger]) -> list[Trigger]:
    """Return what stations send: none triggers again within four seconds."""
    last: dict[str, int] = {}
    sent = []
    for trigger in sorted(triggers, key=lambda each: (each.onset, each.id)):
        if trigger.onset - last.get(trigger.station, 0) > seconds_to_ns(_QUIET_S):
            sent.append(trigger)
            last[trigger.station] = trigger.onset
    return sent


def _passing(
    stations: dict[str, Place], km_s: float, azimuth_deg: float, error_s: float, name: str
) -> list[Trigger]:
    """Return the triggers of a plane front that runs over the network."""
    rng = np.random.default_rng(7)
    east, north = np.sin(np.radians(azimuth_deg)), np.cos(np.radians(azimuth_deg))
    triggers = []
    for code, place in stations.items():
        x, y = _PLANE.to_km(*place)
        moment = 600 + (east * x + north * y) / km_s + rng.normal(0, error_s)
        onset = START_NS + seconds_to_ns(moment)
        triggers.append(trigger_of(code, place, onset, name=f"{code}-{name}"))
    return triggers


def _standing(stations: dict[str, Place], triggers: list[Trigger], until_s: float) -> list[Event]:
    """Return the events that were not retracted."""
    centre = Centre(stations).feed(_heard(triggers)).wait(START_NS + seconds_to_ns(until_s))
    return [event for event in centre.latest() if event.status is not EventStatus.RETRACTED]


def _published(stations: dict[str, Place], triggers: list[Trigger], until_s: float) -> list[Event]:
    """Return everything that was ever published."""
    centre = Centre(stations).feed(_heard(triggers)).wait(START_NS + seconds_to_ns(until_s))
    return centre.published


@pytest.mark.parametrize("apart_s", [0.0, 2.0])
def test_two_earthquakes_at_once_150_km_apart_are_two(apart_s: float) -> None:
    """In a dense network each has its own stations, and its place to 3 km."""
    first = _source(-75, 5, reach_km=70.0)
    second = _source(75, -5, origin_s=apart_s, reach_km=70.0)
    triggers = [*_p_and_s(first, _DENSE), *_p_and_s(second, _DENSE, seed=5)]

    events = _standing(_DENSE, triggers, 600)

    errors = np.array([[each.error_km(event) for event in events] for each in (first, second)])
    assert (2, 2) == errors.shape
    assert errors.min(axis=1).max() < 3


def test_an_earthquake_in_the_coda_of_another_is_found() -> None:
    """Two further triggers a station in the coda of the first hide the second not."""
    rng = np.random.default_rng(3)
    first = _source(-40, 0, reach_km=150.0)
    second = _source(40, 20, origin_s=45.0, reach_km=100.0)
    coda = [
        trigger_of(
            each.station,
            _WIDE[each.station],
            each.onset + seconds_to_ns(rng.uniform(3, 60)),
            name=f"{each.id}-coda-{number}",
        )
        for each in first.arrivals(_WIDE, Phase.S)
        for number in range(2)
    ]
    triggers = [*_p_and_s(first, _WIDE), *_p_and_s(second, _WIDE, seed=5), *coda]

    events = _standing(_WIDE, triggers, 700)

    assert 2 == len(events)
    assert first.error_km(events[0]) < 3
    assert second.error_km(events[1]) < 3


@pytest.mark.parametrize("km_s", [12.0, 16.0, 24.0])
@pytest.mark.parametrize("stations", [_WIDE, _DENSE], ids=["wide", "dense"])
def test_a_distant_earthquake_is_no_event_here(stations: dict[str, Place], km_s: float) -> None:
    """A plane front over the whole network: what is published is retracted, and says why."""
    front = _passing(stations, km_s, 40.0, 0.2, "distant")

    centre = Centre(stations).feed(front).wait(START_NS + seconds_to_ns(1200))

    last = centre.latest()
    assert {EventStatus.RETRACTED} == {event.status for event in last}
    assert "distant earthquake" in (last[0].reason or "")


@pytest.mark.parametrize("depth_km", [40.0, 60.0, 100.0])
@pytest.mark.parametrize("stations", [_WIDE, _DENSE], ids=["wide", "dense"])
def test_a_deep_earthquake_is_not_taken_for_a_distant_one(
    stations: dict[str, Place], depth_km: float
) -> None:
    """Its front is curved: it stays one event, within 10 km, and is never retracted."""
    source = _source(30, 10, depth_km=depth_km, reach_km=220.0)

    (event,) = _standing(stations, _p_and_s(source, stations), 600)

    assert source.error_km(event) < 10


@pytest.mark.parametrize("stations", [_WIDE, _DENSE], ids=["wide", "dense"])
def test_a_sonic_boom_is_no_event(stations: dict[str, Place]) -> None:
    """A front at the speed of sound: nothing is ever published."""
    assert [] == _published(stations, _passing(stations, _SOUND_KM_S, 40.0, 0.3, "boom"), 1800)


def test_the_cone_of_an_aircraft_is_no_event() -> None:
    """Mach 1.5 along the network: 40 km to either side hear it, and nothing is published."""
    rng = np.random.default_rng(2)
    triggers = []
    for code, place in _WIDE.items():
        x, y = _PLANE.to_km(*place)
        late = x / 0.5 + abs(y) / _SOUND_KM_S * np.sqrt(1 - (_SOUND_KM_S / 0.5) ** 2)
        if abs(y) < 40:
            onset = START_NS + seconds_to_ns(600 + late + rng.normal(0, 0.3))
            triggers.append(trigger_of(code, place, onset, name=f"{code}-cone"))

    assert [] == _published(_WIDE, triggers, 1800)


@pytest.mark.parametrize("seed", range(3))
def test_a_thunderstorm_is_no_event(seed: int) -> None:
    """A hundred strokes in half an hour, each heard by the stations around it: nothing."""
    rng = np.random.default_rng(seed)
    triggers = []
    for stroke in range(100):
        moment, (east, north) = rng.uniform(0, 1800), rng.uniform(-80, 80, 2)
        for code, place in _DENSE.items():
            x, y = _PLANE.to_km(*place)
            away = np.hypot(x - east, y - north)
            if away < 15 and rng.random() < 0.6:
                # A stroke is kilometres long: thunder begins sooner or later.
                late = away / _SOUND_KM_S + rng.exponential(3.0)
                onset = START_NS + seconds_to_ns(moment + late)
                name = f"{code}-{stroke}"
                triggers.append(trigger_of(code, place, onset, name=name, uncertainty_s=0.3))

    assert [] == _published(_DENSE, triggers, 2400)


@pytest.mark.parametrize("seed", range(2))
def test_a_convoy_of_lorries_is_no_event(seed: int) -> None:
    """Twelve of them at 80 km/h along a road with sixteen stations: nothing."""
    rng = np.random.default_rng(seed)
    triggers = []
    for lorry in range(12):
        start = rng.uniform(0, 600)
        for code, place in _DENSE.items():
            x, y = _PLANE.to_km(*place)
            if abs(y - 6) < 1:
                moment = start + (x + 100) / 0.022 + rng.normal(0, 5)
                onset = START_NS + seconds_to_ns(moment)
                name = f"{code}-{lorry}"
                triggers.append(trigger_of(code, place, onset, name=name, uncertainty_s=0.5))

    assert [] == _published(_DENSE, triggers, 12_000)


@pytest.mark.parametrize("apart_s", [0.0, 1.5])
def test_two_earthquakes_at_once_30_km_apart_are_two(apart_s: float) -> None:
    """No origin between them stands for both: each is within 10 km of its place."""
    first = _source(-15, 5, reach_km=70.0)
    second = _source(15, -5, origin_s=apart_s, reach_km=70.0)
    triggers = [*_p_and_s(first, _DENSE), *_p_and_s(second, _DENSE, seed=7)]

    events = _standing(_DENSE, triggers, 600)

    errors = np.array([[each.error_km(event) for event in events] for each in (first, second)])
    assert (2, 2) == errors.shape
    assert errors.min(axis=1).max() < 10
