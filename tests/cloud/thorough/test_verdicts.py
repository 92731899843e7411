"""Picks from waveforms take the place of triggers, and no wrong one spoils the event."""

import pytest

from cloud.picking import PhasePick
from cloud.thorough.verdict import Motion, Refutation, Relocation, StationPicks
from edge.messages import Event, EventMethod, EventStatus, Phase, TriggerStatus
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import NETWORK, START_NS, Centre, Place, Source, grid_network, trigger_of
from tests.cloud.thorough.waves import nothing_at, picks_of

PICKER = "test 1"
NEAR = Source(16.9, -99.4, depth_km=14.0, reach_km=60.0)
STATIONS = grid_network(side=5)
TRIGGERED = {
    trigger.station: STATIONS[trigger.station] for trigger in NEAR.arrivals(STATIONS, Phase.P)
}
LATER_NS = START_NS + seconds_to_ns(60)


@pytest.fixture
def centre() -> Centre:
    """Return a centre whose triggers came with onsets half a second wrong."""
    made = Centre(STATIONS).feed(NEAR.arrivals(STATIONS, Phase.P, error_s=0.5))
    assert [EventStatus.DECLARED] == [event.status for event in made.latest()]
    return made


def small_event() -> tuple[Centre, dict[str, Place]]:
    """Return a centre of four stations that all triggered, and the stations."""
    few = dict(list(TRIGGERED.items())[::4])
    made = Centre(few).feed(NEAR.arrivals(few, Phase.P, error_s=0.1))
    assert [4] == [len(event.stations) for event in made.latest()]
    return made, few


def judged(centre: Centre, readings: list[StationPicks], now_ns: int = LATER_NS) -> list[Event]:
    """Judge the one event by picks, and let the verdict hold."""
    (event,) = centre.latest()
    verdict = centre.aggregator.judge(event.id, readings, PICKER)
    assert verdict is not None
    events = centre.aggregator.on_verdict(event.id, verdict, Motion(), now_ns)
    centre.published += events
    return events


def test_the_event_is_located_from_waveforms(centre: Centre) -> None:
    """One revision, nearer to the truth, that says what it is made of."""
    (event,) = judged(centre, picks_of(NEAR, STATIONS))

    assert (EventMethod.WAVEFORMS, EventStatus.DECLARED) == (event.method, event.status)
    assert NEAR.error_km(event) < 2.5
    assert abs(event.depth_km - NEAR.depth_km) <= 6
    assert {PICKER} == {arrival.picker for arrival in event.arrivals}
    assert {Phase.P, Phase.S} == {arrival.phase for arrival in event.arrivals}


def test_neighbours_that_did_not_trigger_join(centre: Centre) -> None:
    """Their P and S fit: they are stations of the event now."""
    (event,) = judged(centre, picks_of(NEAR, STATIONS))

    assert set(TRIGGERED) < {name.partition(".")[2] for name in event.stations}
    assert len(STATIONS) == len(event.stations)


def test_the_same_verdict_twice_changes_nothing(centre: Centre) -> None:
    """An answer may come twice."""
    readings = picks_of(NEAR, STATIONS)
    judged(centre, readings)

    assert [] == judged(centre, readings)


def test_judging_is_repeatable(centre: Centre) -> None:
    """The order of the stations makes no difference."""
    (event,) = centre.latest()
    readings = picks_of(NEAR, STATIONS)

    first = centre.aggregator.judge(event.id, readings, PICKER)
    again = centre.aggregator.judge(event.id, readings[::-1], PICKER)

    assert isinstance(first, Relocation)
    assert first == again


def test_a_pick_that_fits_nothing_is_left_out(centre: Centre) -> None:
    """One station's picks are of a lorry, seven seconds off."""
    readings = picks_of(NEAR, STATIONS)
    odd = readings[12]
    moved = tuple(
        PhasePick(pick.phase, pick.time_ns + seconds_to_ns(7), 0.99, 0.02) for pick in odd.picks
    )
    readings[12] = StationPicks(odd.station, moved)

    (event,) = judged(centre, readings)

    assert NEAR.error_km(event) < 2.5
    waveform_stations = {a.station for a in event.arrivals if a.picker is not None}
    assert odd.station not in waveform_stations


def test_one_p_and_one_s_a_station(centre: Centre) -> None:
    """A picker may see a phase twice: that which fits better is used."""
    readings = picks_of(NEAR, STATIONS)
    doubled = [
        StationPicks(
            one.station,
            (*one.picks, PhasePick(Phase.P, one.picks[0].time_ns + seconds_to_ns(0.4), 0.5, 0.1)),
        )
        for one in readings
    ]

    (event,) = judged(centre, doubled)

    seen = [(arrival.station, arrival.phase) for arrival in event.arrivals]
    assert len(seen) == len(set(seen))
    assert NEAR.error_km(event) < 2.5


def test_where_the_picker_sees_nothing_the_trigger_stays(centre: Centre) -> None:
    """Two stations without picks keep their triggers' onsets, and their ids."""
    quiet = dict(list(TRIGGERED.items())[:2])
    seen = {name: place for name, place in STATIONS.items() if name not in quiet}

    (event,) = judged(centre, [*nothing_at(quiet), *picks_of(NEAR, seen)])

    kept = {a.station: a.trigger for a in event.arrivals if a.picker is None}
    assert {f"{NETWORK}.{name}": f"{name}-P-0" for name in quiet} == kept


def test_a_wrong_clock_weighs_little(centre: Centre) -> None:
    """A station whose clock is a second off, and says so, moves the event little."""
    readings = picks_of(NEAR, STATIONS)
    off = readings[6]
    moved = tuple(
        PhasePick(pick.phase, pick.time_ns + seconds_to_ns(1.0), 0.9, 0.05) for pick in off.picks
    )
    readings[6] = StationPicks(off.station, moved, clock_error_s=1.0)

    (event,) = judged(centre, readings)

    assert NEAR.error_km(event) < 2.5


