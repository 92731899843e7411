"""Events as QuakeML 1.2, basic event description.

Euchner & Schorlemmer (2013), QuakeML-BED 1.2: an event carries its origin, its magnitudes, a pick
and an arrival for each trigger used, and the peak motion of stations as amplitudes. An event
that was retracted is written as `not existing`.
"""

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import Final

from cloud.quakeml.elements import BED, child, quantity, resource, text
from cloud.quakeml.size import (
    add_amplitudes,
    add_magnitudes,
    add_uncertainty,
    preferred_magnitude_id,
)
from edge import __version__
from edge.messages import Arrival, Event, EventStatus, Phase
from edge.timestamps import format_time

_OUTER: Final = "http://quakeml.org/xmlns/quakeml/1.2"
_AUTHORITY: Final = "smi:local/tremorkit"
_KM_A_DEGREE: Final = 111.195


def quakeml(events: Iterable[Event], *, arrivals: bool = True) -> bytes:
    """Return a QuakeML document of the latest revisions of some events.

    Args:
        events: One revision of each.
        arrivals: Whether to tell picks, arrivals and amplitudes too.
    """
    ET.register_namespace("q", _OUTER)
    ET.register_namespace("", BED)
    root = ET.Element(f"{{{_OUTER}}}quakeml")
    parameters = child(root, "eventParameters", publicID=f"{_AUTHORITY}/catalogue")
    for event in events:
        _event(parameters, event, arrivals=arrivals)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _event(parent: ET.Element, event: Event, *, arrivals: bool) -> None:
    identity = f"{_AUTHORITY}/event/{resource(event.id)}"
    element = child(parent, "event", publicID=identity)
    text(element, "preferredOriginID", f"{identity}/origin")
    shown = preferred_magnitude_id(event, identity)
    if shown is not None:
        text(element, "preferredMagnitudeID", shown)
    retracted = event.status is EventStatus.RETRACTED
    text(element, "type", "not existing" if retracted else "earthquake")
    for words in _comments(event):
        text(child(element, "comment"), "text", words)
    _creation(element, event)
    for arrival in event.arrivals if arrivals else ():
        _pick(element, identity, arrival)
    _origin(element, event, identity, arrivals=arrivals)
    add_magnitudes(element, event, identity)
    if arrivals:
        add_amplitudes(element, event, identity)


def _comments(event: Event) -> list[str]:
    """Return what there is to say of an event that QuakeML has no element for."""
    words = []
    if event.exercise:
        words.append("EXERCISE, no real event")
    elif event.reason:
        words.append(f"retracted: {event.reason}")
    if event.false_association_odds is not None:
        words.append(f"probability of a chance association: {event.false_association_odds:.1e}")
    return words


def _pick(parent: ET.Element, identity: str, arrival: Arrival) -> None:
    element = child(parent, "pick", publicID=f"{identity}/pick/{resource(arrival.trigger)}")
    quantity(element, "time", format_time(arrival.time))
    network, _, station = arrival.station.partition(".")
    child(element, "waveformID", networkCode=network, stationCode=station)
    if arrival.phase is not Phase.UNKNOWN:
        text(element, "phaseHint", arrival.phase.value)
    text(element, "evaluationMode", "automatic")


def _origin(parent: ET.Element, event: Event, identity: str, *, arrivals: bool) -> None:
    element = child(parent, "origin", publicID=f"{identity}/origin")
    quantity(element, "time", format_time(event.origin_time))
    spread_deg = event.horizontal_uncertainty_km / _KM_A_DEGREE
    shrink = max(0.01, math.cos(math.radians(event.latitude)))
    quantity(element, "longitude", f"{event.longitude:.4f}", f"{spread_deg / shrink:.4f}")
    quantity(element, "latitude", f"{event.latitude:.4f}", f"{spread_deg:.4f}")
    quantity(element, "depth", f"{event.depth_km * 1000:.0f}")
    quality = child(element, "quality")
    text(quality, "usedPhaseCount", str(len(event.arrivals)))
    text(quality, "usedStationCount", str(len(event.stations)))
    add_uncertainty(element, event)
    text(element, "evaluationMode", "automatic")
    for arrival in event.arrivals if arrivals else ():
        _arrival(element, identity, arrival)
    _creation(element, event)


def _arrival(parent: ET.Element, identity: str, arrival: Arrival) -> None:
    trigger = resource(arrival.trigger)
    element = child(parent, "arrival", publicID=f"{identity}/arrival/{trigger}")
    text(element, "pickID", f"{identity}/pick/{trigger}")
    text(element, "phase", arrival.phase.value)
    text(element, "distance", f"{arrival.distance_km / _KM_A_DEGREE:.4f}")
    text(element, "timeResidual", f"{arrival.residual_s:.3f}")
    text(element, "timeWeight", f"{arrival.weight:.3f}")


def _creation(parent: ET.Element, event: Event) -> None:
    element = child(parent, "creationInfo")
    text(element, "author", f"tremorkit {__version__}")
    text(element, "creationTime", format_time(event.published))
    text(element, "version", str(event.revision))
