"""The station as a running process: source, pipeline, outbox and publisher under one roof.

`run_agent(config)` runs until SIGTERM or SIGINT, or until a recording is over. It then publishes
what waits, says goodbye on `state` and closes the outbox. What could not be sent is on disk and
goes out at the next start.
"""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor

import structlog

from edge import __version__
from edge.alarm.announcement import announce_through, retained_alarm
from edge.alarm.attach import alarmed
from edge.archive.place import kept
from edge.clock.attach import timed
from edge.commands.attach import handlers
from edge.commands.receiver import CommandReceiver
from edge.concurrency import until_first, wait_at_most
from edge.config import ReplaySection, StationConfig
from edge.dataclock import DataClock, begin_when_told, data_clock
from edge.detect.adaptive_file import adapting
from edge.enrol.attach import Enrolling, enrolling
from edge.feed import Feed
from edge.homeassistant.presence import shown_to_home_assistant
from edge.messages import State
from edge.messages.topics import station_topic
from edge.metrics.serve import metrics_served
from edge.noise.attach import noise_heard
from edge.outbox import Outbox
from edge.publisher import Presence, Publisher
from edge.reconfigure.remote import Remote
from edge.reconfigure.vitals import vitals_of
from edge.serve.attach import served
from edge.servicemanager import ServiceManager, summary_line
from edge.station import Station, open_station
from edge.update.attach import listening, supervised, wires_of
from edge.update.supervisor import Supervisor
from edge.update.targets import Kind
from edge.watch.serve import WatchServer, Wires

_log = structlog.get_logger(__name__)

_HEALTH_INTERVAL_S = 10.0
_FIRST_HEALTH_S = 2.0


def run_agent(config: StationConfig, remote: Remote | None = None) -> None:
    """Run a station until it is told to stop.

    Args:
        config: The station's.
        remote: Changes it from afar, and says in the end whether to start anew; None where
            nobody may.

    Raises:
        ConfigError: Something in the configuration cannot be used.
        SourceError: The source cannot deliver at all.
    """
    asyncio.run(_run(config, remote))


