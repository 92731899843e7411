"""A drill goes the way of a real trigger, says that it is none, and never makes a real event."""

import dataclasses
import typing
from pathlib import Path

import pytest

from cloud.aggregator import Aggregator
from cloud.station_messages import read_station_message
from edge.commands.attach import handlers
from edge.commands.drill import DrillHandler
from edge.config import StationConfig, StationSection
from edge.errors import CommandError
from edge.messages import Event, Phase, Trigger
from edge.messages.command import Command
from edge.outbox import Lane, Outbox, OutboxConfig
from edge.sources import SyntheticConfig
from edge.station import Station, open_station
from edge.timestamps import format_time
from tests.cloud.quakes import CENTRE, Source, grid_network

SECOND = 1_000_000_000
NOW_NS = 1_700_000_000_000_000_000


def station(code: str = "KARA1", place: tuple[float, float] = CENTRE, packets: int = 1) -> Station:
    """Return a synthetic station that has taken some packets."""
    section = StationSection(network="XX", station=code, latitude=place[0], longitude=place[1])
    source = SyntheticConfig(
        latitude=place[0], longitude=place[1], start=NOW_NS - 60 * SECOND, duration_s=10
    )
    config = StationConfig(station=section, source=source)
    model = config.detection.model.model_copy(update={"enabled": False})
    detection = config.detection.model_copy(update={"model": model})
    made = open_station(config.model_copy(update={"detection": detection}))
    for _, packet in zip(range(packets), made.source.packets(), strict=False):
        made.pipeline.push(packet)
    return made


@pytest.fixture
def outbox(tmp_path: Path) -> typing.Iterator[Outbox]:
    """Return an empty outbox."""
    box = Outbox(tmp_path / "outbox.sqlite", clock_ns=lambda: NOW_NS)
    yield box
    box.close()


def drill(at: Station, outbox: Outbox, **arguments: object) -> Trigger:
    """Command a drill; return the trigger as the centre reads it."""
    handler = DrillHandler(at, outbox, lambda: NOW_NS)
    _, figures = handler(Command(id="d1", name="drill", arguments=arguments))
    (message,) = outbox.batch(10)
    outbox.delete([message.id])
    read = read_station_message(message.topic, message.payload)
    assert isinstance(read, Trigger)
    assert figures == {"trigger": read.id}
    return read


def test_every_station_knows_the_command(outbox: Outbox) -> None:
    """With or without an archive."""
    assert ["drill"] == list(handlers(station(), outbox, lambda: NOW_NS))


def test_the_centre_reads_an_exercise(outbox: Outbox) -> None:
    """Of this station, now, with its own clock state and channels, and marked."""
    at = station()

    read = drill(at, outbox)

    assert (True, "XX", "KARA1", NOW_NS) == (read.exercise, read.network, read.station, read.onset)
    assert (at.pipeline.clock, at.pipeline.channels) == (read.clock, read.channels)
    assert "drill-XX.KARA1.00-20231114T221320.00Z" == read.id
    assert 0 == at.pipeline.triggers


def test_the_scene_is_played_as_written(outbox: Outbox) -> None:
    """Onset, phase and ground motion come from the command."""
    read = drill(
        station(),
        outbox,
        onset=format_time(NOW_NS - 2 * SECOND),
        phase="S",
        pd_m=0.002,
        pga_m_s2=0.8,
        jma_intensity=4.5,
    )

    assert (NOW_NS - 2 * SECOND, Phase.S, 2.0) == (read.onset, read.phase, read.window_s)
    assert (0.002, 0.8, 4.5) == (read.pd_m, read.pga_m_s2, read.jma_intensity)


def test_the_longest_codes_fit(outbox: Outbox) -> None:
    """The id of the trigger stays within its bound."""
    at = station()
    codes = {"network": "N" * 12, "station": "S" * 12, "location": "L" * 8}
    config = at.config.model_copy(update={"station": at.config.station.model_copy(update=codes)})

    assert len(drill(dataclasses.replace(at, config=config), outbox).id) <= 64


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"onset": format_time(NOW_NS + 60 * SECOND)}, "60 s after the station's clock"),
        ({"onset": format_time(NOW_NS - 3600 * SECOND)}, "-3600 s after the station's clock"),
        ({"onset": "soon"}, "onset: "),
        ({"pd_m": -1}, "pd_m: "),
        ({"pga_m_s2": 1e9}, "pga_m_s2: "),
        ({"exercise": False}, "exercise: Extra inputs"),
    ],
)
def test_nonsense_is_answered_with_what_is_wrong(
    outbox: Outbox, arguments: dict[str, object], reason: str
) -> None:
    """And nothing is sent; above all, nobody can ask for a drill that is not marked."""
    with pytest.raises(CommandError, match=reason):
        drill(station(), outbox, **arguments)

    assert 0 == outbox.depth


def test_a_station_without_samples_plays_no_part(outbox: Outbox) -> None:
    """It could not have triggered; a drill shall show that."""
    with pytest.raises(CommandError, match="no samples yet"):
        drill(station(packets=0), outbox)


def test_it_displaces_no_real_trigger(tmp_path: Path) -> None:
    """Where the outbox is full of them, the drill is refused."""
    outbox = Outbox(
        tmp_path / "outbox.sqlite", OutboxConfig(max_messages=2), clock_ns=lambda: NOW_NS
    )
    real = [outbox.put("t", b"x", lane=Lane.TRIGGER) for _ in range(2)]

    with pytest.raises(CommandError, match="outbox is full"):
        drill(station(), outbox)
    kept = [message.id for message in outbox.batch(10)]
    outbox.close()

    assert real == kept


def test_a_drill_of_a_network_makes_an_exercise_and_no_event(outbox: Outbox) -> None:
    """Each station is told when the P of the scene comes; the centre locates it, marked."""
    network = grid_network(3)
    scene = Source(*CENTRE).arrivals(network, Phase.P, error_s=0.0)
    first_ns = min(arrival.onset for arrival in scene)
    aggregator = Aggregator()
    events: list[Event] = []
    for code, place in network.items():
        aggregator.register("XX", code, *place)
    for arrival in sorted(scene, key=lambda one: one.onset):
        onset_ns = NOW_NS - 20 * SECOND + arrival.onset - first_ns
        at = station(arrival.station, network[arrival.station])
        read = drill(at, outbox, onset=format_time(onset_ns))
        events += aggregator.on_trigger(read, onset_ns + SECOND)

    assert events
    assert {True} == {event.exercise for event in events}
    assert events[-1].id.startswith("drill-")
    assert len(network) == len(events[-1].stations)
