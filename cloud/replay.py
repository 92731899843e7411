"""Every station of a recording and the aggregator, in one process, on the data's clock.

Packets of all stations are merged in the order in which they arrived; each goes through its
station's own pipeline, and the triggers go straight to the aggregator. What comes out is what a
centre would have published, and when.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cloud.aggregator import Aggregator
from cloud.picking import Picker
from cloud.thorough.config import ThoroughConfig
from cloud.thorough.recorded import RecentRecord
from cloud.thorough.replayed import ReplayedThorough
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
    configs: Iterable[StationConfig],
    aggregator: Aggregator,
    progress: Progress | None = None,
    picker: Picker | None = None,
    thorough: ThoroughConfig | None = None,
) -> Iterator[Event]:
    """Yield every revision of every event, in the order in which they would have gone out.

    Args:
        configs: The stations; those of one recording.
        aggregator: A fresh one.
        progress: Called with the data's time, once a second of it.
        picker: Picks waveforms; without one there are no revisions from waveforms.
        thorough: Whose waveforms are looked at.

    Raises:
        SourceError: A station's recording cannot be read.
        PickerError: The picker does not work.
    """
    stations = [open_station(config) for config in configs]
    centre = _Centre(aggregator)
    for station in stations:
        place = station.config.station
        aggregator.register(
            place.network, place.station, place.latitude, place.longitude, place.elevation_m
        )
    if picker is not None:
        records = _tapped(stations)
        centre.thorough = ReplayedThorough(
            thorough or ThoroughConfig(), aggregator, records, picker
        )
    now_ns = ticked_ns = 0
    for arrival_ns, number, packet in _merged(stations):
        ticked_ns = ticked_ns or arrival_ns
        while ticked_ns + _TICK_NS <= arrival_ns:
            ticked_ns += _TICK_NS
            yield from centre.advance(ticked_ns)
            if progress is not None:
                progress(ticked_ns)
        yield from centre.deliver(stations[number].pipeline.push(packet), arrival_ns)
        now_ns = arrival_ns
    for station in stations:
        yield from centre.deliver(station.pipeline.flush(), now_ns)
    for _ in range(_AFTERWARDS_NS // _TICK_NS):
        now_ns += _TICK_NS
        yield from centre.advance(now_ns)


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


@dataclass(slots=True)
class _Centre:
    """The aggregator and, where there is one, the thorough path."""

    aggregator: Aggregator
    thorough: ReplayedThorough | None = None

    def advance(self, now_ns: int) -> list[Event]:
        """Let time pass."""
        events = self._told(self.aggregator.advance(now_ns))
        return events + (self.thorough.advance(now_ns) if self.thorough is not None else [])

    def deliver(self, triggers: list[Trigger], now_ns: int) -> Iterator[Event]:
        """Hand triggers over."""
        for trigger in triggers:
            yield from self._told(self.aggregator.on_trigger(trigger, now_ns))

    def _told(self, events: list[Event]) -> list[Event]:
        if self.thorough is not None:
            self.thorough.on_events(events)
        return events


def _tapped(stations: Iterable[Station]) -> dict[str, RecentRecord]:
    """Return what each station records from now on."""
    records = {}
    for station in stations:
        place = station.config.station
        key = f"{place.network}.{place.station}"
        records[key] = RecentRecord(key)
        station.pipeline.taps.append(records[key].push)
    return records
