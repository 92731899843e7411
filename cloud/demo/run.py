"""The real thing on one machine: broker, agents as processes, the centre, the page.

`run_demo(options)` starts everything, says what it does on standard error, and cleans up. By
default a made-up network sees a made-up earthquake; with `data`, stations replay recordings.
"""

import asyncio
import contextlib
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from rich.console import Console

from cloud.board import BoardConfig
from cloud.board.picture import Mode
from cloud.broker import EmbeddedBroker
from cloud.config import ServiceConfig, WebSection
from cloud.demo.demonstration import Demonstration, Plan
from cloud.demo.network import DEMO_ARCHIVE, QUAKE_AFTER_S, demo_stations
from cloud.recordings import read_recording
from cloud.service import open_service
from edge.config import ReplaySection, StationConfig
from edge.errors import SourceError
from edge.messages import Event
from edge.mqtt import MqttConfig, Protocol

_USUAL_PORT = 8080
_MADE_UP = "Made-up stations and a made-up earthquake"
_MADE_UP_LIMIT_S = 150.0
"""Data seconds from the start within which the made-up earthquake must be an event."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line asks for."""

    data: Path | None = None
    """Folder of recordings to replay; None for the made-up network."""
    station_table: Path | None = None
    """CSV of coordinates for `data`."""
    speed: float = 1.0
    """Seconds of data in a second of ours."""
    broker: tuple[str, int] | None = None
    """Host and port of a broker; None for one of our own."""
    folder: Path | None = None
    """Where configurations, logs and databases go; None for a temporary folder."""
    port: int | None = None
    """Port of the page, 0 for a free one; 8080 or, if that is taken, a free one where left out."""
    exit_after_event: bool = False
    """End after one located event."""
    timeout_s: float | None = None
    """Seconds to wait for it; a fitting time where left out."""


def run_demo(options: DemoOptions) -> Event | None:
    """Run the demonstration until Ctrl-C, or until one event has settled.

    Returns:
        The event; None if it was stopped by hand.

    Raises:
        NoEventError: There was to be one event, and none came.
        TremorError: Something could not be started.
    """
    return asyncio.run(_run(options))


async def _run(options: DemoOptions) -> Event | None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    say = partial(Console(stderr=True).print, markup=False, highlight=False)
    async with contextlib.AsyncExitStack() as stack:
        folder = options.folder or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="tremorkit-demo-"))
        )
        stack.enter_context(_log_into(folder / "centre.log"))
        mqtt = await _broker(options, stack)
        say(f"[1/4] broker at {mqtt.host}:{mqtt.port}")
        replay, configs = _stations(options, mqtt, folder)
        say("      getting the centre ready: half a minute, the first time")
        service = await stack.enter_async_context(
            open_service(_service_config(options, mqtt, replay, folder))
        )
        show = Demonstration(_plan(options, folder / "start"), configs, service, say)
        return await show.run(stop)


@contextlib.contextmanager
def _log_into(path: Path) -> Iterator[None]:
    """Keep the centre's log out of the way of what is said to the person."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(file))
        try:
            yield
        finally:
            structlog.reset_defaults()


def _plan(options: DemoOptions, start_file: Path) -> Plan:
    made_up = options.data is None
    timeout_s = options.timeout_s
    if timeout_s is None and made_up:
        timeout_s = _MADE_UP_LIMIT_S / options.speed
    return Plan(
        start_file=start_file,
        what="a made-up network" if made_up else f"{options.data} at speed {options.speed:g}",
        quake_after_s=QUAKE_AFTER_S / options.speed if made_up else None,
        one_event=options.exit_after_event,
        timeout_s=timeout_s,
    )


async def _broker(options: DemoOptions, stack: contextlib.AsyncExitStack) -> MqttConfig:
    if options.broker is not None:
        host, port = options.broker
        return MqttConfig(host=host, port=port)
    broker = await stack.enter_async_context(EmbeddedBroker())
    return MqttConfig(host=broker.host, port=broker.port, protocol=Protocol.V311)


def _stations(
    options: DemoOptions, mqtt: MqttConfig, folder: Path
) -> tuple[ReplaySection, list[StationConfig]]:
    """Return the common pace and the stations; the data begin when all agents are there."""
    agents, start_file = folder / "stations", folder / "start"
    if options.data is None:
        start_ns = time.time_ns()
        replay = ReplaySection(speed=options.speed, data_start=start_ns, start_file=start_file)
        return replay, demo_stations(mqtt, replay, start_ns, agents)
    recording = read_recording(options.data.resolve(), options.station_table)
    first_ns = min(_first_arrival_ns(config) for config in recording.stations)
    replay = ReplaySection(speed=options.speed, data_start=first_ns, start_file=start_file)
    place = {"mqtt": mqtt, "replay": replay, "archive": DEMO_ARCHIVE}
    return replay, [
        config.model_copy(update=place | {"state_dir": agents / config.station.station})
        for config in recording.stations
    ]


def _usual_port() -> int:
    try:
        with socket.create_server(("127.0.0.1", _USUAL_PORT)):
            return _USUAL_PORT
    except OSError:
        return 0


def _first_arrival_ns(config: StationConfig) -> int:
    first = next(iter(config.source.open().packets()), None)
    if first is None:
        raise SourceError(config.source.type, config.station.station, "holds no packet")
    return first.arrival_ns


def _service_config(
    options: DemoOptions, mqtt: MqttConfig, replay: ReplaySection, folder: Path
) -> ServiceConfig:
    made_up = options.data is None
    note = f"Replay of {options.data.resolve().name}" if options.data else _MADE_UP
    return ServiceConfig(
        mqtt=mqtt,
        web=WebSection(port=_usual_port() if options.port is None else options.port),
        screen=BoardConfig(
            mode=Mode.DEMO if made_up else Mode.REPLAY, note=note, speed=options.speed
        ),
        replay=replay,
        state_dir=folder / "centre",
    )
