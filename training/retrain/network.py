"""Stations and records of a network in OpenEEW's layout, without a look at any list of picks."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from training.data.record import Part
from training.data.split import openeew_part
from training.errors import DataError

FOLDER: Final = "openeew_mx"
_LOCATIONS: Final = "devices/device_locations.json"
_EVENT: Final = re.compile(r"\d{4}_\d{1,2}_\d{1,2}$")


@dataclass(frozen=True, slots=True)
class StationRecord:
    """Where one station's minutes of continuous data lie."""

    event: str
    """Folder of the event: the unit of the split."""
    station: str
    part: Part
    folder: Path
    place: tuple[float, float]
    """Latitude and longitude, degrees."""


def network_folder(path: Path) -> Path:
    """Return the folder that holds `openeew_mx/`, given it or that folder itself.

    Raises:
        DataError: There is none.
    """
    for folder in (path, path.resolve().parent):
        if (folder / FOLDER).is_dir() and path.resolve() in {
            folder.resolve(),
            (folder / FOLDER).resolve(),
        }:
            return folder
    raise DataError(path, f"neither is {FOLDER}/ nor holds one")


def station_records(folder: Path, parts: Collection[Part]) -> Iterator[StationRecord]:
    """Yield the records of the wanted parts; folders of other parts are not opened.

    Args:
        folder: Holds `openeew_mx/`.
        parts: By the day of the event, see `training.data.split`.

    Raises:
        DataError: The coordinates of a station are missing.
    """
    place = folder / FOLDER
    places = _places(place / _LOCATIONS)
    for event in sorted(path for path in place.iterdir() if _EVENT.match(path.name)):
        part = openeew_part(event.name)
        if part not in parts:
            continue
        for station in sorted(path for path in event.iterdir() if path.is_dir()):
            if station.name not in places:
                raise DataError(place / _LOCATIONS, f"no coordinates of station {station.name}")
            coordinates = places[station.name]
            yield StationRecord(event.name, station.name, part, station, coordinates)


def _places(path: Path) -> dict[str, tuple[float, float]]:
    """Return latitude and longitude of each station."""
    try:
        devices = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(device["device_id"]): (float(device["latitude"]), float(device["longitude"]))
            for device in devices
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(path, f"no coordinates of the stations there ({error!r})") from error
