"""An SDS tree as seismograms for a picker: a station's day, cut into pieces of ten minutes.

Pieces begin at whole multiples of ten minutes since 1970, so that the same archive is always cut
in the same way. Each comes with half a minute before and after it, which the picker sees and whose
picks belong to the neighbours.
"""

import fnmatch
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import structlog

from cloud.seismogram import Seismogram
from cloud.thorough.pieces import Piece, put_together
from cloud.waveforms import Channel, select_records
from edge.archive.sds import date_of, read_name
from edge.errors import PacketError
from edge.sources.miniseed_records import RecordPlace, read_samples
from edge.timestamps import seconds_to_ns

_log = structlog.get_logger(__name__)

_DAY_NS: Final = seconds_to_ns(86_400)
_PIECE_NS: Final = seconds_to_ns(600)
_MARGIN_NS: Final = seconds_to_ns(30)
_HOLE_NS: Final = seconds_to_ns(2)
"""A longer one is not bridged: the record ends before it and another begins behind it."""
_COMPONENTS: Final = {"Z": 0, "N": 1, "E": 2, "1": 1, "2": 2, "3": 0}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).date()


class StationDay(NamedTuple):
    """One instrument of a station on one day."""

    network: str
    station: str
    location: str
    instrument: str
    """First two letters of its channels."""
    day: date

    def __str__(self) -> str:
        codes = f"{self.network}.{self.station}.{self.location}.{self.instrument}"
        return f"{codes} {self.day.isoformat()}"


@dataclass(frozen=True, slots=True)
class Span:
    """A seismogram, and the part of it whose picks count.

    Attributes:
        seismogram: With its margins; counts where nobody knows the sensitivity, which a picker
            does not mind.
        start_ns: First time that counts.
        end_ns: Time after the last one that counts.
    """

    seismogram: Seismogram
    start_ns: int
    end_ns: int


def find_days(
    folder: Path, channels: str = "?N?", first: date | None = None, last: date | None = None
) -> list[StationDay]:
    """Return what an SDS tree holds, by station and day.

    Args:
        folder: Its root.
        channels: Pattern of channel codes, with ? and *.
        first: First day wanted.
        last: Last day wanted.
    """
    wanted = re.compile(fnmatch.translate(channels))
    found = set()
    for path in folder.glob("*/*/*/*.D/*"):
        name = read_name(path)
        if name is None or not wanted.fullmatch(name.channel):
            continue
        day = date_of(name)
        if (first is None or day >= first) and (last is None or day <= last):
            found.add(StationDay(name.network, name.station, name.location, name.channel[:2], day))
    return sorted(found)


def spans_of(folder: Path, wanted: StationDay) -> Iterator[Span]:
    """Yield the records of a station's day, oldest first; damaged ones are said and left out."""
    start_ns = (wanted.day - _EPOCH) // timedelta(days=1) * _DAY_NS
    places = _places(folder, wanted, start_ns)
    for begin_ns in range(start_ns, start_ns + _DAY_NS, _PIECE_NS):
        end_ns = begin_ns + _PIECE_NS
        low_ns, high_ns = begin_ns - _MARGIN_NS, end_ns + _MARGIN_NS
        near = [one for one in places if one.start_ns < high_ns and one.end_ns >= low_ns]
        for run in _runs(near):
            pieces = [piece for place in run if (piece := _piece(place)) is not None]
            code = f"{wanted.network}.{wanted.station}"
            read = put_together(code, pieces, low_ns, high_ns, calibrated=False)
            if read is not None and _meets(read.seismogram, begin_ns, end_ns):
                yield Span(read.seismogram, begin_ns, end_ns)


def _places(folder: Path, wanted: StationDay, start_ns: int) -> list[RecordPlace]:
    """Return the records of the day and its margins, by time."""
    letters = "".join(_COMPONENTS)
    channel = Channel(
        network=re.compile(re.escape(wanted.network)),
        station=re.compile(re.escape(wanted.station)),
        location=re.compile(re.escape(wanted.location)),
        channel=re.compile(f"{re.escape(wanted.instrument)}[{letters}]"),
        start_ns=start_ns - _MARGIN_NS,
        end_ns=start_ns + _DAY_NS + _MARGIN_NS,
    )
    return sorted(select_records(folder, channel), key=lambda one: (one.start_ns, one.channel))


def _runs(places: Sequence[RecordPlace]) -> Iterator[list[RecordPlace]]:
    """Yield records between which no hole is too long to be bridged."""
    run: list[RecordPlace] = []
    end_ns = 0
    for place in places:
        if run and place.start_ns > end_ns + _HOLE_NS:
            yield run
            run = []
        end_ns = max(end_ns, place.end_ns) if run else place.end_ns
        run.append(place)
    if run:
        yield run


def _piece(place: RecordPlace) -> Piece | None:
    try:
        samples = read_samples(place)
    except PacketError as damage:
        _log.warning("record_left_out", place=damage.place, reason=damage.reason)
        return None
    component = _COMPONENTS[place.channel[2]]
    return Piece(component, place.start_ns, place.rate_hz, samples.astype(np.float32))


def _meets(seismogram: Seismogram, begin_ns: int, end_ns: int) -> bool:
    """Tell whether a record holds anything that counts: a run may lie in the margin alone."""
    return seismogram.start_ns < end_ns and seismogram.end_ns > begin_ns
