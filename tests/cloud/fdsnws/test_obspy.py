"""ObsPy's FDSN client reads a running centre: broker, stations' messages, database, web server."""

import asyncio
import time
from pathlib import Path

from obspy import UTCDateTime
from obspy.clients.fdsn import Client

from cloud.broker import EmbeddedBroker
from edge.messages import EventStatus
from tests.cloud.records import miniseed, trace
from tests.cloud.test_service import (
    EPICENTRE,
    PLACES,
    SECOND,
    config,
    events_of,
    known,
    running,
    send,
    stations,
    trigger,
    until,
)


def ask(address: str, origin: UTCDateTime) -> tuple[object, ...]:
    """Return what the client gets; it blocks."""
    client = Client(address.rstrip("/"))
    wave = trace()
    start, end = wave.stats.starttime, wave.stats.endtime
    return (
        client.get_events(starttime=origin - 60, endtime=origin + 60, includearrivals=True),
        client.get_stations(network="XX", level="channel", minlatitude=16),
        client.get_waveforms("XX", "A", "*", "HN?", start, end),
        client.get_waveforms_bulk([("XX", "A", "00", "HNZ", start, end)]),
        client.get_stations_bulk([("XX", "B", "*", "*", origin - 60, origin + 3_600)]),
        client.get_webservice_version("event"),
    )


async def test_it_reads_events_stations_and_waveforms(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """With the discovery of services, queries by GET and by POST."""
    origin_ns = time.time_ns() - 20 * SECOND
    async with (
        stations(embedded_broker.port) as connection,
        events_of(embedded_broker.port) as heard,
        running(config(tmp_path, embedded_broker.port)) as service,
    ):
        await until(lambda: known(service) == len(PLACES))
        records = miniseed(trace(), trace("HNN"))
        await connection.deliver("tremor/v1/XX/A/waveform/request-1", records)
        await send(connection, *(trigger(name, origin_ns) for name in PLACES))
        await until(lambda: any(len(one.stations) == len(PLACES) for one in heard))
        await asyncio.sleep(0.3)
        origin = UTCDateTime(ns=origin_ns)
        events, inventory, waves, one_wave, one_station, version = await asyncio.to_thread(
            ask, service.address, origin
        )
    last = max(heard, key=lambda one: one.revision)

    (event,) = events
    place = event.preferred_origin()
    assert EventStatus.DECLARED is last.status
    assert last.id in str(event.resource_id)
    assert abs(place.latitude - EPICENTRE[0]) < 0.2
    assert len(last.arrivals) == len(event.picks)
    assert set(PLACES) == {station.code for station in inventory[0]}
    assert {"HNZ", "HNN"} == {wave.stats.channel for wave in waves}
    assert (trace().data == one_wave[0].data).all()
    assert ["B"] == [station.code for station in one_station[0]]
    assert 1 == version[0]
