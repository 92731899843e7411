"""The centre as a running process: ingest, aggregator, database, events out, and the page.

One process, one event loop. `run_service(config)` runs until SIGTERM or SIGINT. After a restart it
goes on where it was: stations, triggers and events come from the database, and what stations sent
meanwhile waits at the broker.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from functools import partial

import structlog
import uvicorn

from cloud.aggregator import Aggregator
from cloud.board import Board
from cloud.centre import Centre
from cloud.config import ServiceConfig, WebSection
from cloud.enrolment.office import Office
from cloud.errors import WebAddressError
from cloud.fanin import Intake
from cloud.fleetview.fleet import Fleet
from cloud.fleetview.upkeep import Upkeep
from cloud.holdings import Holdings, open_holdings
from cloud.learning import Learner, Learning
from cloud.picking import open_picker
from cloud.release.renewer import Renewer
from cloud.release.repository import Repository
from cloud.rollout.conductor import Conductor
from cloud.thorough.path import ThoroughPath
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from cloud.warming import warm_up
from cloud.web import Behind, create_app
from cloud.webhooks import Webhooks
from edge.concurrency import until_first, wait_at_most
from edge.dataclock import LIVE, DataClock, begin_when_told, data_clock
from edge.publisher import Publisher

_log = structlog.get_logger(__name__)

_TICK_S = 0.5
_GRACE_S = 3


def run_service(config: ServiceConfig) -> None:
    """Run the centre until it is told to stop.

    Raises:
        ConfigError: Something in the configuration cannot be used.
        StoreError: The database cannot be opened.
        WebAddressError: The page cannot be served where it should.
    """
    asyncio.run(_run(config))


async def _run(config: ServiceConfig) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_service(config) as service:
        _log.info("page", address=service.address)
        await service.run(stop)


@contextlib.asynccontextmanager
async def open_service(config: ServiceConfig) -> AsyncIterator["Service"]:
    """Open what is kept on disks and the page's socket, get ready, and close all at the end.

    Raises:
        StoreError: The database cannot be opened.
        OutboxError: Another centre is at work in the same folder.
        WebAddressError: The page cannot be served where it should.
    """
    clock = data_clock(config.replay, LIVE.now_ns)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listen(config.web))
        holdings = stack.enter_context(open_holdings(config))
        service = Service(config, clock, holdings, listener)
        stack.callback(service.centre.close)
        _log.info("getting ready", takes="half a minute, the first time after an installation")
        await asyncio.to_thread(warm_up)
        yield service


class Service:
    """The centre's parts at work.

    Args:
        config: The settings.
        clock: The data's clock.
        holdings: What the centre keeps on disks.
        listener: The socket of the page.

    Attributes:
        address: Where the page is.
        clock: The data's clock.
        board: The live picture.
        centre: What happens with each message.
        fleet: Health history and alarms on stations.
        keeper: The way into the database.
    """

    def __init__(
        self,
        config: ServiceConfig,
        clock: DataClock,
        holdings: Holdings,
        listener: socket.socket,
    ) -> None:
        self.address = _address(listener)
        self.clock = clock
        self.board = Board(config.screen)
        self.keeper = holdings.keeper
        self._start_file = config.replay.start_file if config.replay else None
        name = config.mqtt.client_id or "tremor-aggregator"
        outward = config.mqtt.model_copy(update={"client_id": f"{name}-events"})
        self._publisher = Publisher(outward, holdings.outbox, f"{name}-events")
        aggregator = Aggregator(config.aggregator)
        self.centre = Centre(
            aggregator, self.board, holdings, clock, self._publisher.wake, config.guard
        )
        self._thorough = ThoroughPath(
            config.thorough,
            partial(open_picker, config.picking),
            aggregator,
            self.centre,
            holdings,
            clock,
            self._publisher.wake,
        )
        self._learner = Learner(
            Learning(holdings.store.engine, config.aggregator.magnitude),
            aggregator,
            self.centre.made_as,
        )
        self._webhooks = Webhooks(config.webhooks, holdings.store, travel_times(iasp91()), clock)
        self.fleet = Fleet(
            config.fleet,
            config.retention,
            self.board,
            holdings.store,
            holdings.outbox,
            clock,
            self._publisher.wake,
        )
        self._let_hear(config)
        self._intake = Intake(
            config.mqtt, config.ingest, name, self.centre.on_message, self.centre.settle
        )
        self._listener = listener
        updates = config.updates_folder
        self.fleet.upkeep = Upkeep(Repository(updates), holdings.store, clock.wall_ns)
        self._renewer = Renewer(Repository(updates), config.updates)
        self._conductor = Conductor(
            config.rollouts, config.updates, Repository(updates), holdings.store
        )
        self._office = None if config.enrolment is None else Office(config, holdings.store.engine)
        self._server = self._web_server(config, holdings)

    def _let_hear(self, config: ServiceConfig) -> None:
        """Say who hears of what; the order is that in which they are told."""
        if config.thorough.enabled:
            self.centre.listeners.append(self._thorough.on_event)
            self.centre.remade_listeners.append(self._thorough.on_remade)
            self.centre.answer_listeners.append(self._thorough.on_answer)
        self.centre.listeners += [self._learner.offer, self._webhooks.offer]
        self.centre.health_listeners.append(self.fleet.on_health)
        self.fleet.listeners.append(self._webhooks.offer)

    def _web_server(self, config: ServiceConfig, holdings: Holdings) -> "_Server":
        behind = Behind(
            holdings.store,
            holdings.keeper,
            holdings.waveforms,
            config.waveforms.answer_max_bytes,
            config.identity,
            config.updates_folder,
        )
        app = create_app(self.board, self.clock.now_ns, config.web, behind)
        return _Server(
            uvicorn.Config(
                app,
                lifespan="off",
                log_level="warning",
                access_log=False,
                ws="none",
                # A browser that stopped reading would hold up the end for ever.
                timeout_graceful_shutdown=_GRACE_S,
            )
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set."""
        await self.centre.restore()
        farewell = asyncio.Event()
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        publishing = asyncio.create_task(self._publisher.run(farewell))
        try:
            await until_first(
                stop.wait(),
                self._intake.run(stop),
                self._tick_for_ever(),
                self.keeper.run(stop),
                self._webhooks.run(stop),
                self._learner.run(stop),
                self._thorough.run(stop),
                self._renewer.run(stop),
                self._conductor.run(stop),
                self._enrol(stop),
                self.fleet.run(stop),
                begin_when_told(self.clock, self._start_file),
                _shielded(publishing),
                _shielded(serving),
            )
        finally:
            farewell.set()
            self.board.close()
            self._server.should_exit = True
            await asyncio.gather(serving, publishing)
            await self.keeper.flush()
            await self.fleet.close()
        _log.info("centre_stopped")

    async def _enrol(self, stop: asyncio.Event) -> None:
        if self._office is None:
            await stop.wait()
        else:
            await self._office.run(stop)

    async def _tick_for_ever(self) -> None:
        never = asyncio.Event()
        while True:
            await self.centre.tick()
            await wait_at_most(never, _TICK_S)


def _address(listener: socket.socket) -> str:
    """Return where the page of a socket is for somebody on this machine."""
    host, port = listener.getsockname()[:2]
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"  # noqa: S104 - no bind


class _Server(uvicorn.Server):
    """A web server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: the service has its own handlers."""
        yield


@contextlib.contextmanager
def _listen(web: WebSection) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((web.host, web.port), reuse_port=False)
    except OSError as error:
        raise WebAddressError(web.host, web.port, str(error)) from error
    with listener:
        yield listener


async def _shielded(task: asyncio.Task[None]) -> None:
    await asyncio.shield(task)
