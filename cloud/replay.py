"""Every station of a recording and the aggregator, in one process, on the data's clock.

Packets of all stations are merged in the order in which they arrived; each goes through its
station's own pipeline, and the triggers go straight to the aggregator. What comes out is what a
centre would have published, and when.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cloud.aggregator import Aggregator
from edge.config import StationConfig
from edge.messages import Event, Trigger
from edge.packet import Packet
from edge.station import Station, open_station
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

_TICK_NS = NANOSECONDS_PER_SECOND
"""How often the aggregator's timers run, on the data's clock."""

_AFTERWARDS_NS = seconds_to_ns(600)
"""Timers run on for ten minutes after the last packet, so that every event ends."""

Progress = Callable[[int], None]


def replay(
    configs: Iterable[StationConfig], aggregator: Aggregator, progress: Progress | None = None
) -> Iterator[Event]:
    """Yield every revision of every event, in the order in which they would have gone out.

    Args:
        configs: The stations; those of one recording.
        aggregator: A fresh one.
        progress: Called with the data's time, once a second of it.

    Raises:
        SourceError: A station's recording cannot be read.
    """
    stations = [open_station(config) for config in configs]
    for station in stations:
        place = station.config.station
        aggregator.register(
            place.network, place.station, place.latitude, place.longitude, place.elevation_m
        )
    now_ns = 0
    for arrival_ns, number, packet in _merged(stations):
        if now_ns == 0:
            now_ns = arrival_ns
        while now_ns + _TICK_NS <= arrival_ns:
            now_ns += _TICK_NS
            yield from aggregator.advance(now_ns)
            if progress is not None:
                progress(now_ns)
        yield from _deliver(stations[number].pipeline.push(packet), aggregator, arrival_ns)
        now_ns = max(now_ns, arrival_ns)
    for station in stations:
        yield from _deliver(station.pipeline.flush(), aggregator, now_ns)
    for _ in range(_AFTERWARDS_NS // _TICK_NS):
        now_ns += _TICK_NS
        yield from aggregator.advance(now_ns)


def write_events(events: Iterable[Event], out: Path) -> list[Event]:
    """Write one JSON object a revision and line; returns the last revision of each event.

    The file appears only when it is whole.
    """
    partial = out.with_name(out.name + ".part")
    latest: dict[str, Event] = {}
    with partial.open("wb") as file:
        for event in events:
            file.write(event.to_wire() + b"\n")
            latest[event.id] = event
    partial.replace(out)
    return list(latest.values())


def _merged(stations: list[Station]) -> Iterator[tuple[int, int, Packet]]:
    """Yield arrival, station number and packet in order; ties go by station, then by packet."""
    streams = [_numbered(number, station) for number, station in enumerate(stations)]
    for arrival_ns, number, _, packet in heapq.merge(*streams):
        yield arrival_ns, number, packet


def _numbered(number: int, station: Station) -> Iterator[tuple[int, int, int, Packet]]:
    for order, packet in enumerate(station.source.packets()):
        yield packet.arrival_ns, number, order, packet


def _deliver(triggers: list[Trigger], aggregator: Aggregator, now_ns: int) -> Iterator[Event]:
    for trigger in triggers:
        yield from aggregator.on_trigger(trigger, now_ns)
