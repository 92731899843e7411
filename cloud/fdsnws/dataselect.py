"""fdsnws-dataselect: the recordings that the centre holds, as miniSEED.

Records are given as they came, whole: the first and the last may reach beyond the time asked for.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Literal, Self

from pydantic import Field, model_validator
from starlette.responses import Response, StreamingResponse

from cloud.errors import NoDataError, TooMuchError
from cloud.fdsnws.parameters import Selection, Time, matcher, short
from cloud.waveforms import Channel, WaveformArchive, select_records
from edge.sources.miniseed_records import RecordPlace
from edge.timestamps import seconds_to_ns

MEDIA_TYPE = "application/vnd.fdsn.mseed"


class DataQuery(Selection):
    """A query for waveforms."""

    starttime: Time = Field(
        validation_alias=short("starttime", "start"), description="Samples from here"
    )
    endtime: Time = Field(validation_alias=short("endtime", "end"), description="Samples up to it")
    quality: Literal["D", "R", "Q", "M", "B"] = Field(
        default="B", description="All that there is, whichever is asked for"
    )
    minimumlength: float = Field(
        default=0.0, ge=0, description="Least length of a segment without a gap, s"
    )
    longestonly: bool = Field(default=False, description="Only the longest segment of each channel")
    format: Literal["miniseed"] = Field(default="miniseed", description="miniSEED")

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.start_ns >= self.end_ns:
            raise ValueError("endtime must be later than starttime")
        return self

    @property
    def start_ns(self) -> int:
        """Return the start, nanoseconds since 1970 UTC."""
        return self.starttime if self.starttime is not None else 0

    @property
    def end_ns(self) -> int:
        """Return the end, nanoseconds since 1970 UTC."""
        return self.endtime if self.endtime is not None else 0


def answer_data(queries: list[DataQuery], archive: WaveformArchive, max_bytes: int) -> Response:
    """Return the answer to one query, or to all lines of a POST request.

    Raises:
        NoDataError: Nothing fits.
        TooMuchError: The answer would be larger than `max_bytes`.
    """
    places: dict[tuple[str, int], RecordPlace] = {}
    size = 0
    for query in queries:
        for place in _chosen(query, archive):
            key = (str(place.path), place.offset)
            size += 0 if key in places else place.length
            places[key] = place
            if size > max_bytes:
                raise TooMuchError(f"more than {max_bytes} bytes fit; ask for a shorter time")
    if not places:
        raise NoDataError(queries[0].nodata)
    headers = {
        "Content-Disposition": 'attachment; filename="fdsnws-dataselect.mseed"',
        "Content-Length": str(size),
    }
    return StreamingResponse(_contents(places.values()), media_type=MEDIA_TYPE, headers=headers)


def _chosen(query: DataQuery, archive: WaveformArchive) -> Iterator[RecordPlace]:
    wanted = Channel(
        network=matcher(query.network),
        station=matcher(query.station),
        location=matcher(query.location),
        channel=matcher(query.channel),
        start_ns=query.start_ns,
        end_ns=query.end_ns,
    )
    found = select_records(archive.folder, wanted)
    if not query.longestonly and not query.minimumlength:
        yield from found
        return
    least_ns = seconds_to_ns(query.minimumlength)
    for _, records in groupby(found, key=_name):
        segments = [one for one in _segments(records) if _length_ns(one) >= least_ns]
        if query.longestonly and segments:
            segments = [max(segments, key=_length_ns)]
        for segment in segments:
            yield from segment


def _segments(records: Iterable[RecordPlace]) -> list[list[RecordPlace]]:
    """Return the records of one channel in runs without a gap, by time."""
    runs: list[list[RecordPlace]] = []
    for record in sorted(records, key=lambda one: one.start_ns):
        step_ns = seconds_to_ns(1 / record.rate_hz)
        last_ns = max((one.end_ns for one in runs[-1]), default=0) if runs else 0
        if runs and record.start_ns - last_ns <= 1.5 * step_ns:
            runs[-1].append(record)
        else:
            runs.append([record])
    return runs


def _length_ns(segment: list[RecordPlace]) -> int:
    return max(one.end_ns for one in segment) - segment[0].start_ns


def _name(place: RecordPlace) -> tuple[str, str, str, str]:
    return (place.network, place.station, place.location, place.channel)


def _contents(places: Iterable[RecordPlace]) -> Iterator[bytes]:
    """Yield the bytes of records, file by file."""
    for path, group in groupby(places, key=lambda one: one.path):
        with path.open("rb") as file:
            for place in group:
                file.seek(place.offset)
                yield file.read(place.length)
