"""The station opened by `watch` itself, where no agent runs: to see a sensor before there is one.

Nothing is kept, sent or served: the outbox lies in a folder that goes when the view does.
"""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.agent import clock_of
from edge.clock.attach import timed
from edge.concurrency import until_first
from edge.config import StationConfig
from edge.errors import TremorError, WatchError
from edge.feed import Feed
from edge.outbox import Outbox
from edge.station import open_station
from edge.watch.address import NAME
from edge.watch.client import Watcher
from edge.watch.serve import WatchServer, Wires

_START_S: Final = 30.0


@contextmanager
def own_station(config: StationConfig) -> Iterator[Path]:
    """Run a station's detection as long as the context lasts; yield where it can be watched.

    Raises:
        SourceError: The source cannot deliver at all.
        WatchError: An agent has it.
    """
    if _is_watchable(config.state_dir):
        reason = "an agent runs there and has the sensor; leave --own out to watch it"
        raise WatchError(config.state_dir / NAME, reason)
    with tempfile.TemporaryDirectory(prefix="edge-agent-watch-") as name:
        own = _Own(config.model_copy(update={"state_dir": Path(name)}))
        own.start()
        try:
            yield Path(name)
        finally:
            own.stop()


def _is_watchable(folder: Path) -> bool:
    try:
        Watcher(folder).close()
    except WatchError:
        return False
    return True


class _Own:
    """A station in threads of its own.

    Args:
        config: With a `state_dir` that may go.
    """

    def __init__(self, config: StationConfig) -> None:
        self._config = config
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._served = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="own", daemon=True)

    def start(self) -> None:
        """Return when it can be watched."""
        self._thread.start()
        served = self._served.wait(_START_S)
        if self._error is not None:
            raise self._error
        if not served:
            self.stop()
            raise WatchError(self._config.state_dir / NAME, "the station does not start")

    def stop(self) -> None:
        """End it."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._work())
        except TremorError as error:
            self._error = error
        finally:
            self._served.set()

    async def _work(self) -> None:
        self._loop = asyncio.get_running_loop()
        station = open_station(self._config)
        outbox = Outbox(self._config.state_dir / "outbox.sqlite")
        feed = Feed(station, outbox, clock_of(station), lambda: None)
        server = WatchServer(station, Wires(feed.health, lambda: feed.trouble, lambda: None))
        async with timed(station.source, self._config.clock):
            feeding = self._loop.run_in_executor(None, feed.run)
            try:
                await until_first(server.run(), self._tell(server), self._stop.wait())
            finally:
                feed.halt()
                await feeding
                outbox.close()

    async def _tell(self, server: WatchServer) -> None:
        await server.serving.wait()
        self._served.set()
        await asyncio.Event().wait()
