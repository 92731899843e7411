"""The SeedLink protocol, versions 3 and 4, from the client's side.

Version 3 (SeisComP, ringserver, Raspberry Shake): `SL`, six hexadecimal digits of the sequence
number, a miniSEED 2 record of 512 bytes. Version 4 (FDSN): `SE`, format, subformat, length of the
payload (4 bytes), sequence number (8 bytes), length of the station's name (1 byte), all little
endian, then name and payload. Commands and answers are lines that end in CR LF.
"""

import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from edge.errors import PacketError, SourceError

HEADER_V4: Final = struct.Struct("<2sccIQB")
HEADER_V3_BYTES: Final = 8
RECORD_V3_BYTES: Final = 512
MOST_PAYLOAD_BYTES: Final = 1 << 20
"""A longer payload is no record but a lost place in the stream."""
MOST_LINE_BYTES: Final = 1024
SEQUENCE_V3_MASK: Final = 0xFFFFFF
_HEADER_V3: Final = re.compile(rb"SL(?:([0-9A-Fa-f]{6})|INFO..)", re.DOTALL)
"""The second form is that of an answer to INFO, of which nothing but its coming is of use."""
_MARK_V4: Final = b"SE"
_RECORD_FORMATS: Final = frozenset({b"2", b"3"})
_SUPPORTS_V4: Final = "SLPROTO:4.0"
_READ_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is asked for: one station, one instrument."""

    network: str
    station: str
    location: str
    instrument: str
    """Band and source code, EN for example."""
    after: int | None
    """Sequence number of the last packet that came; None for what is new."""

    def commands(self, version: int) -> list[str]:
        """Return the commands that are each answered by OK, after the greeting."""
        if version == 4:  # noqa: PLR2004 - the protocol's own number
            band, source = self.instrument[0], self.instrument[1]
            resume = "" if self.after is None else f" {self.after + 1}"
            return [
                "SLPROTO 4.0",
                f"STATION {self.network}_{self.station}",
                f"SELECT {self.location}_{band}_{source}_?",
                f"DATA{resume}",
            ]
        resume = "" if self.after is None else f" {(self.after + 1) & SEQUENCE_V3_MASK:06X}"
        return [
            f"STATION {self.station} {self.network}",
            f"SELECT {self.location}{self.instrument}?.D",
            f"DATA{resume}",
        ]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One packet of the server."""

    sequence: int
    record: bytes | None
    """miniSEED; None for what only shows that the server is alive."""


class PacketReader:
    """Finds packets in the bytes of a connection.

    Args:
        version: 3 or 4.
        place: The server, for messages.
    """

    def __init__(self, version: int, place: str) -> None:
        self._version = version
        self._place = place
        self._content = bytearray()

    def push(self, content: bytes) -> Iterator[Delivery]:
        """Take bytes as they come; yield the packets that they complete.

        Raises:
            PacketError: What comes is no packet; the place in the stream is lost.
        """
        self._content += content
        find = self._next_v3 if self._version == 3 else self._next_v4  # noqa: PLR2004
        while (found := find()) is not None:
            delivery, size = found
            del self._content[:size]
            yield delivery

    def _next_v3(self) -> tuple[Delivery, int] | None:
        if len(self._content) < HEADER_V3_BYTES:
            return None
        head = bytes(self._content[:HEADER_V3_BYTES])
        match = _HEADER_V3.fullmatch(head)
        if match is None:
            raise PacketError(self._place, f"{head!r} where a packet of SeedLink 3 should begin")
        size = HEADER_V3_BYTES + RECORD_V3_BYTES
        if len(self._content) < size:
            return None
        if match[1] is None:
            return Delivery(0, None), size
        return Delivery(int(match[1], 16), bytes(self._content[HEADER_V3_BYTES:size])), size

    def _next_v4(self) -> tuple[Delivery, int] | None:
        if len(self._content) < HEADER_V4.size:
            return None
        mark, kind, _, length, sequence, name = HEADER_V4.unpack_from(self._content)
        if mark != _MARK_V4 or length > MOST_PAYLOAD_BYTES:
            head = bytes(self._content[: HEADER_V4.size])
            raise PacketError(self._place, f"{head!r} where a packet of SeedLink 4 should begin")
        begin = HEADER_V4.size + name
        size = begin + length
        if len(self._content) < size:
            return None
        if kind not in _RECORD_FORMATS:
            return Delivery(0, None), size
        return Delivery(sequence, bytes(self._content[begin:size])), size


class Connection:
    """A connection to a server that has begun to send; close it, or use it as an iterator.

    Args:
        peer: A connected socket, whose timeout is that of one look for data.
        place: The server, for messages.
        subscription: What is asked for.

    Raises:
        SourceError: The server does not answer, or refuses a command.
    """

    def __init__(self, peer: socket.socket, place: str, subscription: Subscription) -> None:
        self._peer = peer
        self._place = place
        self._line_rest = b""
        greeting = self._ask("HELLO", answers=2)[0]
        self.version = 4 if _SUPPORTS_V4 in greeting else 3
        for command in subscription.commands(self.version):
            answer = self._ask(command)[0]
            if not answer.startswith("OK"):
                raise SourceError("seedlink", place, f"{command!r} is refused: {answer}")
        self._send("END")
        self._reader = PacketReader(self.version, place)

    def read(self) -> Iterator[Delivery]:
        """Yield what has come; nothing when nothing comes within the socket's timeout.

        Raises:
            SourceError: The server has closed the connection.
            PacketError: What comes is no packet.
            OSError: The network failed.
        """
        content, self._line_rest = self._line_rest, b""
        if not content:
            try:
                content = self._peer.recv(_READ_BYTES)
            except TimeoutError:
                return
            if not content:
                raise SourceError("seedlink", self._place, "the server has closed the connection")
        yield from self._reader.push(content)

    def ask_for_life(self) -> None:
        """Send what the server answers, so that a connection that is dead is found out.

        Raises:
            OSError: The network failed.
        """
        self._send("INFO ID")

    def _send(self, command: str) -> None:
        self._peer.sendall(f"{command}\r\n".encode("ascii"))

    def _ask(self, command: str, answers: int = 1) -> list[str]:
        self._send(command)
        return [self._line(command) for _ in range(answers)]

    def _line(self, command: str) -> str:
        while b"\r\n" not in self._line_rest:
            try:
                more = self._peer.recv(_READ_BYTES)
            except TimeoutError:
                reason = f"does not answer {command!r}"
                raise SourceError("seedlink", self._place, reason) from None
            if not more or len(self._line_rest) > MOST_LINE_BYTES:
                reason = f"gives no proper answer to {command!r}; is it a SeedLink server?"
                raise SourceError("seedlink", self._place, reason)
            self._line_rest += more
        line, self._line_rest = self._line_rest.split(b"\r\n", 1)
        return line.decode("ascii", "replace")
