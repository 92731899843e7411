"""A station's answer to a request: miniSEED records on `waveform/<request id>`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pymseed import MS3Record, clear_error_messages, sourceid2nslc
from pymseed.exceptions import MiniSEEDError

from cloud.errors import BrokenMessageError
from edge.timestamps import NANOSECONDS_PER_SECOND

MAX_WAVEFORM_BYTES: Final = 8_388_608
"""Some ten minutes of three components at 200 Hz, uncompressed."""
_CODES: Final = re.compile(r"[A-Za-z0-9_-]{1,12}/[A-Za-z0-9_-]{1,12}/[A-Za-z0-9-]{0,8}/[A-Z0-9]{3}")
_LONGEST_NS: Final = 86_400 * NANOSECONDS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Record:
    """One miniSEED record as it came."""

    network: str
    station: str
    location: str
    channel: str
    start_ns: int
    content: bytes


@dataclass(frozen=True, slots=True)
class WaveformMessage:
    """Records of one station that passed every check."""

    network: str
    station: str
    request: str
    records: tuple[Record, ...]


def read_waveform(topic: str, codes: tuple[str, str, str], payload: bytes) -> WaveformMessage:
    """Return the records of a message.

    Args:
        topic: Where it was published.
        codes: Network, station and request id of the topic.
        payload: miniSEED records, version 2 or 3.

    Raises:
        BrokenMessageError: Too large, no records, damaged ones, or those of another station.
    """
    network, station, request = codes
    if len(payload) > MAX_WAVEFORM_BYTES:
        reason = f"{len(payload)} bytes; a message has {MAX_WAVEFORM_BYTES} at most"
        raise BrokenMessageError(topic, reason)
    try:
        records = tuple(_records(payload))
    except (MiniSEEDError, ValueError) as error:
        clear_error_messages()
        raise BrokenMessageError(topic, f"no miniSEED: {error}") from error
    for one in records:
        if (one.network, one.station) != (network, station):
            claimed = f"{one.network}.{one.station}"
            raise BrokenMessageError(topic, f"a record says that it comes from {claimed}")
    if not records:
        raise BrokenMessageError(topic, "holds no record")
    return WaveformMessage(network, station, request, records)


def _records(payload: bytes) -> Iterator[Record]:
    """Yield the records, each one decoded for a check.

    Raises:
        MiniSEEDError: A record is damaged.
        ValueError: A record is none of a recording.
    """
    offset = 0
    while offset < len(payload):
        content = payload[offset:]
        length = MS3Record.parse(content).reclen
        record = MS3Record.parse(content[:length], unpack_data=True)
        codes = sourceid2nslc(record.sourceid)
        if not _CODES.fullmatch("/".join(codes)):
            raise ValueError(f"codes {codes} at byte {offset}")
        # NaN and impossible times fail both comparisons.
        if not (record.samprate > 0 and 0 <= record.endtime - record.starttime <= _LONGEST_NS):
            raise ValueError(f"record of {record.sourceid} at byte {offset} spans no time")
        if record.starttime < 0:
            raise ValueError(f"record of {record.sourceid} at byte {offset} is older than 1970")
        yield Record(*codes, start_ns=record.starttime, content=content[:length])
        offset += length