async def _run(config: StationConfig, remote: Remote | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    outbox = Outbox(config.state_dir / "outbox.sqlite")
    updates: Supervisor | None = None
    try:
        if remote is not None:
            config = remote.begin(outbox)
        enroller = enrolling(config, remote)
        if enroller is not None:
            config = enroller.config
        updates = supervised(config, remote, outbox)
        chosen = config if updates is None else updates.chosen.config
        await _run_station(chosen, outbox, stop, remote, updates, enroller)
        if remote is not None:
            remote.ended(told_to_stop=stop.is_set())
    except Exception as error:
        if updates is None or remote is None or not updates.failed(error):
            raise
        # It ran before the network, and nobody else may start it.
        _log.exception("agent_failed_over_update")
        remote.restart_wanted = True
    finally:
        if updates is not None:
            updates.close()
        outbox.close()


async def _run_station(
    config: StationConfig,
    outbox: Outbox,
    stop: asyncio.Event,
    remote: Remote | None,
    updates: Supervisor | None,
    enroller: Enrolling | None,
) -> None:
    station = noise_heard(open_station(config))
    if updates is not None:
        station = listening(station, updates)
    clock = clock_of(station)
    with kept(station) as station, adapting(station):
        async with (
            served(station),
            timed(station.source, config.clock),
            alarmed(station) as guarded,
        ):
            await Agent(guarded, outbox, clock, remote, updates, enroller).run(stop)


def clock_of(station: Station) -> DataClock:
    """Return the clock by which a station runs: the wall clock, or that of its recording."""
    return data_clock(_pace(station.config), lambda: _first_arrival_ns(station))


def _pace(config: StationConfig) -> ReplaySection | None:
    """Return the section as written; a recording without one is replayed in real time."""
    is_recording = "paths" in type(config.source).model_fields
    return ReplaySection() if config.replay is None and is_recording else config.replay


def _first_arrival_ns(station: Station) -> int:
    first = next(iter(station.source.packets()), None)
    return first.arrival_ns if first is not None else 0


class Agent:
    """A station's parts at work.

    Args:
        station: Source and pipeline.
        outbox: Where triggers wait for the broker.
        clock: The data's clock.
        remote: Changes the configuration from afar; None where nobody may.
        updates: Looks for networks over the air; None where nobody does.
        enroller: Keeps a certificate for the broker; None where the station file has its own way.
    """

    def __init__(
        self,
        station: Station,
        outbox: Outbox,
        clock: DataClock,
        remote: Remote | None = None,
        updates: Supervisor | None = None,
        enroller: Enrolling | None = None,
    ) -> None:
        place = station.config.station
        will = State(
            online=False, network=place.network, station=place.station, location=place.location
        )
        self._station = station
        self._remote = remote
        self._updates = updates
        self._enroller = enroller
        self._clock = clock
        self._since_ns = clock.now_ns()
        self._announced: tuple[object, ...] = ()
        shown = shown_to_home_assistant(station, outbox)
        presence = Presence(
            topic=station_topic(place.network, place.station, "state"),
            birth=self._birth,
            will=will.to_wire(),
            beside=lambda: [*retained_alarm(station), *shown],
        )
        client_id = f"{place.network}-{place.station}-{place.location}"
        known = handlers(station, outbox, clock.wall_ns, remote, updates)
        inbox = CommandReceiver(place, outbox, known, clock.wall_ns, self._wake)
        self._publisher = Publisher(station.config.mqtt, outbox, client_id, presence, inbox)
        announce_through(station, self._publisher)
        self._feed = Feed(station, outbox, clock, self._publisher.wake)
        self._health_topic = station_topic(place.network, place.station, "health")
        self._manager = ServiceManager()

    def _wake(self) -> None:
        self._publisher.wake()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set or the recording is over."""
        replay = self._station.config.replay
        farewell = asyncio.Event()
        publishing = asyncio.create_task(self._publish(farewell))
        loop = asyncio.get_running_loop()
        with (
            metrics_served(self._station.config.metrics, self._feed.health),
            ThreadPoolExecutor(1, thread_name_prefix="feed") as executor,
        ):
            feeding = loop.run_in_executor(executor, self._feed.run)
            watching = asyncio.create_task(self._manager.watch(lambda: self._feed.steps))
            self._manager.ready()
            _say_started(self._station)
            try:
                await until_first(
                    stop.wait(),
                    _outcome(feeding),
                    _outcome(publishing),
                    self._report_for_ever(),
                    self._until_changed(),
                    self._updated(),
                    self._enrolled(),
                    self._watched(),
                    begin_when_told(self._clock, replay.start_file if replay else None),
                )
            finally:
                if self._remote is not None and self._remote.restart_wanted:
                    self._manager.reloading()
                else:
                    self._manager.stopping()
                watching.cancel()
                self._feed.halt()
                if self._station.alarm is not None:
                    await asyncio.to_thread(self._station.alarm.bell.close)
                farewell.set()
                await asyncio.gather(feeding, publishing)
        _log.info("agent_stopped")

    async def _until_changed(self) -> None:
        """Return when the agent is to start anew with another configuration."""
        if self._remote is None:
            await asyncio.Event().wait()
            return
        vitals = vitals_of(self._station, self._feed, self._publisher, self._remote.trial)
        await self._remote.watch(vitals, self._wake)

    async def _updated(self) -> None:
        """Look for networks over the air, for ever."""
        if self._updates is None:
            await asyncio.Event().wait()
            return
        settings = None if self._remote is None else self._remote.settings
        vitals = vitals_of(self._station, self._feed, self._publisher, settings)
        await self._updates.run(wires_of(self._station, vitals))

    async def _publish(self, farewell: asyncio.Event) -> None:
        """Publish until the farewell; from the moment on at which the broker would let us in."""
        if self._enroller is None or await self._enroller.until_enrolled(farewell):
            await self._publisher.run(farewell)

    async def _enrolled(self) -> None:
        """Keep a certificate for the broker, for ever."""
        if self._enroller is None:
            await asyncio.Event().wait()
            return
        await self._enroller.run()

    async def _watched(self) -> None:
        """Show the station to those who ask, for ever."""
        wires = Wires(
            self._feed.health, lambda: self._feed.trouble, lambda: self._publisher.connected
        )
        await WatchServer(self._station, wires).run()

    def _birth(self) -> bytes:
        state = self._state()
        self._announced = _substance(state)
        return state.to_wire()

    def _state(self) -> State:
        changed = self._remote.changed if self._remote is not None else ()
        state = self._station.state(self._since_ns)
        if self._updates is None:
            return state.model_copy(update={"changed": changed})
        update = {
            "changed": changed,
            "update": self._updates.report(),
            "software": self._updates.report_of(Kind.SOFTWARE),
            "configuration": self._updates.report_of(Kind.CONFIGURATION),
        }
        return state.model_copy(update=update)

    async def _report_for_ever(self) -> None:
        """Publish health, and the state anew when something of substance changed."""
        never = asyncio.Event()
        delay_s = _FIRST_HEALTH_S
        while True:
            await wait_at_most(never, delay_s)
            delay_s = _HEALTH_INTERVAL_S
            report = await asyncio.to_thread(self._feed.health)
            if self._updates is not None:
                report = report.model_copy(update={"update": self._updates.report().phase})
            self._manager.status(summary_line(report))
            await self._publisher.publish_now(self._health_topic, report.to_wire())
            if _substance(self._state()) != self._announced:
                self._publisher.announce()


def _say_started(station: Station) -> None:
    """Log who runs, on what samples and with which network: a journal begins with it."""
    place = station.config.station
    running = [f"{model.name} {model.version}" for model in station.models if model.running]
    _log.info(
        "agent_started",
        station=f"{place.network}.{place.station}.{place.location}",
        version=__version__,
        source=station.source.describe().place,
        detectors=", ".join(["sta_lta", *running]),
    )


def _substance(state: State) -> tuple[object, ...]:
    """Return what of a state is worth publishing it anew."""
    rate_hz = None if state.sampling_rate_hz is None else round(state.sampling_rate_hz, 1)
    source = None if state.clock is None else state.clock.source
    over_the_air = (state.update, state.software, state.configuration)
    return rate_hz, source, state.models, state.changed, over_the_air


async def _outcome(future: asyncio.Future[None]) -> None:
    """Wait for a future without cancelling it when the waiting is cancelled."""
    await asyncio.shield(future)
