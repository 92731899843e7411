"""Picks that join a well-located earthquake by their residual, and what is done of them later."""

import numpy as np
import pytest

from cloud.association.quake import Quake
from edge.messages import Phase, Trigger
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import START_NS, Centre, Source, grid_network, trigger_of

NETWORK = grid_network(side=7, spacing_km=25.0)
INSIDE = Source(16.75, -99.45)


def begun() -> tuple[Centre, Quake, list[Trigger]]:
    """Return a centre that has located one earthquake with 20 P, and the P that are to come."""
    triggers = sorted(INSIDE.arrivals(NETWORK, Phase.P), key=lambda each: each.onset)
    centre = Centre(NETWORK).feed(triggers[:20])
    (quake,) = centre.aggregator._worlds[False].associator.quakes.values()
    return centre, quake, triggers[20:]


def test_a_pick_joins_a_well_located_earthquake_where_it_is() -> None:
    """One P more than the twenty: a pick at once, and the origin is the same object."""
    centre, quake, (onset, *_) = begun()
    origin, odds = quake.explanation.origin, quake.explanation.log_odds

    (event,) = centre.deliver(onset, onset.onset + seconds_to_ns(1))

    assert quake.explanation.holds(onset.id)
    assert origin is quake.explanation.origin
    assert quake.explanation.log_odds > odds
    assert f"XX.{onset.station}" in event.stations


def test_what_joined_helps_to_locate_seconds_later() -> None:
    """Five seconds on the place is found anew with all picks."""
    centre, quake, (onset, *_) = begun()
    now_ns = onset.onset + seconds_to_ns(1)
    centre.deliver(onset, now_ns)
    assert quake.located_with < len(quake.explanation.picks)
    joined = quake.explanation

    centre.aggregator.advance(now_ns + seconds_to_ns(7))

    assert quake.located_with == len(quake.explanation.picks)
    assert quake.explanation.origin is not joined.origin


def test_the_evidence_of_a_pick_that_joined_is_what_the_whole_judgement_says() -> None:
    """Evidence grows by the difference between judging with the pick and without it."""
    centre, quake, (trigger, *_) = begun()
    before, now_ns = quake.explanation.evidence, trigger.onset + seconds_to_ns(1)
    centre.deliver(trigger, now_ns)
    (onset,) = (p.onset for p in quake.explanation.picks if p.onset.id == trigger.id)

    associator = centre.aggregator._worlds[False].associator
    scene = associator.stage.of(quake.onsets(), now_ns, quake)
    location = quake.explanation.origin.location
    whole, without = (associator.explainer.explain(scene, location, it) for it in (None, onset))

    expected = whole.evidence - without.evidence
    assert expected == pytest.approx(quake.explanation.evidence - before, abs=1e-6)


def test_s_of_a_station_whose_p_is_a_pick_joins_as_s() -> None:
    """The S after a P is one more pick of that station; a second P of it is none."""
    centre, quake, _ = begun()
    p = {pick.onset.station.key: pick.onset for pick in quake.explanation.picks}
    station, s = next(
        (f"XX.{each.station}", each)
        for each in sorted(INSIDE.arrivals(NETWORK, Phase.S), key=lambda each: -each.onset)
        if f"XX.{each.station}" in p
    )
    again = trigger_of(s.station, NETWORK[s.station], p[station].time_ns + 1, name="again")

    for trigger in (s, again):
        centre.deliver(trigger, s.onset + seconds_to_ns(1))

    mine = [pick for pick in quake.explanation.picks if pick.onset.station.key == station]
    assert {Phase.P, Phase.S} == {pick.phase for pick in mine}
    assert 2 == len(mine)


def test_a_trigger_that_fits_no_wave_does_not_join() -> None:
    """Seven seconds after P, and long before S: it is no pick."""
    centre, quake, rest = begun()
    last = rest[-1]
    odd = last.model_copy(update={"id": "odd", "onset": last.onset + seconds_to_ns(7)})

    centre.deliver(odd, odd.onset + seconds_to_ns(1))

    assert not quake.explanation.holds("odd")


def test_an_earthquake_that_grows_by_joining_ends_where_it_should() -> None:
    """P and S of forty-nine stations: one event, within five km, no pick left out of its place."""
    p, s = (INSIDE.arrivals(NETWORK, phase) for phase in (Phase.P, Phase.S))

    events = Centre(NETWORK).feed([*p, *s]).finish().latest()

    assert 1 == len(events)
    assert INSIDE.error_km(events[0]) < 5
    assert len(p) == len(events[0].stations)
    assert max(abs(arrival.residual_s) for arrival in events[0].arrivals) < 3
    assert np.median([arrival.weight for arrival in events[0].arrivals]) > 0.5
    assert events[0].published > START_NS
