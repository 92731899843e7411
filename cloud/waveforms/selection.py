"""Finds records in an SDS tree by channel and time."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import structlog

from edge.archive.sds import DayFile, date_of, day_of, read_name
from edge.errors import PacketError
from edge.sources.miniseed_records import RecordPlace, scan

_log = structlog.get_logger(__name__)


class Channel(NamedTuple):
    """Which channels, as patterns for the whole code, and when."""

    network: re.Pattern[str]
    station: re.Pattern[str]
    location: re.Pattern[str]
    channel: re.Pattern[str]
    start_ns: int
    end_ns: int


def select_records(folder: Path, wanted: Channel) -> Iterator[RecordPlace]:
    """Yield the records that hold samples within a time, by channel and day as they were kept."""
    for _, path in sorted(_files(folder, wanted)):
        for place in scan(path, _report(path)):
            if place.start_ns <= wanted.end_ns and place.end_ns >= wanted.start_ns:
                yield place


def _files(folder: Path, wanted: Channel) -> Iterator[tuple[DayFile, Path]]:
    # A record may begin on the day before.
    first = day_of(max(wanted.start_ns, 0)) - timedelta(days=1)
    last = day_of(max(wanted.end_ns, 0))
    for year in _folders(folder, re.compile(r"\d{4}")):
        if not first.year <= int(year.name) <= last.year:
            continue
        for network in _folders(year, wanted.network):
            for station in _folders(network, wanted.station):
                for path in station.glob("*.D/*"):
                    name = read_name(path)
                    if name and _fits(name, wanted) and first <= date_of(name) <= last:
                        yield name, path


def _fits(name: DayFile, wanted: Channel) -> bool:
    return bool(wanted.location.fullmatch(name.location) and wanted.channel.fullmatch(name.channel))


def _folders(parent: Path, pattern: re.Pattern[str]) -> list[Path]:
    if not parent.is_dir():
        return []
    return [path for path in parent.iterdir() if pattern.fullmatch(path.name)]


def _report(path: Path) -> Callable[[PacketError], None]:
    def report(damage: PacketError) -> None:
        _log.warning("waveform_damaged", path=str(path), reason=damage.reason)

    return report
