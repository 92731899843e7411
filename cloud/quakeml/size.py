"""Parts of a QuakeML event that say how large and how sure: magnitudes, amplitudes, ellipsoid."""

import xml.etree.ElementTree as ET
from typing import Final

from cloud.quakeml.elements import child, quantity, resource, text
from edge.messages import Event, MagnitudeEstimate, StationShaking

_PEAKS: Final = (("PGA", "pga_m_s2", "m/(s*s)"), ("PGV", "pgv_m_s", "m/s"))


def preferred_magnitude_id(event: Event, identity: str) -> str | None:
    """Return the resource id of the magnitude to show; None without any."""
    if event.magnitude is None:
        return None
    if any(each.type == event.magnitude_type for each in event.magnitudes):
        return _magnitude_id(identity, event.magnitude_type or "")
    return f"{identity}/magnitude"


def add_magnitudes(parent: ET.Element, event: Event, identity: str) -> None:
    """Add every magnitude of an event; an older one knows only the one that it shows."""
    for each in event.magnitudes:
        element = child(parent, "magnitude", publicID=_magnitude_id(identity, each.type))
        _magnitude(element, each, f"{identity}/origin")
    shown = preferred_magnitude_id(event, identity)
    if shown is None or event.magnitude is None or shown != f"{identity}/magnitude":
        return
    element = child(parent, "magnitude", publicID=shown)
    spread = event.magnitude_uncertainty
    quantity(element, "mag", f"{event.magnitude:.2f}", None if spread is None else f"{spread:.2f}")
    text(element, "type", event.magnitude_type or "M")
    text(element, "originID", f"{identity}/origin")
    text(element, "evaluationMode", "automatic")


def add_amplitudes(parent: ET.Element, event: Event, identity: str) -> None:
    """Add the peak acceleration and velocity of each station."""
    for shaking in event.shaking:
        for name, attribute, unit in _PEAKS:
            value = getattr(shaking, attribute)
            if value is not None:
                _amplitude(parent, shaking, f"{identity}/amplitude", (name, value, unit))


def add_uncertainty(parent: ET.Element, event: Event) -> None:
    """Add the uncertainty of an origin's place, as an ellipsoid where there is one."""
    element = child(parent, "originUncertainty")
    text(element, "horizontalUncertainty", f"{event.horizontal_uncertainty_km * 1000:.0f}")
    if event.ellipsoid is None:
        return
    ellipsoid = child(element, "confidenceEllipsoid")
    for name, km in (
        ("semiMajorAxisLength", event.ellipsoid.semi_major_km),
        ("semiMinorAxisLength", event.ellipsoid.semi_minor_km),
        ("semiIntermediateAxisLength", event.ellipsoid.semi_intermediate_km),
    ):
        text(ellipsoid, name, f"{km * 1000:.0f}")
    text(ellipsoid, "majorAxisPlunge", f"{event.ellipsoid.major_plunge_deg:.1f}")
    text(ellipsoid, "majorAxisAzimuth", f"{event.ellipsoid.major_azimuth_deg:.1f}")
    text(ellipsoid, "majorAxisRotation", f"{event.ellipsoid.major_rotation_deg:.1f}")
    text(element, "preferredDescription", "confidence ellipsoid")
    text(element, "confidenceLevel", f"{100 * event.ellipsoid.confidence:.1f}")


def _magnitude_id(identity: str, kind: str) -> str:
    return f"{identity}/magnitude/{resource(kind)}"


def _magnitude(element: ET.Element, estimate: MagnitudeEstimate, origin_id: str) -> None:
    size = child(element, "mag")
    text(size, "value", f"{estimate.value:.2f}")
    text(size, "uncertainty", f"{estimate.uncertainty:.2f}")
    if estimate.uncertainty_up is not None:
        text(size, "lowerUncertainty", f"{estimate.uncertainty:.2f}")
        text(size, "upperUncertainty", f"{estimate.uncertainty_up:.2f}")
    text(element, "type", estimate.type)
    text(element, "stationCount", str(estimate.stations))
    text(element, "originID", origin_id)
    text(element, "evaluationMode", "automatic")


def _amplitude(
    parent: ET.Element, shaking: StationShaking, identity: str, peak: tuple[str, float, str]
) -> None:
    name, value, unit = peak
    public_id = f"{identity}/{resource(shaking.station)}/{name}"
    element = child(parent, "amplitude", publicID=public_id)
    quantity(element, "genericAmplitude", f"{value:.4g}")
    text(element, "type", name)
    text(element, "category", "point")
    text(element, "unit", unit)
    network, _, station = shaking.station.partition(".")
    child(element, "waveformID", networkCode=network, stationCode=station)
    text(element, "evaluationMode", "automatic")
