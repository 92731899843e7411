"""SeedLink's INFO: XML, cut into miniSEED records of text."""

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pymseed import DataEncoding, MS3Record

from edge.archive.records import Codes
from edge.serve.ring import SEQUENCE_MASK, Kept
from edge.timestamps import NANOSECONDS_PER_SECOND

CAPABILITIES: Final = (
    "dialup",
    "multistation",
    "window-extraction",
    "info:id",
    "info:capabilities",
    "info:stations",
    "info:streams",
)
_TEXT_BYTES: Final = 512 - 64
"""A record of version 2 less its header."""
_MORE: Final = b"SLINFO *"
_LAST: Final = b"SLINFO  "
_SOURCE: Final = "FDSN:SL_INFO__I_N_F"


@dataclass(frozen=True, slots=True)
class Server:
    """What the server says of itself."""

    software: str
    organisation: str
    started_ns: int
    codes: tuple[Codes, ...]
    """Of the channels that it serves."""


def info_xml(level: str, server: Server, records: list[Kept], next_number: int) -> str | None:
    """Return the answer to INFO; None for a level that there is not.

    Args:
        level: ID, CAPABILITIES, STATIONS or STREAMS.
        server: Who we are.
        records: What the ring holds.
        next_number: Of the record that will come next.
    """
    root = ET.Element(
        "seedlink",
        software=server.software,
        organization=server.organisation,
        started=_time(server.started_ns),
    )
    match level:
        case "ID":
            pass
        case "CAPABILITIES":
            for name in CAPABILITIES:
                ET.SubElement(root, "capability", name=name)
        case "STATIONS" | "STREAMS":
            station = _station(root, server, records, next_number)
            if level == "STREAMS":
                _streams(station, server, records)
        case _:
            return None
    return ET.tostring(root, encoding="unicode", xml_declaration=False)


def _station(root: ET.Element, server: Server, records: list[Kept], next_number: int) -> ET.Element:
    network, name, *_ = server.codes[0]
    first = records[0].number if records else next_number
    return ET.SubElement(
        root,
        "station",
        name=name,
        network=network,
        description=server.organisation,
        begin_seq=f"{first & SEQUENCE_MASK:06X}",
        end_seq=f"{next_number & SEQUENCE_MASK:06X}",
        stream_check="enabled",
    )


def _streams(station: ET.Element, server: Server, records: list[Kept]) -> None:
    for _, _, location, channel in server.codes:
        own = [record for record in records if record.channel == channel]
        if own:
            ET.SubElement(
                station,
                "stream",
                location=location,
                seedname=channel,
                type="D",
                begin_time=_time(own[0].start_ns),
                end_time=_time(own[-1].end_ns),
            )


def info_packets(xml: str, now_ns: int) -> bytes:
    """Return the packets of an answer.

    Args:
        xml: The answer.
        now_ns: Time that the records state, nanoseconds since 1970 UTC.
    """
    content = xml.encode("ascii", "xmlcharrefreplace")
    count = max(1, math.ceil(len(content) / _TEXT_BYTES))
    parts = [content[n * _TEXT_BYTES : (n + 1) * _TEXT_BYTES] for n in range(count)]
    heads = [*[_MORE] * (count - 1), _LAST]
    return b"".join(head + _record(part, now_ns) for head, part in zip(heads, parts, strict=True))


def _record(text: bytes, now_ns: int) -> bytes:
    record = MS3Record(reclen=512, encoding=DataEncoding.TEXT)
    record.formatversion = 2
    record.sourceid = _SOURCE
    record.starttime = now_ns
    record.samprate = 0.0
    (packed,) = record.generate(text, "t")
    return bytes(packed)


def _time(time_ns: int) -> str:
    whole_s, rest_ns = divmod(time_ns, NANOSECONDS_PER_SECOND)
    moment = datetime.fromtimestamp(whole_s, UTC)
    return f"{moment:%Y/%m/%d %H:%M:%S}.{rest_ns // 100_000:04d}"
