"""Packs samples into miniSEED records, with what the headers can say of clock, clipping, onsets.

The extra headers are those of the FDSN (miniSEED 3, ExtraHeaders-FDSN 1.0). In version 2 the same
things go where that version has a place for them: timing quality (blockette 1001), event flags
and detections (blockette 200), the clipping bit.
"""

import json
import math
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.archive.config import ArchiveFormat
from edge.errors import MissingExtraError, PacketError
from edge.timestamps import ns_to_seconds

try:
    from pymseed import DataEncoding, MS3Record, clear_error_messages, get_error_messages
    from pymseed.exceptions import MiniSEEDError
except ImportError as missing:
    raise MissingExtraError("edge", "pymseed") from missing

RECORD_BYTES: Final = {ArchiveFormat.MINISEED_2: 512, ArchiveFormat.MINISEED_3: 1024}
"""A record's length in version 2, and the largest one in version 3."""
_HEAD_V3: Final = struct.Struct("<33xBHI")
"""Lengths of source identifier, extra headers and payload in a record of version 3."""
_MARK_V3: Final = b"MS\x03"
_HEAD_V2: Final = re.compile(rb"[0-9]{6}[DRQM][ \0]")
_STEIM_2: Final = 2**29
"""Differences that Steim 2 has no bits for."""
_SEAMLESS: Final = 0.05
"""Samples by which a time may be off without its record being made anew."""
_LENGTHS_V2: Final = (2, 5, 2)
"""Characters that version 2 has for network, station and location."""

Codes = tuple[str, str, str, str]
"""Network, station, location, channel."""
Stored = NDArray[np.int32] | NDArray[np.float32]
Extra = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that the header of the record around it shall say."""

    first: int
    """Index of the first sample that it concerns."""
    last: int
    """Index of the last one."""
    extra: Extra
    """Below `FDSN`: `{"Flags": {...}}` or `{"Event": {...}}`."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples of one channel that join without a seam."""

    codes: Codes
    time_ns: Callable[[int], int]
    """Gives the true time of a sample, nanoseconds since 1970 UTC."""
    rate_hz: float
    """The rate that the header shall state."""
    stored: Stored
    """Shape (n,), n > 0."""
    error_s: float
    """Largest error of a sample's time."""


def fits_version_2(codes: Codes) -> bool:
    """Tell whether miniSEED 2 has room for codes."""
    return all(len(code) <= most for code, most in zip(codes, _LENGTHS_V2, strict=False))


def source_id(codes: Codes) -> str:
    """Return the FDSN source identifier of a channel."""
    network, station, location, channel = codes
    return f"FDSN:{network}_{station}_{location}_{'_'.join(channel)}"


def time_quality(error_s: float) -> int:
    """Return the percentage of a clock: 100 up to a millisecond, 0 from a second, by decades."""
    if error_s <= 0:
        return 100
    return round(min(max(-math.log10(error_s) / 3, 0.0), 1.0) * 100)


def pack(
    stretch: Stretch, form: ArchiveFormat, marks: Sequence[Mark] = (), reclen: int | None = None
) -> list[bytes]:
    """Return the records of a stretch, in order.

    Args:
        stretch: The samples.
        form: Version of miniSEED.
        marks: What concerns some of the samples only.
        reclen: Bytes of a record, at most; `RECORD_BYTES` where left out.

    Raises:
        PacketError: miniSEED has no room for the codes or the time.
    """
    template = _template(stretch, form, reclen or RECORD_BYTES[form])
    records = _generate(template, stretch, 0, len(stretch.stored), _extra(stretch, ()))
    if not marks and _runs_off_by(stretch) < _SEAMLESS:
        return records
    bounds = [0, *accumulate(MS3Record.parse(record).samplecnt for record in records)]
    return [
        record
        for first, end in pairwise(bounds)
        for record in _marked(template, stretch, first, end, marks)
    ]


