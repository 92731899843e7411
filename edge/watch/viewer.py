"""One who watches a station: who reads too slowly loses frames, and nobody else does.

Frames are put from the thread of detection, which must never wait: where the queue is full, a frame
is dropped and counted.
"""

import asyncio
from collections import deque
from typing import Final

_MOST_FRAMES: Final = 120
"""A quarter of a minute of blocks and hops; a megabyte at a thousand samples a second."""
_ON_THE_WAY_BYTES: Final = 65_536


class Viewer:
    """A queue to one connection.

    Args:
        writer: The connection.
        loop: Its event loop.
    """

    def __init__(self, writer: asyncio.StreamWriter, loop: asyncio.AbstractEventLoop) -> None:
        self.dropped = 0
        self._writer = writer
        self._loop = loop
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        writer.transport.set_write_buffer_limits(high=_ON_THE_WAY_BYTES)

    def put(self, frame: bytes) -> None:
        """Take a frame, or drop it where the viewer is too slow; from any thread, never waits."""
        if len(self._waiting) >= _MOST_FRAMES:
            self.dropped += 1
            return
        self._waiting.append(frame)
        if not self._news.is_set():
            self._loop.call_soon_threadsafe(self._news.set)

    async def run(self) -> None:
        """Send until the viewer is gone.

        Raises:
            ConnectionError: It is.
        """
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                self._writer.write(self._waiting.popleft())
                await self._writer.drain()
