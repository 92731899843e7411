"""Lets a running agent be watched: a Unix socket that only its own user may open.

While nobody watches, the pipeline knows nothing of it. The socket of an agent that died is replaced
by the next one; one that cannot be made costs the view, not the station.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from edge.concurrency import until_first
from edge.detect.seen import HopSeen
from edge.messages import Health
from edge.packet import Block
from edge.station import Station
from edge.watch import frames
from edge.watch.address import socket_address
from edge.watch.viewer import Viewer

_log = structlog.get_logger(__name__)

_MOST_VIEWERS: Final = 4
_STATUS_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Wires:
    """What is asked of a station beside its pipeline."""

    health: Callable[[], Health]
    """The report of the moment; may block for a moment."""
    trouble: Callable[[], str | None]
    """Why the source failed last."""
    connected: Callable[[], bool | None]
    """Whether a broker listens; None where none is wanted."""


class WatchServer:
    """Shows a station to those who ask.

    Args:
        station: What is watched.
        wires: How else it does.

    Attributes:
        serving: Set when it can be watched.
    """

    def __init__(self, station: Station, wires: Wires) -> None:
        self._station = station
        self._wires = wires
        self._viewers: tuple[Viewer, ...] = ()
        self.serving = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled."""
        try:
            listener = self._listener()
        except OSError as error:
            _log.warning("watch_not_served", reason=str(error))
            await asyncio.Event().wait()
            return
        tasks: set[asyncio.Task[None]] = set()

        def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._serve(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_unix_server(meet, sock=listener)
        self.serving.set()
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for task in tuple(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _listener(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with socket_address(self._station.config.state_dir) as address:
                Path(address).unlink(missing_ok=True)
                listener.bind(address)
                # Nobody can connect before it listens.
                Path(address).chmod(0o600)
        except OSError:
            listener.close()
            raise
        return listener

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        viewer = Viewer(writer, asyncio.get_running_loop())
        try:
            if len(self._viewers) < _MOST_VIEWERS:
                viewer.put(frames.hello(self._station))
                self._admit(viewer)
                await until_first(viewer.run(), self._report(viewer), _gone(reader))
        except ConnectionError as error:
            _log.info("viewer_gone", reason=str(error))
        finally:
            self._dismiss(viewer)
            # What waits is of no use to anybody now.
            writer.transport.abort()

    async def _report(self, viewer: Viewer) -> None:
        while True:
            health = await asyncio.to_thread(self._wires.health)
            connected, trouble = self._wires.connected(), self._wires.trouble()
            viewer.put(
                frames.status(health, trouble, connected=connected, frames_dropped=viewer.dropped)
            )
            await asyncio.sleep(_STATUS_S)

    def _admit(self, viewer: Viewer) -> None:
        pipeline = self._station.pipeline
        if not self._viewers:
            # New lists: the thread of detection may be going through the old ones.
            pipeline.taps = [*pipeline.taps, self._tap]
            pipeline.listeners = [*pipeline.listeners, self._listen]
        self._viewers = (*self._viewers, viewer)

    def _dismiss(self, viewer: Viewer) -> None:
        pipeline = self._station.pipeline
        self._viewers = tuple(one for one in self._viewers if one is not viewer)
        if not self._viewers:
            pipeline.taps = [tap for tap in pipeline.taps if tap != self._tap]
            pipeline.listeners = [one for one in pipeline.listeners if one != self._listen]

    def _tap(self, block: Block) -> None:
        self._tell(frames.samples(block))

    def _listen(self, seen: HopSeen) -> None:
        self._tell(frames.hop(seen, self._station))

    def _tell(self, frame: bytes) -> None:
        for viewer in self._viewers:
            viewer.put(frame)


async def _gone(reader: asyncio.StreamReader) -> None:
    """Wait until a viewer hangs up; whatever it says is not for us."""
    while await reader.read(4096):
        pass
