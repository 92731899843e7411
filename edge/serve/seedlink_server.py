"""The SeedLink server, version 3: the station's samples for SeisComP, ObsPy, Swarm and others."""

import asyncio
import contextlib
import socket
import time
from typing import Final

import structlog

from edge import __version__
from edge.archive.chunk import Gatherer
from edge.archive.config import ArchiveFormat
from edge.archive.recorder import Recorder
from edge.backoff import Backoff
from edge.config import StationSection
from edge.errors import ConfigError, PacketError
from edge.packet import Block
from edge.serve.config import SeedLinkServerConfig
from edge.serve.info import Server
from edge.serve.ring import RecordRing
from edge.serve.session import Session
from edge.sources.base import SourceDescription

_log = structlog.get_logger(__name__)

_SOFTWARE: Final = f"SeedLink v3.1 (tremorkit {__version__}) :: SLPROTO:3.1 CAP"


class SeedLinkServer:
    """Takes blocks from the pipeline's thread, serves their records in the event loop.

    Args:
        config: Where to listen, what to keep.
        station: Its codes.
        source: What is known of the samples.

    Raises:
        ConfigError: The codes are too long for SeedLink 3.

    Attributes:
        port: Where it listens; None while it does not.
        ring: The newest records.
        listening: Set while it listens.
    """

    def __init__(
        self, config: SeedLinkServerConfig, station: StationSection, source: SourceDescription
    ) -> None:
        self.port: int | None = None
        self.ring = RecordRing(config.ring_records, time.time_ns())
        self.listening = asyncio.Event()
        self._config = config
        self._recorder = Recorder(station, source, ArchiveFormat.MINISEED_2)
        if self._recorder.form is not ArchiveFormat.MINISEED_2:
            problem = (
                f"seedlink_server: {station.network}.{station.station}.{station.location} is too "
                "long for SeedLink 3, which has 2, 5 and 2 characters; shorten the codes"
            )
            raise ConfigError(None, [problem])
        self._gatherer = Gatherer(config.record_s)
        self._about = Server(_SOFTWARE, config.organisation, time.time_ns(), self._recorder.codes)
        self._clients: dict[asyncio.Task[None], Session] = {}
        self._complained = False

    @property
    def sessions(self) -> list[Session]:
        """The clients that are connected."""
        return list(self._clients.values())

    def push(self, block: Block) -> None:
        """Take a block."""
        for chunk in self._gatherer.push(block):
            try:
                made = self._recorder.records(chunk)
            except PacketError as error:
                if not self._complained:
                    self._complained = True
                    _log.error("seedlink_record_lost", reason=str(error))
                continue
            for index, (records, _) in made.items():
                channel = self._recorder.codes[index][3]
                for record in records:
                    self.ring.add(channel, chunk.start_ns, chunk.end_ns, record)

    async def run(self) -> None:
        """Listen and serve until cancelled; a port that is taken is tried again and again."""
        backoff = Backoff()
        host, port = self._config.host, self._config.port
        while True:
            try:
                listener = await asyncio.start_server(self._welcome, host, port)
            except OSError as error:
                delay_s = backoff.next_delay_s()
                _log.error("seedlink_server_cannot_listen", host=host, port=port, reason=str(error))
                await asyncio.sleep(delay_s)
                continue
            self.port = listener.sockets[0].getsockname()[1]
            self.listening.set()
            _log.info("seedlink_server_listens", host=host, port=self.port)
            try:
                await listener.serve_forever()
            finally:
                await self._dismiss()

    async def _dismiss(self) -> None:
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client; it cannot harm the others."""
        task = asyncio.current_task()
        if task is None or len(self._clients) >= self._config.max_clients:
            writer.close()
            return
        session = self._clients[task] = Session(self._about, self.ring, reader, writer)
        peer: socket.socket = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        try:
            await session.run()
        except OSError as error:
            _log.info("seedlink_client_lost", reason=str(error))
        except asyncio.CancelledError:
            # By `_dismiss` alone; asyncio's streams of Python 3.11 would report it as a fault.
            return
        finally:
            del self._clients[task]
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