def _runs_off_by(stretch: Stretch) -> float:
    """Return by how many samples the stated rate misses the time of the last one."""
    last = len(stretch.stored) - 1
    stated_s = last / stretch.rate_hz
    true_s = ns_to_seconds(stretch.time_ns(last) - stretch.time_ns(0))
    return abs(stated_s - true_s) * stretch.rate_hz


def _marked(
    template: MS3Record, stretch: Stretch, first: int, end: int, marks: Sequence[Mark]
) -> list[bytes]:
    """Return the records of some of the samples, each with its true time and its marks.

    Headers take room: where the samples then need a second record, it is of their second half.
    """
    here = [mark for mark in marks if mark.first < end and mark.last >= first]
    records = _generate(template, stretch, first, end, _extra(stretch, here))
    if len(records) == 1 or end - first == 1:
        return records
    middle = (first + end) // 2
    return [
        *_marked(template, stretch, first, middle, marks),
        *_marked(template, stretch, middle, end, marks),
    ]


def sound_records(content: bytes) -> int:
    """Return how many bytes of a file are whole miniSEED records, from its beginning.

    Only the last ones are decoded: what a power cut spoils is at the end.
    """
    offsets = [0]
    while (length := _record_length(content, offsets[-1])) and offsets[-1] + length <= len(content):
        offsets.append(offsets[-1] + length)
    while len(offsets) > 1 and not _is_sound(content[offsets[-2] : offsets[-1]]):
        offsets.pop()
    return offsets[-1]


def _is_sound(record: bytes) -> bool:
    """Tell whether a record can be decoded; its checksum or its last sample shows."""
    try:
        MS3Record.parse(record, unpack_data=True)
    except (MiniSEEDError, ValueError):
        clear_error_messages()
        return False
    return not get_error_messages()


def _record_length(content: bytes, offset: int) -> int:
    """Return the length that the record at an offset claims; 0 where there is none."""
    if content[offset : offset + len(_MARK_V3)] == _MARK_V3:
        if offset + _HEAD_V3.size > len(content):
            return 0
        identifier, extra, payload = _HEAD_V3.unpack_from(content, offset)
        return int(_HEAD_V3.size + identifier + extra + payload)
    return RECORD_BYTES[ArchiveFormat.MINISEED_2] if _HEAD_V2.match(content, offset) else 0


def _template(stretch: Stretch, form: ArchiveFormat, reclen: int) -> MS3Record:
    record = MS3Record(reclen=reclen)
    record.formatversion = 2 if form is ArchiveFormat.MINISEED_2 else 3
    record.sourceid = source_id(stretch.codes)
    record.samprate = stretch.rate_hz
    return record


def _generate(
    record: MS3Record, stretch: Stretch, first: int, end: int, extra: Extra
) -> list[bytes]:
    """Return the records of some of the samples."""
    record.starttime = stretch.time_ns(first)
    record.extra = json.dumps({"FDSN": extra})
    stored = stretch.stored[first:end]
    kind = "f" if stored.dtype == np.float32 else "i"
    record.encoding = DataEncoding.FLOAT32 if kind == "f" else DataEncoding.STEIM2
    try:
        if kind == "i" and np.abs(np.diff(stored.astype(np.int64))).max(initial=0) >= _STEIM_2:
            record.encoding = DataEncoding.INT32
        return list(record.generate(stored, kind))
    except (MiniSEEDError, ValueError) as error:
        clear_error_messages()
        raise PacketError(source_id(stretch.codes), f"cannot be packed: {error}") from None


def _extra(stretch: Stretch, marks: Sequence[Mark]) -> Extra:
    extra: Extra = {
        "Time": {
            "Quality": time_quality(stretch.error_s),
            "MaxEstimatedError": float(f"{stretch.error_s:.3g}"),
        }
    }
    for mark in marks:
        _merge(extra, mark.extra)
    return extra


def _merge(into: Extra, more: Extra) -> None:
    for key, value in more.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        elif isinstance(value, list):
            into[key] = [*into.get(key, []), *value]
        else:
            into[key] = value
