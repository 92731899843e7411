"""A bad line for everybody, without rights: a TCP proxy that delays, stalls and cuts.

TCP hides the loss of packets; what an application sees of it is that answers come late, at times
very late, and that connections break. That is what this does: each piece takes `delay_s`, a piece
that is "lost" waits for retransmissions that take twice as long each time, all that comes after
it waits too, and now and then a connection is cut in the middle of a piece.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_PIECE_BYTES = 600
_MOST_RETRIES = 4


class BadLine:
    """The proxy.

    Args:
        port: Of the broker on loopback.
        loss: Share of pieces that are sent again.
        delay_s: Seconds that each piece takes, each way.
        cut: Share of pieces at which the connection is cut.
        seed: Of all chance.

    Attributes:
        port: Where it listens.
        stalls: Pieces that were late.
        cuts: Connections that it cut.
    """

    def __init__(self, port: int, loss: float, delay_s: float, cut: float, seed: int) -> None:
        self.port = 0
        self.stalls = self.cuts = 0
        self._to = port
        self._loss, self._delay_s, self._cut = loss, delay_s, cut
        self._chance = random.Random(seed)
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        ends = (writer, there_writer)
        ways = [
            asyncio.create_task(self._carry(reader, there_writer, ends)),
            asyncio.create_task(self._carry(there_reader, writer, ends)),
        ]
        self._tasks.update(ways)
        await asyncio.gather(*ways, return_exceptions=True)
        self._tasks.difference_update(ways)

    def hang_up(self) -> None:
        """End all connections."""
        for task in self._tasks:
            task.cancel()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        """Carry one way, in order; pieces travel at the same time."""
        travelling: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(_arrive(travelling, writer))
        loop, last_s = asyncio.get_running_loop(), 0.0
        try:
            while content := await reader.read(_PIECE_BYTES):
                if self._chance.random() < self._cut:
                    self.cuts += 1
                    writer.write(content[: len(content) // 2])
                    break
                last_s = max(last_s, loop.time() + self._delay())
                travelling.put_nowait((last_s, content))
            else:
                await travelling.join()
        finally:
            arriving.cancel()
            for end in ends:
                end.transport.abort()

    def _delay(self) -> float:
        delay_s, again_s = self._delay_s, 2 * self._delay_s
        for _ in range(_MOST_RETRIES):
            if self._chance.random() >= self._loss:
                return delay_s
            self.stalls += 1
            delay_s, again_s = delay_s + again_s, 2 * again_s
        return delay_s


async def _arrive(
    travelling: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due_s, content = await travelling.get()
        await asyncio.sleep(due_s - loop.time())
        writer.write(content)
        travelling.task_done()


@asynccontextmanager
async def bad_line(
    port: int, *, loss: float, delay_s: float, cut: float, seed: int
) -> AsyncIterator[BadLine]:
    """Have a bad line to a broker for a while."""
    line = BadLine(port, loss, delay_s, cut, seed)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    async with server:
        yield line
        line.hang_up()
