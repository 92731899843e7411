"""The odds of a false association: computed, and said with every event."""

from dataclasses import replace
from math import log

import pytest

from cloud.association.explanation import Explanation
from edge.messages import Event, EventStatus, Phase, TriggerStatus
from tests.cloud.quakes import Centre, Source, grid_network

_NETWORK = grid_network()
_INSIDE = Source(16.75, -99.45)


def _centre(stations: int) -> Centre:
    """Return a centre that got the first so many P of an earthquake."""
    triggers = sorted(_INSIDE.arrivals(_NETWORK, Phase.P), key=lambda each: each.onset)
    return Centre(_NETWORK).feed(triggers[:stations])


def _explanation() -> Explanation:
    (quake,) = _centre(6).aggregator._worlds[False].associator.quakes.values()
    return quake.explanation


@pytest.mark.parametrize(
    ("log_odds", "expected"),
    [(0.0, 0.5), (log(19), 0.05), (-2.0, 0.88), (700.0, 1e-12), (5000.0, 1e-12)],
)
def test_log_odds_are_said_as_a_probability(log_odds: float, expected: float) -> None:
    """Nineteen to one is one in twenty; beyond the model's worth nothing is claimed."""
    assert expected == replace(_explanation(), log_odds=log_odds).false_association_odds


def test_each_station_makes_chance_less_likely() -> None:
    """Odds are stated from the first revision on, and fall as stations come in."""
    events = _centre(8).published
    stated = [event.false_association_odds for event in events]

    assert len(events) > 2
    assert 0.05 >= stated[0] > stated[-1]
    assert stated[-1] < 1e-6


def test_a_retracted_event_states_none() -> None:
    """What is no event has no odds of being one."""
    centre = _centre(5)
    (event,) = centre.latest()
    for trigger in {arrival.trigger: arrival for arrival in event.arrivals}.values():
        given = _INSIDE.arrivals(_NETWORK, Phase.P)
        (mine,) = (each for each in given if each.id == trigger.trigger)
        change = {"revision": 1, "status": TriggerStatus.RETRACTED}
        centre.deliver(mine.model_copy(update=change), event.published)

    last = centre.latest()[0]

    assert EventStatus.RETRACTED is last.status
    assert last.false_association_odds is None


def test_events_of_older_centres_are_read() -> None:
    """The field is optional: a message without it is an event."""
    event = _centre(6).latest()[0]
    old = event.model_dump(mode="json")
    del old["false_association_odds"]

    assert Event.model_validate(old).false_association_odds is None
