"""The aggregator's core: revisions of events, and everything that a broker may deliver."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from cloud.aggregator import Aggregator, AggregatorConfig
from edge.messages import Event, EventStatus, Phase, Trigger, TriggerStatus
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import (
    CENTRE,
    START_NS,
    Centre,
    Recorded,
    Source,
    grid_network,
    recorded,
    trigger_of,
)

NETWORK = grid_network()
QUAKE = Source(16.75, -99.45)
LATER_NS = START_NS + seconds_to_ns(40)


def arrivals() -> list[Trigger]:
    """Return P of the made-up earthquake at all stations, the earliest first."""
    return sorted(QUAKE.arrivals(NETWORK, Phase.P), key=lambda each: each.onset)


def test_revisions_count_up_and_first_published_stays() -> None:
    """Each revision of an event has the next number, and says when the first one went out."""
    published = Centre(NETWORK).feed(arrivals()).finish().published

    assert list(range(len(published))) == [event.revision for event in published]
    assert {published[0].published} == {event.first_published for event in published}
    assert [EventStatus.FINAL] == [
        event.status for event in published if event.status is EventStatus.FINAL
    ]


def test_the_id_says_when_and_where_and_fits_a_topic() -> None:
    """The id is made of origin time and place, and has no character special to MQTT."""
    event = Centre(NETWORK).feed(arrivals()).latest()[0]

    assert event.id.startswith("20231114t2213")
    assert event.id.endswith("w")
    assert not set(event.id) & set("/+#$ ")


def test_the_same_triggers_give_the_same_bytes() -> None:
    """Two aggregators that get the same calls publish the same to the byte."""
    first, second = (
        [event.to_wire() for event in Centre(NETWORK).feed(arrivals()).finish().published]
        for _ in range(2)
    )

    assert first == second


def test_messages_twice_change_nothing() -> None:
    """Every trigger delivered twice, and older revisions after newer ones, change nothing."""
    centre = Centre(NETWORK).feed(arrivals())
    newer = arrivals()[0].model_copy(update={"revision": 3, "status": TriggerStatus.UPDATE})
    centre.deliver(newer, LATER_NS)
    count = len(centre.published)

    for again in [*arrivals(), newer.model_copy(update={"revision": 2})]:
        centre.deliver(again, LATER_NS)

    assert count == len(centre.published)
    assert len(arrivals()) + 1 == centre.aggregator.counters.repeated


def test_nothing_is_published_when_nothing_changed_that_matters() -> None:
    """A revision of a trigger that changes neither place, time nor magnitude is not news."""
    centre = Centre(NETWORK).feed(arrivals())
    same = arrivals()[2].model_copy(
        update={"revision": 1, "status": TriggerStatus.UPDATE, "window_s": 5.0}
    )

    assert [] == centre.deliver(same, LATER_NS)


def test_the_magnitude_follows_the_displacement() -> None:
    """A displacement that a later revision brings gives the event its magnitude."""
    centre = Centre(NETWORK).feed(arrivals())
    assert centre.latest()[0].magnitude is None

    for trigger in arrivals()[:4]:
        update = {"revision": 1, "status": TriggerStatus.UPDATE, "window_s": 3.0, "pd_m": 1e-4}
        centre.deliver(trigger.model_copy(update=update), LATER_NS)

    event = centre.latest()[0]
    assert event.magnitude is not None
    assert "Mpd" == event.magnitude_type
    assert 4 < event.magnitude < 6
    assert event.magnitude_uncertainty is not None


def test_an_event_whose_triggers_are_retracted_is_retracted_with_a_reason() -> None:
    """Stations that take their triggers back take the event back, once and for all."""
    centre = Centre(NETWORK).feed(arrivals())
    for trigger in arrivals():
        back = trigger.model_copy(update={"revision": 1, "status": TriggerStatus.RETRACTED})
        centre.deliver(back, LATER_NS)

    event = centre.finish().latest()[0]
    assert EventStatus.RETRACTED == event.status
    assert event.reason is not None
    assert "retracted" in event.reason
    assert 1 == sum(each.status is EventStatus.RETRACTED for each in centre.published)


def test_a_trigger_retracted_before_it_was_seen_never_counts() -> None:
    """A retraction that overtakes its trigger leaves nothing behind."""
    first, *rest = arrivals()
    centre = Centre(NETWORK)
    back = first.model_copy(update={"revision": 2, "status": TriggerStatus.RETRACTED})
    centre.deliver(back, first.onset + seconds_to_ns(1))
    centre.deliver(first, first.onset + seconds_to_ns(2))

    event = centre.feed(rest).finish().latest()[0]

    assert f"XX.{first.station}" not in event.stations


def test_a_final_event_changes_no_more() -> None:
    """After its time an event stays as it is, whatever is sent or taken back."""
    centre = Centre(NETWORK).feed(arrivals()).finish()
    count = len(centre.published)
    back = arrivals()[0].model_copy(update={"revision": 1, "status": TriggerStatus.RETRACTED})
    extra = trigger_of("S00", NETWORK["S00"], arrivals()[-1].onset + seconds_to_ns(5))

    centre.deliver(back, START_NS + seconds_to_ns(700))
    centre.deliver(extra, START_NS + seconds_to_ns(700))

    assert count == len(centre.published)


def test_a_drill_is_no_earthquake() -> None:
    """Exercise triggers make an exercise event, and never join or found a real one."""
    drill = [each.model_copy(update={"exercise": True}) for each in arrivals()]
    mixed = [*drill[:3], *arrivals()[3:5]]

    real_and_drilled = Centre(NETWORK).feed(drill).latest()
    too_few_of_each = Centre(NETWORK).feed(mixed).latest()

    assert [True] == [event.exercise for event in real_and_drilled]
    assert real_and_drilled[0].id.startswith("drill-")
    assert all(len(event.stations) <= 3 for event in too_few_of_each)
    assert {event.exercise for event in too_few_of_each} <= {True}


def test_unregistered_stations_are_where_their_triggers_say() -> None:
    """Triggers of stations that nobody registered locate an event all the same."""
    aggregator = Aggregator()
    events: list[Event] = []
    for trigger in arrivals():
        events += aggregator.on_trigger(trigger, trigger.onset + seconds_to_ns(1))

    assert QUAKE.error_km(events[-1]) < 15


def test_registered_coordinates_win_over_the_trigger() -> None:
    """A station whose own coordinates are wrong is used where it is registered."""
    astray = [each.model_copy(update={"latitude": 0.0}) for each in arrivals()]

    assert QUAKE.error_km(Centre(NETWORK).feed(astray).latest()[0]) < 15


@pytest.mark.parametrize("hours", [-5.0, 3.0])
def test_a_clock_hours_off_does_no_harm(hours: float) -> None:
    """A station whose clock is hours off is left out; the others locate the event."""
    first, *rest = arrivals()
    wrong = first.model_copy(update={"onset": first.onset + seconds_to_ns(hours * 3600)})
    centre = Centre(NETWORK)
    centre.deliver(wrong, first.onset + seconds_to_ns(1))

    event = centre.feed(rest).finish().latest()[0]

    assert f"XX.{first.station}" not in event.stations
    assert QUAKE.error_km(event) < 15
    counters = centre.aggregator.counters
    assert 1 == counters.implausible + counters.late


def test_time_never_runs_backwards() -> None:
    """A call with an earlier time counts as the latest one: nothing is undone by it."""
    centre = Centre(NETWORK).feed(arrivals()).finish()

    assert [] == centre.aggregator.advance(START_NS)


def test_a_station_that_floods_is_outvoted_and_bounded() -> None:
    """Thousands of triggers of one station neither hide an event nor fill the memory."""
    centre = Centre(NETWORK)
    flood = [
        trigger_of("S00", NETWORK["S00"], START_NS + seconds_to_ns(number / 20), name=f"f{number}")
        for number in range(600)
    ]
    source = Source(16.75, -99.45, origin_s=15.0)

    centre.feed([*flood, *source.arrivals(NETWORK, Phase.P)])

    event = centre.latest()[-1]
    assert 1 == len(centre.latest())
    assert source.error_km(event) < 15
    world = centre.aggregator._worlds[False]
    assert len(world.associator.waiting) < 100


def test_memory_of_triggers_and_stations_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids of triggers and unregistered stations are forgotten, the oldest first."""
    monkeypatch.setattr("cloud.aggregator._MOST_TRIGGERS_KNOWN", 50)
    monkeypatch.setattr("cloud.aggregator._MOST_UNREGISTERED", 20)
    aggregator = Aggregator()
    for number in range(200):
        trigger = trigger_of(f"N{number}", CENTRE, START_NS + seconds_to_ns(600 * number))
        aggregator.on_trigger(trigger, trigger.onset)

    assert 50 == len(aggregator._known)
    assert len(aggregator._stations) <= 21


