"""A centre's holdings with a network, two days of events and some waveforms."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cloud.board import Board
from cloud.config import ServiceConfig
from cloud.holdings import Holdings, open_holdings
from cloud.station_messages import read_station_message
from cloud.waveforms import WaveformArchive, WaveformMessage
from cloud.web import Behind, WebConfig, create_app
from edge.messages import Arrival, Event, EventStatus, MagnitudeEstimate, Phase, State
from edge.timestamps import parse_time
from tests.cloud.records import miniseed, trace

MOST_BYTES = 60_000
HOUR_NS = 3_600_000_000_000
FIRST_NS = parse_time("2026-03-14T00:00:00Z")


def quake(number: int, **change: object) -> Event:
    """Return an event: hour by hour a little farther north and greater."""
    origin_ns = FIRST_NS + number * HOUR_NS
    arrival = Arrival(
        station="XX.A",
        trigger=f"t{number}",
        phase=Phase.P,
        time=origin_ns + 5_000_000_000,
        residual_s=0.1,
        weight=1.0,
        distance_km=30.0,
    )
    values = {
        "id": f"e{number}",
        "revision": 0,
        "status": EventStatus.FINAL,
        "origin_time": origin_ns,
        "latitude": 10.0 + number,
        "longitude": -100.0,
        "depth_km": 5.0 * number,
        "horizontal_uncertainty_km": 3.0,
        "magnitude": 3.0 + number / 2 if number else None,
        "magnitude_type": "Mpd" if number else None,
        "magnitudes": _magnitudes(3.0 + number / 2) if number else (),
        "stations": ("XX.A",),
        "arrivals": (arrival,),
        "first_published": origin_ns,
        "published": origin_ns + 60_000_000_000,
    }
    return Event.model_validate(values | change)


def _magnitudes(value: float) -> tuple[MagnitudeEstimate, ...]:
    return tuple(
        MagnitudeEstimate(type=kind, value=value, uncertainty=0.2, stations=4)
        for kind in ("Mpd", "ML")
    )


def state(station: str, network: str = "XX", **change: object) -> State:
    """Return a birth certificate."""
    values = {
        "online": True,
        "network": network,
        "station": station,
        "sensor": "adxl355",
        "sampling_rate_hz": 125.0,
        "channels": ("HNZ", "HNN", "HNE"),
        "latitude": 17.0 + ord(station[0]) % 32,
        "longitude": -99.123456,
        "elevation_m": 250.0,
    }
    return State.model_validate(values | change)


@pytest.fixture(scope="module")
def holdings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Holdings]:
    """Open a centre's holdings with something in them; tests add what no other one asks for."""
    folder = tmp_path_factory.mktemp("centre")
    with open_holdings(ServiceConfig(state_dir=folder)) as made:
        store = made.store
        for number in range(6):
            store.save(quake(number, magnitude=1.0), 0)
            store.save(quake(number, revision=1), 0)
        store.save(quake(6, id="gone", status=EventStatus.RETRACTED, reason="a lorry"), 0)
        store.save(quake(7, id="drill", exercise=True), 0)
        store.save(state("A"), FIRST_NS)
        store.save(State(online=False, network="XX", station="A"), FIRST_NS + HOUR_NS)
        store.save(state("A", latitude=18.5), FIRST_NS + 2 * HOUR_NS)
        store.save(state("B", sensor="home-made"), FIRST_NS)
        store.save(state("C", network="YY"), FIRST_NS)
        keep(made.waveforms)
        yield made


def keep(archive: WaveformArchive) -> None:
    """Put waveforms of two stations into an archive."""
    for station in "AB":
        traces = [trace(channel, station=station) for channel in ("HNZ", "HNN", "HNE")]
        read = read_station_message(f"tremor/v1/XX/{station}/waveform/r", miniseed(*traces))
        assert isinstance(read, WaveformMessage)
        archive.keep(read)


@pytest.fixture(scope="module")
def client(holdings: Holdings) -> Iterator[TestClient]:
    """Return a client of an application with these holdings."""
    behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, MOST_BYTES)
    app = create_app(Board(), lambda: FIRST_NS, WebConfig(static=Path("nowhere")), behind)
    with TestClient(app) as made:
        yield made
