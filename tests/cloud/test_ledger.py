"""What is published of an earthquake in the wake of another."""

from dataclasses import replace

from edge.messages import EventStatus, Phase, Trigger
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
