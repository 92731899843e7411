"""What the trainer needs of a QuakeML 1.2 file (Schorlemmer 2011): origins, magnitudes, picks."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.timestamps import parse_time
from training.errors import DataError

_BED = "{http://quakeml.org/xmlns/bed/1.2}"


@dataclass(frozen=True, slots=True)
class Pick:
    """One arrival at one station."""

    station: str
    """NETWORK.STATION."""
    phase: str
    """P or S."""
    time_ns: int
    automatic: bool


@dataclass(frozen=True, slots=True)
class CatalogueEvent:
    """One earthquake."""

    name: str
    """Its resource identifier."""
    origin_ns: int | None
    latitude: float | None
    longitude: float | None
    magnitude: float | None
    picks: tuple[Pick, ...]


def read_quakeml(path: Path) -> list[CatalogueEvent]:
    """Return the events of a file.

    Raises:
        DataError: It is no QuakeML 1.2, or a pick has no readable time.
    """
    try:
        # The user's own catalogue; expat bounds the expansion of entities.
        root = ET.parse(path).getroot()  # noqa: S314
        return [_event(event) for event in root.iter(f"{_BED}event")]
    except (ET.ParseError, ValueError) as error:
        raise DataError(path, f"no QuakeML 1.2: {error}") from None


def is_quakeml(path: Path) -> bool:
    """Tell whether a file begins like QuakeML."""
    with path.open("rb") as file:
        return b"quakeml" in file.read(2000).lower()


def _event(event: ET.Element) -> CatalogueEvent:
    origin = _preferred(event, "origin", "preferredOriginID")
    magnitude = _preferred(event, "magnitude", "preferredMagnitudeID")
    time = _value(origin, "time")
    phases = {
        _text(arrival, "pickID"): _text(arrival, "phase")
        for arrival in (origin if origin is not None else event).iter(f"{_BED}arrival")
    }
    return CatalogueEvent(
        name=event.get("publicID", ""),
        origin_ns=parse_time(time) if time else None,
        latitude=_number(_value(origin, "latitude")),
        longitude=_number(_value(origin, "longitude")),
        magnitude=_number(_value(magnitude, "mag")),
        picks=tuple(_picks(event, phases)),
    )


def _picks(event: ET.Element, phases: dict[str, str]) -> Iterator[Pick]:
    for pick in event.findall(f"{_BED}pick"):
        named = phases.get(pick.get("publicID", "")) or _text(pick, "phaseHint")
        stream = pick.find(f"{_BED}waveformID")
        if named[:1].upper() in {"P", "S"} and stream is not None:
            yield Pick(
                station=f"{stream.get('networkCode', '')}.{stream.get('stationCode', '')}",
                phase=named[0].upper(),
                time_ns=parse_time(_value(pick, "time")),
                automatic=_text(pick, "evaluationMode") == "automatic",
            )


def _preferred(event: ET.Element, name: str, reference: str) -> ET.Element | None:
    """Return the preferred child of a kind, or the first."""
    children = event.findall(f"{_BED}{name}")
    wanted = _text(event, reference)
    chosen = [child for child in children if child.get("publicID") == wanted]
    return next(iter(chosen or children), None)


def _text(element: ET.Element, name: str) -> str:
    return (element.findtext(f"{_BED}{name}") or "").strip()


def _value(element: ET.Element | None, name: str) -> str:
    if element is None:
        return ""
    return (element.findtext(f"{_BED}{name}/{_BED}value") or "").strip()


def _number(text: str) -> float | None:
    return float(text) if text else None
