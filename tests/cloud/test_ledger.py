"""What is published of an earthquake, and when: large events, and those in the wake of another."""

from dataclasses import replace
from itertools import pairwise

from edge.messages import Event, EventStatus, Phase, Trigger, TriggerStatus
from edge.timestamps import ns_to_seconds, seconds_to_ns
from tests.cloud.quakes import Centre, Source, grid_network

_NETWORK = grid_network()
_AFTERSHOCK = Source(16.73, -99.47, depth_km=12.0)


def _weak(origin_s: float) -> list[Trigger]:
    """Return P and S of an aftershock at the three nearest stations."""
    source = replace(_AFTERSHOCK, origin_s=origin_s)
    triggers = []
    for phase in (Phase.P, Phase.S):
        arrivals = source.arrivals(_NETWORK, phase)
        triggers += sorted(arrivals, key=lambda trigger: trigger.onset)[:3]
    return triggers


def _events(*batches: list[Trigger]) -> list[EventStatus]:
    centre = Centre(_NETWORK)
    for triggers in batches:
        centre.feed(triggers)
    return [event.status for event in centre.finish().latest()]


_MAIN = Source(16.75, -99.45).arrivals(_NETWORK, Phase.P)


def test_three_stations_in_the_wake_of_an_event_are_not_published() -> None:
    """A weak aftershock at three stations stays unsaid: coda makes such coincidences."""
    assert 1 == len(_events(_MAIN, _weak(80.0)))


def test_four_stations_in_the_wake_are_an_event_of_their_own() -> None:
    """An aftershock that is declared is published like any other."""
    strong = replace(_AFTERSHOCK, origin_s=80.0).arrivals(_NETWORK, Phase.P)

    assert [EventStatus.FINAL] * 2 == _events(_MAIN, strong)


def test_three_stations_without_an_earlier_event_are_published() -> None:
    """The same three stations alone are an event."""
    assert 1 == len(_events(_weak(80.0)))


def test_the_wake_ends() -> None:
    """Six minutes later the three stations count again."""
    assert 2 == len(_events(_MAIN, _weak(360.0)))


_DENSE = grid_network(side=10, spacing_km=12.0)
_LARGE = Source(16.75, -99.45, reach_km=70.0)


def _revisions_of_a_large_event() -> list[Event]:
    """Return what is published of an event at some eighty stations, until ten seconds after."""
    centre = Centre(_DENSE).feed(_LARGE.arrivals(_DENSE, Phase.P))
    last_ns = centre.published[-1].published
    for step in range(20):
        centre.published += centre.aggregator.advance(last_ns + step * seconds_to_ns(0.5))
    return centre.published


def test_revisions_of_a_large_event_wait_for_company() -> None:
    """From the thirtieth station on there are at most two a second: each carries all stations."""
    large = [event for event in _revisions_of_a_large_event() if len(event.stations) > 30]

    pauses_s = [ns_to_seconds(b.published - a.published) for a, b in pairwise(large)]
    assert [] == [pause_s for pause_s in pauses_s if pause_s < 0.5]
    assert len(large) >= 4


def test_first_stations_do_not_wait() -> None:
    """Each station up to the thirtieth is in a revision of its own, in the moment it triggers."""
    counts = [len(event.stations) for event in _revisions_of_a_large_event()]

    assert list(range(4, 31)) == sorted({count for count in counts if count <= 30})


def test_what_waited_is_published_without_another_trigger() -> None:
    """The last revision of the burst has every station that triggered."""
    triggered = _LARGE.arrivals(_DENSE, Phase.P)

    last = _revisions_of_a_large_event()[-1]

    assert {f"XX.{trigger.station}" for trigger in triggered} == set(last.stations)


def test_a_retraction_does_not_wait() -> None:
    """Whoever acted on a large event hears at once that it was none."""
    triggers = _LARGE.arrivals(_DENSE, Phase.P)
    centre = Centre(_DENSE).feed(triggers)
    now_ns = max(trigger.onset for trigger in triggers) + seconds_to_ns(1.1)

    for trigger in triggers:
        taken_back = trigger.model_copy(
            update={"status": TriggerStatus.RETRACTED, "revision": trigger.revision + 1}
        )
        centre.deliver(taken_back, now_ns)

    assert (EventStatus.RETRACTED, now_ns) == (
        centre.published[-1].status,
        centre.published[-1].published,
    )
