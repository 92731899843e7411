"""One client of the SeedLink server, version 3.

The client says what it wants in lines (STATION, SELECT, DATA and so on, each answered by OK or
ERROR), then gets packets: `SL`, six hexadecimal digits, a record of 512 bytes. In uni-station mode
it names no station, and DATA begins the transfer at once.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Final

from edge.concurrency import until_first
from edge.serve.info import Server, info_packets, info_xml
from edge.serve.ring import SEQUENCE_MASK, RecordRing
from edge.serve.selection import Request, parse_selector, parse_time

_MOST_LINE_BYTES: Final = 255
_READ_BYTES: Final = 4_096
_BATCH: Final = 64
"""Records between two looks whether the client keeps up."""
_OK: Final = b"OK\r\n"
_ERROR: Final = b"ERROR\r\n"
_END: Final = b"END"
_SEQUENCE: Final = re.compile(r"(?:0[xX])?[0-9A-Fa-f]{1,6}")
_MOST_SELECTORS: Final = 64


class Session:
    """Talks to one client until it leaves.

    Args:
        server: Who we are.
        ring: The records.
        reader: From the client.
        writer: To the client; the caller closes it.
    """

    def __init__(
        self,
        server: Server,
        ring: RecordRing,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._server = server
        self._ring = ring
        self._reader = reader
        self._writer = writer
        self._network, self._station, self._location, _ = server.codes[0]
        self._request = Request(self._location)
        self._multi_station = False
        self._refused = False
        """The last STATION was none of ours: what follows it is refused."""
        self._go = asyncio.Event()
        self._news = asyncio.Event()

    @property
    def under_way(self) -> bool:
        """Whether the client has said what it wants."""
        return self._go.is_set()

    async def run(self) -> None:
        """Serve until the client leaves or has all that it asked for.

        Raises:
            OSError: The connection broke.
        """
        loop = asyncio.get_running_loop()

        def tell() -> None:
            loop.call_soon_threadsafe(self._news.set)

        self._ring.watch(tell)
        try:
            await until_first(self._listen(), self._send())
        finally:
            self._ring.unwatch(tell)

    async def _listen(self) -> None:
        async for line in self._lines():
            if not self._answer(line):
                return
            await self._writer.drain()

    async def _lines(self) -> AsyncIterator[str]:
        """Yield the client's lines, which end in CR, LF or both; a line too long ends them."""
        content = b""
        while more := await self._reader.read(_READ_BYTES):
            *lines, content = re.split(rb"[\r\n]", content + more)
            for line in lines:
                if line.strip():
                    yield line.decode("ascii", "replace").strip()
            if len(content) > _MOST_LINE_BYTES:
                return

    def _answer(self, line: str) -> bool:
        """Do what a line asks; return whether the client stays."""
        name, *arguments = line.split()
        name = name.upper()
        match name:
            case "BYE":
                return False
            case "INFO":
                self._inform(arguments)
            case _ if self._go.is_set():
                pass  # under way, a client can but ask
            case "HELLO":
                self._say(f"{self._server.software}\r\n{self._server.organisation}\r\n".encode())
            case "CAT":
                place = f"{self._network} {self._station} {self._server.organisation}"
                self._say(f"{place}\r\n".encode() + _END)
            case "END":
                self._begin()
            case "STATION" | "SELECT":
                take = self._take_station if name == "STATION" else self._take_selector
                self._say(_OK if take(arguments) else _ERROR)
            case "DATA" | "FETCH" | "TIME":
                self._take_span(name, arguments)
            case _:
                self._say(_ERROR)
        return True

    def _say(self, content: bytes) -> None:
        self._writer.write(content)

    def _inform(self, arguments: list[str]) -> None:
        level = arguments[0].upper() if arguments else "ID"
        xml = info_xml(level, self._server, self._ring.snapshot(), self._ring.next_number)
        self._say(_ERROR if xml is None else info_packets(xml, time.time_ns()))

    def _take_station(self, arguments: list[str]) -> bool:
        self._multi_station = True
        ours = [self._station, self._network]
        self._refused = not arguments or arguments != ours[: len(arguments)]
        return not self._refused

    def _take_selector(self, arguments: list[str]) -> bool:
        if self._refused:
            return False
        if not arguments:
            self._request.selectors.clear()
            return True
        selector = parse_selector(arguments[0])
        if selector is None or len(self._request.selectors) >= _MOST_SELECTORS:
            return False
        self._request.selectors.append(selector)
        return True

    def _take_span(self, name: str, arguments: list[str]) -> None:
        """Note from where on to send; in uni-station mode, begin."""
        self._request.ends = name == "FETCH"
        take = self._take_window if name == "TIME" else self._take_sequence
        understood = not self._refused and take(arguments)
        if self._multi_station or not understood:
            self._say(_OK if understood else _ERROR)
        else:
            self._begin()

    def _take_sequence(self, arguments: list[str]) -> bool:
        """Take DATA or FETCH: from a number on; else DATA what is new, FETCH all there is."""
        if not arguments:
            self._request.first = 0 if self._request.ends else self._ring.next_number
            return True
        if not _SEQUENCE.fullmatch(arguments[0]):
            return False
        self._request.first = self._ring.resume(int(arguments[0], 16))
        return True

    def _take_window(self, arguments: list[str]) -> bool:
        times = [parse_time(text) for text in arguments[:2]]
        if not times or None in times:
            return False
        self._request.begin_ns = times[0]
        self._request.end_ns = times[1] if len(times) > 1 else None
        self._request.first = 0
        return True

    def _begin(self) -> None:
        if self._request.first is None:
            self._say(_ERROR)
        else:
            self._go.set()

    async def _send(self) -> None:
        """Send what is wanted; end when all of it is sent."""
        await self._go.wait()
        number = self._request.first or 0
        while True:
            self._news.clear()
            records = self._ring.since(number, _BATCH)
            for record in records:
                number = record.number + 1
                if self._request.wants(record):
                    self._say(b"SL%06X" % (record.number & SEQUENCE_MASK) + record.content)
            await self._writer.drain()
            is_over = any(map(self._request.is_over, records))
            if is_over or (self._request.ends and not records):
                self._say(_END)
                await self._writer.drain()
                return
            if not records:
                await self._news.wait()
