"""Paths of an SDS tree (SeisComP Data Structure): a file a channel and day.

BASE/YEAR/NET/STA/CHAN.D/NET.STA.LOC.CHAN.D.YEAR.DAY
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from edge.timestamps import NANOSECONDS_PER_SECOND

_PARTS: Final = 7
_YEARS: Final = range(1, 9999)
_DAYS: Final = range(1, 367)


class DayFile(NamedTuple):
    """What the name of a day's file says."""

    network: str
    station: str
    location: str
    channel: str
    year: int
    day: int


def day_of(time_ns: int) -> date:
    """Return the day of a time, UTC."""
    return datetime.fromtimestamp(time_ns // NANOSECONDS_PER_SECOND, UTC).date()


def date_of(name: DayFile) -> date:
    """Return the day of a file; 366 in a common year is the day after its last."""
    return date(name.year, 1, 1) + timedelta(days=name.day - 1)


def path_of(base: Path, codes: tuple[str, str, str, str], day: date) -> Path:
    """Return the file of a channel (network, station, location, channel) and day."""
    network, station, location, channel = codes
    number = day.timetuple().tm_yday
    name = f"{network}.{station}.{location}.{channel}.D.{day.year}.{number:03d}"
    return base / str(day.year) / network / station / f"{channel}.D" / name


def read_name(path: Path) -> DayFile | None:
    """Return what the name of a file says; None for a file that is none of the tree's."""
    parts = path.name.split(".")
    if len(parts) != _PARTS or not (parts[5].isdecimal() and parts[6].isdecimal()):
        return None
    network, station, location, channel, _, year, day = parts
    if int(year) not in _YEARS or int(day) not in _DAYS:
        return None
    return DayFile(network, station, location, channel, int(year), int(day))
