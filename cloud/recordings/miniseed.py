"""A folder of miniSEED files with StationXML beside them: a station for each code that has both."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from edge.config import StationConfig, StationSection
from edge.errors import ConfigError, PacketError
from edge.sources import MiniSeedConfig
from edge.sources.miniseed_records import scan
from edge.sources.stationxml import ChannelMetadata, read_station_xml

_SUFFIXES = (".mseed", ".miniseed", ".ms", ".ms3", ".mseed3")


def recognises(folder: Path) -> bool:
    """Tell whether a folder holds miniSEED files, at any depth."""
    return any(True for _ in _waveforms(folder))


def stations(folder: Path, overrides: Mapping[str, StationSection]) -> list[StationConfig]:
    """Return a station for each code in the files, with the coordinates of its StationXML.

    A code that the StationXML describes as something else than an accelerometer is left out: a
    folder often holds a seismometer's channels too.

    Raises:
        ConfigError: A StationXML is broken, or a station of the files has no coordinates.
    """
    described = _described(folder)
    configs: list[StationConfig] = []
    lost: list[str] = []
    for code, files in sorted(_files_by_station(folder).items()):
        network, station = code
        xml, channels = described.get(code, (None, []))
        place = overrides.get(station) or _place(network, station, channels)
        if place is None:
            lost.append(f"{network}.{station}")
        elif not channels or any(channel.measures_acceleration for channel in channels):
            source = MiniSeedConfig(
                paths=tuple(sorted(files)), station=f"{network}.{station}", station_xml=xml
            )
            configs.append(StationConfig(station=place, source=source))
    if lost:
        raise ConfigError(
            folder,
            [f"{name} is in no StationXML there; give its place by --stations" for name in lost],
        )
    if not configs:
        raise ConfigError(folder, ["no station there is an accelerometer by its StationXML"])
    return configs


def _waveforms(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in _SUFFIXES and p.is_file()]


def _files_by_station(folder: Path) -> dict[tuple[str, str], set[Path]]:
    found: dict[tuple[str, str], set[Path]] = defaultdict(set)
    for path in _waveforms(folder):
        for record in scan(path, _left_to_the_source):
            found[record.network, record.station].add(path)
    return found


def _left_to_the_source(_: PacketError) -> None:
    """Damage is counted and logged when the source reads the file."""


def _described(folder: Path) -> dict[tuple[str, str], tuple[Path, list[ChannelMetadata]]]:
    described: dict[tuple[str, str], tuple[Path, list[ChannelMetadata]]] = {}
    for path in sorted(folder.rglob("*.xml")):
        for channel in read_station_xml(path):
            described.setdefault((channel.network, channel.station), (path, []))[1].append(channel)
    return described


def _place(network: str, station: str, channels: list[ChannelMetadata]) -> StationSection | None:
    if not channels:
        return None
    first = channels[0]
    return StationSection(
        network=network,
        station=station,
        location=first.location,
        latitude=first.latitude,
        longitude=first.longitude,
        elevation_m=first.elevation_m,
    )
