"""An event as a message of the Common Alerting Protocol 1.2 (OASIS, 2010).

The first revision is an `Alert`, later ones are `Update`s, the retraction is a `Cancel`; both name
every message before them. An exercise has the status `Exercise`, and a real event `Actual` or,
until the centre is told that it may alarm, `Test`.
"""

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Final

from cloud.identity import IdentityConfig
from cloud.shaking import expected_intensity
from edge.messages import Event, EventStatus
from edge.timestamps import format_time, seconds_to_ns

MEDIA_TYPE: Final = "application/cap+xml"
_NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
_EXPIRES_S: Final = 3_600.0
_FELT_MMI: Final = 4.0
_LEAST_RADIUS_KM: Final = 10.0
_GREATEST_RADIUS_KM: Final = 500.0
_SEVERITIES: Final = ((7.5, "Extreme"), (5.5, "Severe"), (4.0, "Moderate"))
"""Least intensity above the hypocentre: heavy, some, no damage (MMI VIII, VI, IV)."""
_CERTAINTIES: Final = {
    EventStatus.POSSIBLE: "Possible",
    EventStatus.PRELIMINARY: "Likely",
    EventStatus.DECLARED: "Observed",
    EventStatus.FINAL: "Observed",
    EventStatus.RETRACTED: "Unlikely",
}


def cap(revisions: Sequence[Event], identity: IdentityConfig) -> bytes:
    """Return the message of the last of an event's revisions.

    Args:
        revisions: All of them up to the one that the message is for, oldest first.
        identity: Who sends.
    """
    event, before = revisions[-1], revisions[:-1]
    ET.register_namespace("", _NAMESPACE)
    root = ET.Element(f"{{{_NAMESPACE}}}alert")
    _text(root, "identifier", identifier(event))
    _text(root, "sender", identity.sender)
    _text(root, "sent", cap_time(event.published))
    _text(root, "status", _status(event, identity))
    _text(root, "msgType", _kind(event, before))
    _text(root, "scope", "Public")
    if event.exercise or event.reason:
        _text(root, "note", event.reason or "This is an exercise.")
    if before:
        named = (f"{identity.sender},{identifier(one)},{cap_time(one.published)}" for one in before)
        _text(root, "references", " ".join(named))
    _info(root, event, identity)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def identifier(event: Event) -> str:
    """Return the identifier of the message of a revision: no space, comma, < or & in it."""
    name = "".join(c if c.isalnum() or c in "-._~" else "_" for c in event.id)
    return f"{name}.{event.revision}"


def cap_time(time_ns: int) -> str:
    """Return a time in whole seconds with the zone that CAP wants for UTC."""
    return format_time(time_ns)[:19] + "-00:00"


def headline(event: Event, identity: IdentityConfig) -> str:
    """Return an event in a line, at most 160 characters."""
    if event.status is EventStatus.RETRACTED:
        words = "RETRACTED: no earthquake"
    elif event.magnitude is None:
        words = "Earthquake, magnitude not known yet"
    else:
        words = f"Earthquake, magnitude {event.magnitude:.1f}"
    prefix = "EXERCISE: " if event.exercise else ""
    when = f"{format_time(event.origin_time)[:19].replace('T', ' ')} UTC"
    return f"{prefix}{identity.name}: {words}, {place(event)}, {when}"[:160]


def place(event: Event) -> str:
    """Return where an event is, for people."""
    north, east = event.latitude >= 0, event.longitude >= 0
    latitude = f"{abs(event.latitude):.2f}° {'N' if north else 'S'}"
    return f"{latitude} {abs(event.longitude):.2f}° {'E' if east else 'W'}"


def _status(event: Event, identity: IdentityConfig) -> str:
    if event.exercise:
        return "Exercise"
    return "Actual" if identity.actual else "Test"


def _kind(event: Event, before: Sequence[Event]) -> str:
    if event.status is EventStatus.RETRACTED and before:
        return "Cancel"
    return "Update" if before else "Alert"


def _info(root: ET.Element, event: Event, identity: IdentityConfig) -> None:
    info = _child(root, "info")
    _text(info, "language", identity.language)
    _text(info, "category", "Geo")
    _text(info, "event", "Earthquake")
    retracted = event.status is EventStatus.RETRACTED
    _text(info, "responseType", "AllClear" if retracted else "Monitor")
    _text(info, "urgency", "Past" if retracted else "Immediate")
    _text(info, "severity", "Unknown" if retracted else _severity(event))
    _text(info, "certainty", _CERTAINTIES[event.status])
    _text(info, "effective", cap_time(event.published))
    _text(info, "onset", cap_time(event.origin_time))
    _text(info, "expires", cap_time(event.published + seconds_to_ns(_EXPIRES_S)))
    _text(info, "senderName", identity.name)
    _text(info, "headline", headline(event, identity))
    _text(info, "description", _description(event))
    for name, value in _parameters(event).items():
        parameter = _child(info, "parameter")
        _text(parameter, "valueName", name)
        _text(parameter, "value", value)
    area = _child(info, "area")
    radius_km = _radius_km(event)
    _text(area, "areaDesc", f"Within {radius_km:.0f} km of {place(event)}")
    _text(area, "circle", f"{event.latitude:.4f},{event.longitude:.4f} {radius_km:.1f}")


def _severity(event: Event) -> str:
    if event.magnitude is None:
        return "Unknown"
    above = expected_intensity(event.magnitude, max(event.depth_km, 1.0))
    return next((name for least, name in _SEVERITIES if above >= least), "Minor")


def _description(event: Event) -> str:
    if event.status is EventStatus.RETRACTED:
        return f"The earthquake that was reported has been taken back: {event.reason or 'no event'}"
    magnitude = "unknown"
    if event.magnitude is not None:
        magnitude = f"{event.magnitude_type or 'M'} {event.magnitude:.1f}"
    return (
        f"Magnitude {magnitude}, depth {event.depth_km:.0f} km, "
        f"epicentre within {event.horizontal_uncertainty_km:.0f} km of {place(event)}, "
        f"{len(event.stations)} stations, {event.status.value}, revision {event.revision}."
    )


def _parameters(event: Event) -> dict[str, str]:
    found = {
        "eventId": event.id,
        "revision": str(event.revision),
        "status": event.status.value,
        "originTime": format_time(event.origin_time),
        "latitude": f"{event.latitude:.4f}",
        "longitude": f"{event.longitude:.4f}",
        "depthKm": f"{event.depth_km:.1f}",
        "horizontalUncertaintyKm": f"{event.horizontal_uncertainty_km:.1f}",
        "stations": str(len(event.stations)),
    }
    if event.magnitude is not None:
        found |= {
            "magnitude": f"{event.magnitude:.2f}",
            "magnitudeType": event.magnitude_type or "M",
        }
    return found


def _radius_km(event: Event) -> float:
    """Return how far the shaking is felt (MMI IV), within bounds."""
    if event.magnitude is None:
        return max(_LEAST_RADIUS_KM, event.horizontal_uncertainty_km)
    radius_km = _LEAST_RADIUS_KM
    while radius_km < _GREATEST_RADIUS_KM:
        away_km = math.hypot(radius_km, event.depth_km)
        if expected_intensity(event.magnitude, away_km) < _FELT_MMI:
            break
        radius_km *= 1.1
    return min(radius_km, _GREATEST_RADIUS_KM)


def _child(parent: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_NAMESPACE}}}{name}")


def _text(parent: ET.Element, name: str, text: str) -> None:
    _child(parent, name).text = text
