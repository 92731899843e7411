"""How good the centre was: what it found, what it missed, what it made up, and how soon.

An alert is right where it is within 100 km and 30 s of an earthquake, as ShakeAlert judges its
own (Cochran et al. 2018, Seismological Research Letters 89, 51-65). Two alerts of one earthquake
are one right and one false.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cloud.geodesy import great_circle_km
from cloud.simulate.script import Quake, Script
from edge.messages import Event, EventStatus
from edge.timestamps import ns_to_seconds

RIGHT_KM: Final = 100.0
RIGHT_S: Final = 30.0
LEAST_STATIONS: Final = 4
"""An earthquake that fewer stations saw need not be declared."""
_ALERTS: Final = (EventStatus.DECLARED, EventStatus.FINAL)


@dataclass(frozen=True, slots=True)
class Heard:
    """An event revision as a subscriber got it."""

    event: Event
    at_s: float
    """Seconds since the beginning of the script."""


@dataclass(frozen=True, slots=True)
class Score:
    """The result."""

    events: int
    """Earthquakes that enough stations saw."""
    detected: int
    missed: int
    false: int
    latency_s: tuple[float, ...]
    """From a trigger's first sending to the first event revision that holds it."""
    declared_s: tuple[float, ...]
    """From the origin to the first declared revision."""
    epicentre_km: tuple[float, ...]
    """Error of the last revision, of those that were detected."""


def score(
    script: Script,
    triggered: Mapping[int, int],
    sent_s: Mapping[str, float],
    heard: Sequence[Heard],
    start_ns: int,
) -> Score:
    """Return how good a run was.

    Args:
        script: What happened.
        triggered: Stations whose P trigger of each earthquake was sent.
        sent_s: First sending of each trigger, seconds since the beginning.
        heard: Event revisions in the order of their coming.
        start_ns: When the script began, nanoseconds since 1970 UTC.
    """
    wanted = {number for number, count in triggered.items() if count >= LEAST_STATIONS}
    found: dict[int, str] = {}
    false = 0
    declared_s, epicentre_km = [], []
    for alert in _alerts(heard):
        number = _matching(script.quakes, alert.event, start_ns, set(found))
        if number is None:
            false += 1
            continue
        found[number] = alert.event.id
        declared_s.append(alert.at_s - script.quakes[number].origin_s)
        last = [one.event for one in heard if one.event.id == alert.event.id][-1]
        epicentre_km.append(_distance_km(script.quakes[number], last))
    detected = len(wanted & set(found))
    return Score(
        events=len(wanted),
        detected=detected,
        missed=len(wanted) - detected,
        false=false,
        latency_s=tuple(_latencies(sent_s, heard)),
        declared_s=tuple(declared_s),
        epicentre_km=tuple(epicentre_km),
    )


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return a percentile, or None of nothing."""
    return float(np.percentile(values, percent)) if values else None


def _alerts(heard: Sequence[Heard]) -> list[Heard]:
    """Return the first declared revision of each event."""
    first: dict[str, Heard] = {}
    for one in heard:
        if one.event.status in _ALERTS:
            first.setdefault(one.event.id, one)
    return list(first.values())


def _matching(quakes: Sequence[Quake], event: Event, start_ns: int, taken: set[int]) -> int | None:
    """Return the nearest earthquake in time that an alert is right of and no other was, or None."""
    origin_s = ns_to_seconds(event.origin_time - start_ns)
    near = [
        (abs(quake.origin_s - origin_s), number)
        for number, quake in enumerate(quakes)
        if number not in taken
        and abs(quake.origin_s - origin_s) <= RIGHT_S
        and _distance_km(quake, event) <= RIGHT_KM
    ]
    return min(near)[1] if near else None


def _distance_km(quake: Quake, event: Event) -> float:
    place = quake.latitude, quake.longitude
    return float(great_circle_km(*place, event.latitude, event.longitude))


def _latencies(sent_s: Mapping[str, float], heard: Sequence[Heard]) -> list[float]:
    known: set[str] = set()
    found = []
    for one in heard:
        new = {arrival.trigger for arrival in one.event.arrivals} - known
        known |= new
        newest_s = max((sent_s[name] for name in new if name in sent_s), default=None)
        if newest_s is not None:
            found.append(one.at_s - newest_s)
    return found
