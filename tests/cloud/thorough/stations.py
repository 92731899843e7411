"""Stations that speak the protocol: made-up ground motion, and answers as a test wants them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from math import hypot

from edge.archive.chunk import Gatherer
from edge.archive.config import ArchiveFormat
from edge.archive.recorder import Recorder
from edge.config import StationSection
from edge.geodesy import great_circle_km
from edge.messages import ClockSource, ClockState, Phase, State, Trigger, TriggerStatus
from edge.messages.command import Command, Reply
from edge.mqtt import Connection, Connector, Identity, MqttConfig
from edge.sources import SyntheticConfig, SyntheticEarthquake
from edge.timebase import TimeBase
from edge.timestamps import NANOSECONDS_PER_SECOND, parse_time, seconds_to_ns

NETWORK = "XX"
EPICENTRE = (17.1, -99.7)
DEPTH_KM = 15.0
MAGNITUDE = 5.2
PLACES = {
    "A": (17.0, -99.5),
    "B": (17.3, -99.8),
    "C": (17.0, -100.0),
    "D": (17.4, -99.4),
    "E": (16.8, -99.7),
    "F": (17.2, -100.2),
}
NEIGHBOUR = {"N": (16.7, -99.3)}
"""A station near by that does not trigger."""
ALL = PLACES | NEIGHBOUR
_BEFORE_S, _AFTER_S = 60.0, 120.0
_MESSAGE_BYTES = 65_536
CHANNELS = ("HNZ", "HNN", "HNE")


@lru_cache(maxsize=16)
def record_of(station: str, origin_ns: int) -> bytes:
    """Return three minutes of a station's record around an earthquake, as miniSEED."""
    latitude, longitude = ALL[station]
    source = SyntheticConfig(
        type="synthetic",
        latitude=latitude,
        longitude=longitude,
        seed=sum(map(ord, station)),
        rate_hz=125.0,
        start=origin_ns - seconds_to_ns(_BEFORE_S),
        duration_s=_BEFORE_S + _AFTER_S,
        earthquakes=(
            SyntheticEarthquake(
                origin_time=origin_ns,
                latitude=EPICENTRE[0],
                longitude=EPICENTRE[1],
                depth_km=DEPTH_KM,
                magnitude=MAGNITUDE,
            ),
        ),
    ).open()
    place = StationSection(network=NETWORK, station=station, latitude=latitude, longitude=longitude)
    recorder = Recorder(place, source.describe(), ArchiveFormat.MINISEED_2)
    base, gatherer = TimeBase(), Gatherer(30.0)
    chunks = [
        chunk
        for packet in source.packets()
        for block in base.push(packet)
        for chunk in gatherer.push(block)
    ]
    chunks += gatherer.flush()
    return b"".join(
        record
        for chunk in chunks
        for records, _ in recorder.records(chunk).values()
        for record in records
    )


def state(station: str) -> State:
    """Return a station's birth certificate."""
    latitude, longitude = ALL[station]
    return State(
        online=True,
        network=NETWORK,
        station=station,
        sensor="adxl355",
        sampling_rate_hz=125.0,
        channels=CHANNELS,
        latitude=latitude,
        longitude=longitude,
    )


def trigger(station: str, origin_ns: int) -> Trigger:
    """Return the trigger of P."""
    latitude, longitude = ALL[station]
    epicentral_km = great_circle_km((latitude, longitude), EPICENTRE)
    onset_ns = origin_ns + round(hypot(epicentral_km, DEPTH_KM) / 5.8 * NANOSECONDS_PER_SECOND)
    return Trigger(
        id=f"{NETWORK}.{station}-{origin_ns}",
        revision=0,
        status=TriggerStatus.PRELIMINARY,
        network=NETWORK,
        station=station,
        channels=CHANNELS,
        latitude=latitude,
        longitude=longitude,
        onset=onset_ns,
        onset_uncertainty_s=0.3,
        phase=Phase.P,
        window_s=1.0,
        pd_m=3e-5,
        clock=ClockState(source=ClockSource.NTP, error_s=0.01),
        sent=onset_ns + NANOSECONDS_PER_SECOND,
    )


@dataclass
class Stations:
    """All of them over one connection.

    Attributes:
        connection: To the broker.
        origin_ns: Of the earthquake that is in their records.
        commands: What they were told, in the order of its coming, by station.
    """

    connection: Connection
    origin_ns: int
    commands: list[tuple[str, Command]] = field(default_factory=list)

    async def introduce(self) -> None:
        """Publish their states."""
        for station in ALL:
            await self.publish(station, "state", state(station).to_wire(), retain=True)

    async def trigger(self, *stations: str) -> None:
        """Publish their triggers."""
        for station in stations or tuple(PLACES):
            await self.publish(station, "trigger", trigger(station, self.origin_ns).to_wire())

    async def publish(
        self, station: str, kind: str, payload: bytes, *, retain: bool = False
    ) -> None:
        """Publish what a station says."""
        topic = f"tremor/v1/{NETWORK}/{station}/{kind}"
        await self.connection.deliver(topic, payload, retain=retain)

    async def reply(
        self, station: str, command: Command, *, ok: bool = True, text: str = "", messages: int = 0
    ) -> None:
        """Publish a reply."""
        said = Reply(
            id=command.id,
            name=command.name,
            network=NETWORK,
            station=station,
            ok=ok,
            text=text,
            result={"messages": messages} if ok else {},
            time=self.origin_ns,
        )
        await self.publish(station, "reply", said.to_wire())

    async def answer(self, station: str, command: Command) -> None:
        """Answer as an agent does: the reply first, then the records."""
        content = record_of(station, self.origin_ns)
        parts = [content[at : at + _MESSAGE_BYTES] for at in range(0, len(content), _MESSAGE_BYTES)]
        await self.reply(station, command, messages=len(parts))
        for part in parts:
            await self.publish(station, f"waveform/{command.id}", part)

    async def listen(self, act: Mapping[str, Callable[[Command], object]]) -> None:
        """Take commands for ever; do what `act` says for a station, else answer."""
        async for message in self.connection.messages:
            station = message.topic.value.split("/")[3]
            command = Command.from_wire(message.payload)
            self.connection.acknowledge(message)
            self.commands.append((station, command))
            if station in act:
                result = act[station](command)
                if asyncio.iscoroutine(result):
                    await result
            else:
                await self.answer(station, command)

    def asked(self, station: str) -> list[Command]:
        """Return what a station was told."""
        return [command for name, command in self.commands if name == station]


@asynccontextmanager
async def fake_stations(
    port: int,
    origin_ns: int,
    act: Callable[[Stations], Mapping[str, Callable[[Command], object]]] = lambda _: {},
    *,
    with_records: bool = True,
) -> AsyncIterator[Stations]:
    """Connect all stations, introduced; they answer until the end."""
    for station in ALL if with_records else ():
        record_of(station, origin_ns)
    async with Connector(MqttConfig(port=port), Identity("stations")).connect() as connection:
        made = Stations(connection, origin_ns)
        topics = [(f"tremor/v1/{NETWORK}/{station}/command", 1) for station in ALL]
        await connection.subscribe(topics)
        await made.introduce()
        listening = asyncio.create_task(made.listen(act(made)))
        try:
            yield made
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


def stretch_of(command: Command) -> tuple[int, int]:
    """Return from when to when a station is asked."""
    return parse_time(command.arguments["start"]), parse_time(command.arguments["end"])