def test_a_config_with_a_mistake_is_refused() -> None:
    """Unknown names and impossible values do not pass."""
    with pytest.raises(ValidationError, match="Extra inputs"):
        AggregatorConfig.model_validate({"associatoin": {}})
    with pytest.raises(ValidationError, match="greater than"):
        AggregatorConfig.model_validate({"association": {"search_radius_km": -1}})


@pytest.fixture(scope="module")
def recordings(shared_data: Path) -> list[Recorded]:
    """Return the recorded earthquakes with four or more P."""
    return recorded(shared_data)


def test_recorded_picks_give_one_event_each(recordings: list[Recorded]) -> None:
    """P picks of real earthquakes, half of the S, and false ones: one event each, well placed."""
    errors = {}
    for number, recording in enumerate(recordings):
        rng = np.random.default_rng(number)
        triggers = recording.triggers(recording.p_s, "p")
        triggers += [t for t in recording.triggers(recording.s_s, "s") if rng.random() < 0.5]
        station, place = sorted(recording.stations.items())[rng.integers(5)]
        moment = seconds_to_ns(recording.origin_s + rng.uniform(-60, 60))
        triggers.append(trigger_of(station, place, moment, uncertainty_s=0.5))
        centre = Centre(recording.stations).feed(triggers)
        centre.published += centre.aggregator.advance(seconds_to_ns(recording.origin_s + 300))

        latest = centre.latest()

        assert [EventStatus.FINAL] == [event.status for event in latest], recording.name
        assert abs(latest[0].origin_time - seconds_to_ns(recording.origin_s)) < seconds_to_ns(4)
        errors[recording.name] = recording.error_km(latest[0])

    assert np.median(list(errors.values())) < 20, errors
    assert max(error for name, error in errors.items() if name != "2018_2_16") < 80, errors
