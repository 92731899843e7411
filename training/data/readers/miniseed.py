"""Folders of miniSEED with a catalogue in QuakeML: what a network's own archive can be made into.

A recording is a window around the picks of one event at one station. A folder without any QuakeML
gives each contiguous stretch as an unlabelled recording. Components that start or end apart are
cut to what they share.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from edge.errors import PacketError
from edge.packet import Samples
from edge.sources.miniseed_records import RecordPlace, read_samples, scan
from edge.timestamps import NANOSECONDS_PER_SECOND, format_time
from training.data.drops import Drops
from training.data.readers.fields import column_of, quantity_of
from training.data.readers.quakeml import CatalogueEvent, Pick, is_quakeml, read_quakeml
from training.data.recording import Description, Recording
from training.data.split import hashed_part
from training.errors import BrokenRecordError, DataError

_SUFFIXES: Final = frozenset({".mseed", ".miniseed", ".ms", ".ms3", ".msd", ".seed"})
BEFORE_S: Final = 30.0
AFTER_S: Final = 60.0
"""Seconds around the P (or the S, where there is no P) that a recording holds."""

_SLACK_SAMPLES: Final = 0.5
"""Records that follow within this much are contiguous."""

_Sites = dict[tuple[str, str, float], list[RecordPlace]]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Contiguous records of one channel."""

    channel: str
    places: list[RecordPlace]

    @property
    def start_ns(self) -> int:
        return self.places[0].start_ns

    @property
    def end_ns(self) -> int:
        return self.places[-1].end_ns


def is_miniseed(path: Path) -> bool:
    """Tell whether a folder holds miniSEED files by their names."""
    return bool(_files(path))


def read_miniseed(path: Path, drops: Drops) -> Iterator[Recording]:
    """Yield the recordings of a folder and those below it, or of one file.

    Raises:
        DataError: It holds no miniSEED.
    """
    sites: _Sites = defaultdict(list)
    for file in _files(path):
        for place in scan(file, lambda error: drops.drop(error.place, error)):
            station = f"{place.network}.{place.station}"
            sites[station, place.location + place.channel[:2], place.rate_hz].append(place)
    if not sites:
        raise DataError(path, "no miniSEED file with samples in it")
    folder = path if path.is_dir() else path.parent
    catalogues = [file for file in sorted(folder.rglob("*.xml")) if is_quakeml(file)]
    events = [event for file in catalogues for event in read_quakeml(file)]
    windows = _windows(sites, events) if catalogues else _stretches_of(sites)
    for name, read in windows:
        recording = drops.read(name, read)
        if recording is not None:
            yield recording


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [file for file in sorted(path.rglob("*")) if file.suffix.lower() in _SUFFIXES]


def _windows(
    sites: _Sites, events: list[CatalogueEvent]
) -> "Iterator[tuple[str, partial[Recording]]]":
    for event in events:
        stations: dict[str, list[Pick]] = defaultdict(list)
        for pick in event.picks:
            stations[pick.station].append(pick)
        for (station, band, rate_hz), places in sorted(sites.items()):
            if station in stations:
                name = f"{event.name} {station} {band}"
                read = partial(_window, event, station, rate_hz, places, stations[station])
                yield name, read


def _stretches_of(sites: _Sites) -> "Iterator[tuple[str, partial[Recording]]]":
    for (station, band, rate_hz), places in sorted(sites.items()):
        shared = _stretches(places, rate_hz)
        for first in (s for s in shared if s.channel == shared[0].channel):
            name = f"{station} {band} {format_time(first.start_ns)}"
            yield name, partial(_unlabelled, station, rate_hz, shared, first)


