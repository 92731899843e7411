"""Where stations are: a CSV table that overrides what a data set says of itself."""

import csv
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from edge.config import StationSection
from edge.errors import ConfigError

_REQUIRED = ("network", "station", "latitude", "longitude")


def read_station_table(path: Path) -> dict[str, StationSection]:
    """Return stations by code.

    The table's columns are network, station, latitude, longitude and, optionally, elevation_m
    and location.

    Raises:
        ConfigError: The table cannot be read; each bad row is named with its line and column.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, [f"cannot be read: {error}"]) from error
    missing = [name for name in _REQUIRED if not rows or name not in rows[0]]
    if missing:
        raise ConfigError(path, [f"has no rows with the columns {', '.join(missing)}"])
    stations: dict[str, StationSection] = {}
    problems: list[str] = []
    for line, row in enumerate(rows, start=2):
        try:
            section = StationSection.model_validate({k: v for k, v in row.items() if k and v})
        except ValidationError as error:
            problems += [f"line {line}, {_detail(detail)}" for detail in error.errors()]
        else:
            stations[section.station] = section
    if problems:
        raise ConfigError(path, problems)
    return stations


def _detail(detail: ErrorDetails) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    return f"{place}: {detail['msg']} (seen: {detail['input']!r})"
