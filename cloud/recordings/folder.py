"""Finding out how a folder of recordings is laid out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cloud.recordings import cwa, miniseed, openeew
from cloud.recordings.coordinates import read_station_table
from edge.config import StationConfig, StationSection
from edge.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to lay out recordings in a folder."""

    name: str
    description: str
    recognises: Callable[[Path], bool]
    stations: Callable[[Path, Mapping[str, StationSection]], list[StationConfig]]


LAYOUTS: Final = (
    Layout(
        "openeew",
        "a folder of JSON lines (.jsonl, .jsonl.gz) for each station, coordinates in "
        "../devices/device_locations.json",
        openeew.recognises,
        openeew.stations,
    ),
    Layout(
        "miniseed",
        "miniSEED files (.mseed, .ms, .miniseed) with StationXML (.xml) beside them",
        miniseed.recognises,
        miniseed.stations,
    ),
    Layout(
        "cwa",
        "strong-motion text files (.dat, .dat.gz) of Taiwan's Central Weather Administration",
        cwa.recognises,
        cwa.stations,
    ),
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A folder of recordings, read as the stations that made them."""

    layout: str
    stations: tuple[StationConfig, ...]


def read_recording(folder: Path, station_table: Path | None = None) -> Recording:
    """Return the stations of a folder.

    Args:
        folder: The recordings.
        station_table: A CSV table of coordinates that overrides those of the data set.

    Raises:
        ConfigError: There is no such folder, no known layout, or a station has no coordinates.
    """
    if not folder.is_dir():
        raise ConfigError(folder, ["is no folder"])
    overrides = read_station_table(station_table) if station_table is not None else {}
    for layout in LAYOUTS:
        if layout.recognises(folder):
            return Recording(layout.name, tuple(layout.stations(folder, overrides)))
    known = "; ".join(f"{layout.name}: {layout.description}" for layout in LAYOUTS)
    raise ConfigError(folder, [f"is laid out in no known way. Known are {known}"])