def test_triggers_that_come_later_found_no_second_event(centre: Centre) -> None:
    """S triggers, and P of stations farther away: they are the event's own."""
    judged(centre, picks_of(NEAR, TRIGGERED))
    wide = Source(NEAR.latitude, NEAR.longitude, depth_km=NEAR.depth_km, reach_km=150.0)
    late = [
        *wide.arrivals(STATIONS, Phase.S, error_s=0.3),
        *wide.arrivals({k: v for k, v in STATIONS.items() if k not in TRIGGERED}, Phase.P),
    ]
    for number, trigger in enumerate(late):
        renamed = trigger.model_copy(update={"id": f"late-{number}"})
        centre.deliver(renamed, LATER_NS + seconds_to_ns(1))
    centre.finish()

    (event,) = centre.latest()
    assert (EventStatus.FINAL, EventMethod.WAVEFORMS) == (event.status, event.method)


def test_a_retracted_trigger_does_not_undo_what_waveforms_show(centre: Centre) -> None:
    """The event stands as it was located."""
    (event,) = judged(centre, picks_of(NEAR, STATIONS))
    for trigger in NEAR.arrivals(STATIONS, Phase.P, error_s=0.5):
        taken_back = {"revision": 1, "status": TriggerStatus.RETRACTED}
        centre.deliver(trigger.model_copy(update=taken_back), LATER_NS)

    assert event == centre.latest()[0]


def test_waveforms_that_show_nothing_retract_a_small_event(centre: Centre) -> None:
    """Four stations triggered, and none of them has a P or S: with the reason."""
    small, few = small_event()

    (event,) = judged(small, nothing_at(few))

    assert EventStatus.RETRACTED == event.status
    assert event.reason is not None
    assert "the waveforms of 4 of the 4 stations that triggered show" in event.reason
    assert [] == small.finish().latest()[1:]


def test_an_event_of_many_stations_is_not_retracted_by_a_picker(centre: Centre) -> None:
    """The picker may be wrong; ten triggers are not."""
    (event,) = centre.latest()

    assert centre.aggregator.judge(event.id, nothing_at(STATIONS), PICKER) is None


def test_one_station_that_shows_it_is_enough_to_stand() -> None:
    """Too little to locate, too much to retract."""
    small, few = small_event()
    first, *others = few
    readings = [
        *picks_of(NEAR, {first: few[first]}),
        *nothing_at({name: few[name] for name in others}),
    ]

    assert small.aggregator.judge(small.latest()[0].id, readings, PICKER) is None


def test_picks_that_fit_no_origin_still_speak_against_retraction() -> None:
    """The triggers may have put the event into the wrong place: there is something all the same."""
    small, few = small_event()
    (event,) = small.latest()
    elsewhere = Source(NEAR.latitude, NEAR.longitude, origin_s=NEAR.origin_s + 15.0)

    assert small.aggregator.judge(event.id, picks_of(elsewhere, few), PICKER) is None


def test_picks_in_the_noise_before_do_not_save_an_event() -> None:
    """A lorry half a minute before the trigger is no earthquake."""
    small, few = small_event()
    before = Source(NEAR.latitude, NEAR.longitude, origin_s=NEAR.origin_s - 30.0)

    (event,) = judged(small, picks_of(before, few))

    assert EventStatus.RETRACTED == event.status


def test_too_few_waveforms_retract_nothing() -> None:
    """Of four stations that triggered, one answered."""
    small, few = small_event()
    name = next(iter(few))

    readings = nothing_at({name: few[name]})
    assert small.aggregator.judge(small.latest()[0].id, readings, PICKER) is None


def test_an_event_is_not_final_while_waveforms_are_awaited(centre: Centre) -> None:
    """It waits as long as it is told to, and no longer."""
    (event,) = centre.latest()
    until_ns = START_NS + seconds_to_ns(200)
    assert centre.aggregator.await_waveforms(event.id, until_ns)

    centre.wait(START_NS + seconds_to_ns(190))
    assert EventStatus.DECLARED == centre.latest()[0].status

    centre.wait(START_NS + seconds_to_ns(210))
    assert EventStatus.FINAL == centre.latest()[0].status
    assert not centre.aggregator.await_waveforms(event.id, until_ns)


def test_what_is_final_is_judged_no_more(centre: Centre) -> None:
    """Nor an event that nobody knows."""
    (event,) = centre.latest()
    verdict = centre.aggregator.judge(event.id, picks_of(NEAR, STATIONS), PICKER)
    assert verdict is not None
    centre.finish()

    assert centre.aggregator.judge(event.id, picks_of(NEAR, STATIONS), PICKER) is None
    assert [] == centre.aggregator.on_verdict(event.id, verdict, Motion(), START_NS)
    assert centre.aggregator.judge("nobody knows", [], PICKER) is None


def test_a_drill_is_never_judged() -> None:
    """Exercises have no waveforms."""
    drill = Centre(STATIONS)
    for station, place in TRIGGERED.items():
        (real,) = NEAR.arrivals({station: place}, Phase.P)
        drill.deliver(
            trigger_of(station, place, real.onset, exercise=True), real.onset + seconds_to_ns(1)
        )
    (event,) = drill.latest()

    assert event.exercise
    assert drill.aggregator.judge(event.id, picks_of(NEAR, STATIONS), PICKER) is None


def test_a_refutation_says_why() -> None:
    """In a sentence that can be published."""
    assert "neither P nor S" in Refutation("the waveforms show neither P nor S").reason
