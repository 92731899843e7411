"""Events as QuakeML 1.2, basic event description.

Euchner & Schorlemmer (2013), QuakeML-BED 1.2: an event carries its origin, its magnitude, and a
pick and an arrival for each trigger used. An event that was retracted is written as `not existing`.
"""

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import Final

from edge import __version__
from edge.messages import Arrival, Event, EventStatus, Phase
from edge.timestamps import format_time

_OUTER: Final = "http://quakeml.org/xmlns/quakeml/1.2"
_BED: Final = "http://quakeml.org/xmlns/bed/1.2"
_AUTHORITY: Final = "smi:local/tremorkit"
_KM_A_DEGREE: Final = 111.195


def quakeml(events: Iterable[Event], *, arrivals: bool = True) -> bytes:
    """Return a QuakeML document of the latest revisions of some events.

    Args:
        events: One revision of each.
        arrivals: Whether to tell picks and arrivals too.
    """
    ET.register_namespace("q", _OUTER)
    ET.register_namespace("", _BED)
    root = ET.Element(f"{{{_OUTER}}}quakeml")
    parameters = _child(root, "eventParameters", publicID=f"{_AUTHORITY}/catalogue")
    for event in events:
        _event(parameters, event, arrivals=arrivals)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _event(parent: ET.Element, event: Event, *, arrivals: bool) -> None:
    identity = f"{_AUTHORITY}/event/{_safe(event.id)}"
    element = _child(parent, "event", publicID=identity)
    _text(element, "preferredOriginID", f"{identity}/origin")
    if event.magnitude is not None:
        _text(element, "preferredMagnitudeID", f"{identity}/magnitude")
    retracted = event.status is EventStatus.RETRACTED
    _text(element, "type", "not existing" if retracted else "earthquake")
    for words in _comments(event):
        _text(_child(element, "comment"), "text", words)
    _creation(element, event)
    for arrival in event.arrivals if arrivals else ():
        _pick(element, identity, arrival)
    _origin(element, event, identity, arrivals=arrivals)
    _magnitude(element, event, identity)


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
    element = _child(parent, "pick", publicID=f"{identity}/pick/{_safe(arrival.trigger)}")
    _quantity(element, "time", format_time(arrival.time))
    network, _, station = arrival.station.partition(".")
    _child(element, "waveformID", networkCode=network, stationCode=station)
    if arrival.phase is not Phase.UNKNOWN:
        _text(element, "phaseHint", arrival.phase.value)
    _text(element, "evaluationMode", "automatic")


def _origin(parent: ET.Element, event: Event, identity: str, *, arrivals: bool) -> None:
    element = _child(parent, "origin", publicID=f"{identity}/origin")
    _quantity(element, "time", format_time(event.origin_time))
    spread_deg = event.horizontal_uncertainty_km / _KM_A_DEGREE
    shrink = max(0.01, math.cos(math.radians(event.latitude)))
    _quantity(element, "longitude", f"{event.longitude:.4f}", f"{spread_deg / shrink:.4f}")
    _quantity(element, "latitude", f"{event.latitude:.4f}", f"{spread_deg:.4f}")
    _quantity(element, "depth", f"{event.depth_km * 1000:.0f}")
    quality = _child(element, "quality")
    _text(quality, "usedPhaseCount", str(len(event.arrivals)))
    _text(quality, "usedStationCount", str(len(event.stations)))
    uncertainty = _child(element, "originUncertainty")
    _text(uncertainty, "horizontalUncertainty", f"{event.horizontal_uncertainty_km * 1000:.0f}")
    _text(element, "evaluationMode", "automatic")
    for arrival in event.arrivals if arrivals else ():
        _arrival(element, identity, arrival)
    _creation(element, event)


def _arrival(parent: ET.Element, identity: str, arrival: Arrival) -> None:
    trigger = _safe(arrival.trigger)
    element = _child(parent, "arrival", publicID=f"{identity}/arrival/{trigger}")
    _text(element, "pickID", f"{identity}/pick/{trigger}")
    _text(element, "phase", arrival.phase.value)
    _text(element, "distance", f"{arrival.distance_km / _KM_A_DEGREE:.4f}")
    _text(element, "timeResidual", f"{arrival.residual_s:.3f}")
    _text(element, "timeWeight", f"{arrival.weight:.3f}")


def _magnitude(parent: ET.Element, event: Event, identity: str) -> None:
    if event.magnitude is None:
        return
    element = _child(parent, "magnitude", publicID=f"{identity}/magnitude")
    spread = event.magnitude_uncertainty
    _quantity(element, "mag", f"{event.magnitude:.2f}", None if spread is None else f"{spread:.2f}")
    _text(element, "type", event.magnitude_type or "M")
    _text(element, "originID", f"{identity}/origin")
    _text(element, "evaluationMode", "automatic")


def _creation(parent: ET.Element, event: Event) -> None:
    element = _child(parent, "creationInfo")
    _text(element, "author", f"tremorkit {__version__}")
    _text(element, "creationTime", format_time(event.published))
    _text(element, "version", str(event.revision))


def _quantity(parent: ET.Element, name: str, value: str, uncertainty: str | None = None) -> None:
    element = _child(parent, name)
    _text(element, "value", value)
    if uncertainty is not None:
        _text(element, "uncertainty", uncertainty)


def _child(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_BED}}}{name}", attributes)


def _text(parent: ET.Element, name: str, text: str) -> None:
    _child(parent, name).text = text


def _safe(identity: str) -> str:
    """Return an id as a resource identifier allows it."""
    return "".join(c if c.isalnum() or c in "-._~" else "_" for c in identity)
