"""Records of the Bezymianny network (Titos et al. 2023): vertical SAC with `.trs` segments beside.

Times in the `.trs` are on the clock of sound files that hold the 50 Hz records as if at 3500 Hz:
70 times as many seconds of the record. Records that overlap in time are one event at several
stations.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from training.data.drops import Drops
from training.data.readers.sac_file import read_sac
from training.data.recording import Description, Recording, Segment
from training.data.split import hashed_part
from training.errors import BrokenRecordError, DataError

CLOCK_FACTOR: Final = 70.0
"""Seconds of the record in a second of the `.trs`."""
_EARTHQUAKE: Final = "Equ"
_NAME: Final = re.compile(r"(bz\d\d)(\d{6})\d{6}_(\d+)_(\d+)\.SAC(\.gz)?$")
_LONGEST_TRS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Place:
    path: Path
    station: str
    day: str
    begin_s: int
    end_s: int


def is_volcano(path: Path) -> bool:
    """Tell whether a folder holds SAC records with segments beside them."""
    return path.is_dir() and any(_trs(place.path).is_file() for place in _places(path))


def read_volcano(path: Path, drops: Drops) -> Iterator[Recording]:
    """Yield the records of a folder.

    Raises:
        DataError: It holds none.
    """
    places = _places(path)
    if not places:
        raise DataError(path, "no record such as bz02171218000000_950_1080.SAC with its .trs")
    events = _events(places)
    for place in places:
        recording = drops.read(str(place.path), partial(_recording, place, events[place.path]))
        if recording is not None:
            yield recording


def _places(path: Path) -> list[_Place]:
    places = []
    for file in sorted(path.rglob("bz*.SAC*")):
        match = _NAME.match(file.name)
        if match:
            station, day, begin, end, _ = match.groups()
            places.append(_Place(file, station, day, int(begin), int(end)))
    return places


def _events(places: list[_Place]) -> dict[Path, str]:
    """Return the event of each record: records of a day that overlap share one."""
    events: dict[Path, str] = {}
    current, until = "", ("", -1)
    for place in sorted(places, key=lambda p: (p.day, p.begin_s)):
        if until[0] != place.day or place.begin_s >= until[1]:
            current, until = f"volcano-{place.day}-{place.begin_s}", (place.day, place.end_s)
        until = (place.day, max(until[1], place.end_s))
        events[place.path] = current
    return events


def _recording(place: _Place, event: str) -> Recording:
    trace = read_sac(place.path)
    segments = _segments(_trs(place.path), trace.rate_hz, len(trace.samples))
    samples = np.full((len(trace.samples), 3), np.nan, np.float32)
    samples[:, 0] = trace.samples
    onset = next((float(s.begin) for s in segments if s.label == _EARTHQUAKE), None)
    about = Description(
        source="volcano",
        name=place.path.name.removesuffix(".gz").removesuffix(".SAC"),
        event=event,
        station=place.station.upper(),
        part=hashed_part(event),
        rate_hz=trace.rate_hz,
        quantity="velocity",
        category="unlabelled" if onset is None else "earthquake",
        picks="none" if onset is None else "analyst",
        start_ns=trace.start_ns,
        p_index=onset,
        segments=segments,
    )
    return Recording(about, samples)


def _trs(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".SAC") + ".trs")


def _segments(path: Path, rate_hz: float, length: int) -> tuple[Segment, ...]:
    if not path.is_file():
        raise BrokenRecordError(str(path), "no segments beside the record")
    if path.stat().st_size > _LONGEST_TRS:
        raise BrokenRecordError(str(path), "segments too long", f"{path.stat().st_size} bytes")
    try:
        # A local file of bounded size; expat bounds the expansion of entities.
        root = ET.parse(path).getroot()  # noqa: S314
    except ET.ParseError as error:
        raise BrokenRecordError(str(path), "no XML", str(error)) from None
    marks = [
        (round(float(sync.get("time", "nan")) * CLOCK_FACTOR * rate_hz), (sync.tail or "").strip())
        for sync in root.iter("Sync")
    ]
    ends = [begin for begin, _ in marks[1:]] + [length]
    cut = [
        Segment(max(0, begin), min(end, length), label)
        for (begin, label), end in zip(marks, ends, strict=True)
    ]
    return tuple(segment for segment in cut if segment.end > segment.begin)
