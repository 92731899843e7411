"""A folder of strong-motion text files of Taiwan's Central Weather Administration."""

from collections.abc import Mapping
from pathlib import Path

from edge.config import StationConfig, StationSection
from edge.errors import ConfigError, SourceError
from edge.sources import CwaConfig
from edge.sources.cwa import SUFFIXES, CwaHeader, read_header

NETWORK = "TW"
"""The records carry no network code."""


def recognises(folder: Path) -> bool:
    """Tell whether a folder holds such files."""
    return bool(_files(folder))


def stations(folder: Path, overrides: Mapping[str, StationSection]) -> list[StationConfig]:
    """Return a station for each file, at the place that its header states.

    Raises:
        ConfigError: A header cannot be read.
    """
    try:
        headers = [(path, read_header(path)) for path in _files(folder)]
    except SourceError as error:
        raise ConfigError(folder, [str(error)]) from error
    return [
        StationConfig(
            station=overrides.get(header.station) or _place(header),
            source=CwaConfig(paths=(path,)),
        )
        for path, header in headers
    ]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIXES))


def _place(header: CwaHeader) -> StationSection:
    return StationSection(
        network=NETWORK,
        station=header.station,
        latitude=header.latitude,
        longitude=header.longitude,
    )