def _window(
    event: CatalogueEvent,
    station: str,
    rate_hz: float,
    places: list[RecordPlace],
    picks: list[Pick],
) -> Recording:
    times = {phase: [p.time_ns for p in picks if p.phase == phase] for phase in ("P", "S")}
    first_ns = min(times["P"] or times["S"])
    begin_ns = first_ns - round(BEFORE_S * NANOSECONDS_PER_SECOND)
    end_ns = first_ns + round(AFTER_S * NANOSECONDS_PER_SECOND)
    start_ns, samples = _cut(_stretches(places, rate_hz), rate_hz, begin_ns, end_ns)

    def index_of(phase: str) -> float | None:
        if not times[phase]:
            return None
        return (min(times[phase]) - start_ns) * rate_hz / NANOSECONDS_PER_SECOND

    name = f"quakeml-{event.name}"
    about = Description(
        source="miniseed",
        name=f"{event.name} {station} {places[0].location}{places[0].channel[:2]}",
        event=name,
        station=station,
        part=hashed_part(name),
        rate_hz=rate_hz,
        quantity=quantity_of(places[0].channel),
        category="earthquake",
        picks="automatic" if all(pick.automatic for pick in picks) else "analyst",
        start_ns=start_ns,
        p_index=index_of("P"),
        s_index=index_of("S"),
        magnitude=event.magnitude,
    )
    return Recording(about, samples)


def _unlabelled(
    station: str, rate_hz: float, stretches: list[_Stretch], first: _Stretch
) -> Recording:
    start_ns, samples = _cut(stretches, rate_hz, first.start_ns, first.end_ns)
    name = f"{station}-{format_time(start_ns)}"
    about = Description(
        source="miniseed",
        name=name,
        event=name,
        station=station,
        part=hashed_part(name),
        rate_hz=rate_hz,
        quantity=quantity_of(first.channel),
        start_ns=start_ns,
    )
    return Recording(about, samples)


def _stretches(places: list[RecordPlace], rate_hz: float) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    for place in sorted(places, key=lambda p: (p.channel, p.start_ns)):
        last = stretches[-1] if stretches and stretches[-1].channel == place.channel else None
        step = 0.0 if last is None else (place.start_ns - last.end_ns) * rate_hz / 1e9
        if last is None or abs(step - 1) > _SLACK_SAMPLES:
            stretches.append(_Stretch(place.channel, [place]))
        else:
            last.places.append(place)
    return stretches


def _cut(
    stretches: list[_Stretch], rate_hz: float, begin_ns: int, end_ns: int
) -> tuple[int, Samples]:
    """Return the start and the samples, (n, 3), that the components share within a time."""
    chosen: dict[int, _Stretch] = {}
    for stretch in stretches:
        shared = min(stretch.end_ns, end_ns) - max(stretch.start_ns, begin_ns)
        column = column_of(stretch.channel)
        best = chosen.get(column)
        if shared > 0 and (best is None or shared > _shared(best, begin_ns, end_ns)):
            chosen[column] = stretch
    if not chosen:
        raise BrokenRecordError(format_time(begin_ns), "no samples at the time of the picks")
    start_ns = max(begin_ns, *(stretch.start_ns for stretch in chosen.values()))
    stop_ns = min(end_ns, *(stretch.end_ns for stretch in chosen.values()))
    count = int((stop_ns - start_ns) * rate_hz / NANOSECONDS_PER_SECOND) + 1
    if count <= 1:
        raise BrokenRecordError(format_time(begin_ns), "components share no time")
    samples = np.full((count, 3), np.nan, np.float32)
    for column, stretch in chosen.items():
        samples[:, column] = _read(stretch, rate_hz, start_ns, count)
    return start_ns, samples


def _shared(stretch: _Stretch, begin_ns: int, end_ns: int) -> int:
    return min(stretch.end_ns, end_ns) - max(stretch.start_ns, begin_ns)


def _read(stretch: _Stretch, rate_hz: float, start_ns: int, count: int) -> Samples:
    wanted = [
        place
        for place in stretch.places
        if place.end_ns >= start_ns and _index(place.start_ns, start_ns, rate_hz) < count
    ]
    try:
        whole = np.concatenate([read_samples(place) for place in wanted])
    except PacketError as error:
        raise BrokenRecordError(error.place, "cannot be decoded", error.reason) from None
    first = -_index(wanted[0].start_ns, start_ns, rate_hz)
    piece = np.full(count, np.nan, np.float32)
    found = whole[first : first + count]
    piece[: len(found)] = found
    return piece


def _index(time_ns: int, start_ns: int, rate_hz: float) -> int:
    return round((time_ns - start_ns) * rate_hz / NANOSECONDS_PER_SECOND)
