"""Compiled functions got ready before the first trigger comes.

The first call of each takes a second where it was compiled before, and some ten where it was not.
"""

from cloud.aggregator import Aggregator
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import ClockSource, ClockState, Event, Phase, Trigger, TriggerStatus
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

_PLACES = {"A": (0.1, 0.0), "B": (0.0, 0.2), "C": (-0.3, -0.1), "D": (-0.1, 0.3), "E": (0.9, 0.9)}
_SILENT = "E"
_DEPTH_KM = 10.0
_START_NS = 1_000_000_000 * NANOSECONDS_PER_SECOND


def warm_up() -> list[Event]:
    """Let an aggregator of its own find an earthquake; return what it would have published."""
    aggregator = Aggregator()
    for station, place in _PLACES.items():
        aggregator.register("XX", station, *place)
    events = []
    for trigger in sorted(map(_trigger, _PLACES.keys() - {_SILENT}), key=lambda each: each.onset):
        events += aggregator.on_trigger(trigger, trigger.onset + NANOSECONDS_PER_SECOND)
    return events


def _trigger(station: str) -> Trigger:
    """Return the trigger of an earthquake at 0 N 0 E, as a station would send it."""
    latitude, longitude = _PLACES[station]
    distance_km = 111.2 * (latitude**2 + longitude**2) ** 0.5
    onset = _START_NS + seconds_to_ns(travel_times(iasp91()).time(Phase.P, distance_km, _DEPTH_KM))
    return Trigger(
        id=station,
        revision=0,
        status=TriggerStatus.PRELIMINARY,
        network="XX",
        station=station,
        channels=("HNZ", "HNN", "HNE"),
        latitude=latitude,
        longitude=longitude,
        onset=onset,
        onset_uncertainty_s=0.1,
        phase=Phase.P,
        window_s=1.0,
        clock=ClockState(source=ClockSource.NTP, error_s=0.01),
        sent=onset + NANOSECONDS_PER_SECOND,
    )
