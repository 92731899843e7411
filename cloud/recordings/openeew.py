"""An OpenEEW event folder: a folder of JSON lines a station, coordinates beside the events."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from edge.config import StationConfig, StationSection
from edge.errors import ConfigError
from edge.sources.openeew import OpenEewConfig

NETWORK = "OE"
"""The OpenEEW records carry no network code."""

_LOCATIONS = "devices/device_locations.json"
_PATTERNS = ("*.jsonl", "*.jsonl.gz")


def recognises(folder: Path) -> bool:
    """Tell whether a folder is laid out like an OpenEEW event."""
    return any(_lines(child) for child in folder.iterdir() if child.is_dir())


def stations(folder: Path, overrides: Mapping[str, StationSection]) -> list[StationConfig]:
    """Return a station for each sub-folder that holds packets.

    Raises:
        ConfigError: The coordinates are missing or broken, or a station has none.
    """
    children = sorted(child for child in folder.iterdir() if child.is_dir() and _lines(child))
    known = dict(_device_locations(folder, required=any(c.name not in overrides for c in children)))
    known.update(overrides)
    lost = [child.name for child in children if child.name not in known]
    if lost:
        raise ConfigError(
            folder, [f"station {name} has no coordinates; give them by --stations" for name in lost]
        )
    return [
        StationConfig(station=known[child.name], source=OpenEewConfig(paths=(child,)))
        for child in children
    ]


def _lines(folder: Path) -> list[Path]:
    return [path for pattern in _PATTERNS for path in folder.glob(pattern)]


def _device_locations(folder: Path, *, required: bool) -> dict[str, StationSection]:
    path = folder.resolve().parent / _LOCATIONS
    if not required:
        return {}
    try:
        devices = json.loads(path.read_text(encoding="utf-8"))
        return {
            device["device_id"]: StationSection(
                network=NETWORK,
                station=device["device_id"],
                latitude=device["latitude"],
                longitude=device["longitude"],
                elevation_m=device.get("elev", 0.0),
            )
            for device in devices
        }
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise ConfigError(
            path, [f"no coordinates of the stations there ({error}); give them by --stations"]
        ) from error
