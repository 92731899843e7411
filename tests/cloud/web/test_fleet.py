"""The fleet over the API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cloud.board import Board
from cloud.board.alarm import FleetAlarm
from cloud.config import ServiceConfig
from cloud.fleetview.vitals import SUMMED, vitals
from cloud.holdings import Holdings, open_holdings
from cloud.store.alarms import AlarmLog
from cloud.store.history import HealthHistory, Report
from cloud.store.tokens import Role, Tokens
from cloud.web import Behind, create_app
from edge.messages import ComponentNoise, NoiseSpectrum, NoiseVerdict
from tests.cloud.scene import Scene, health, state
from tests.cloud.store.test_alarms import alarm


@pytest.fixture
def holdings(tmp_path: Path) -> Iterator[Holdings]:
    """Return the disks of a centre."""
    with open_holdings(ServiceConfig(state_dir=tmp_path)) as made:
        yield made


@pytest.fixture
def client(board: Board, scene: Scene, holdings: Holdings) -> Iterator[TestClient]:
    """Return a client of a whole centre."""
    behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, 1_000_000)
    with TestClient(create_app(board, scene.clock, behind=behind)) as client:
        yield client


def test_a_station_close_up(client: TestClient, board: Board, scene: Scene) -> None:
    """Latency percentiles, and the noise models at the octaves of its spectrum."""
    noise = ComponentNoise(
        channel="HNZ",
        levels_db=(-80.0, -81.0, -82.0),
        above_nlnm_db=60.0,
        above_nhnm_db=20.0,
        verdict=NoiseVerdict.QUIET,
    )
    spectrum = NoiseSpectrum(bands_hz=(0.0, 1.0, 8.0), span_s=60.0, components=(noise,))
    board.on_health(health("001", scene.now_ns + 1, spectrum=spectrum), scene.now_ns + 500_000_001)
    found = client.get("/api/v1/stations/MX.001").json()
    missing = client.get("/api/v1/stations/MX.999")

    assert 0.5 == found["reports"]["p99_s"]
    assert found["nlnm_db"][0] is None
    assert found["nhnm_db"][1] > found["nlnm_db"][1]
    assert (404, "no station 'MX.999'; /api/v1/stations lists them") == (
        missing.status_code,
        missing.json()["detail"],
    )


def test_the_trend_of_a_station(client: TestClient, holdings: Holdings, scene: Scene) -> None:
    """As it was reported; a clear word where nobody ever did."""
    one = health("001", scene.now_ns)
    holdings.store.save(one, scene.now_ns)
    HealthHistory(holdings.store.engine, SUMMED).add(
        [Report("MX", "001", scene.now_ns - 5, vitals(one, scene.now_ns, None))]
    )
    found = client.get("/api/v1/stations/MX.001/trend", params={"hours": 1}).json()
    missing = client.get("/api/v1/stations/MX.999/trend")

    assert 1 == len(found["start"])
    assert [31.5] == next(c["middle"] for c in found["courses"] if c["name"] == "temperature_c")
    assert 404 == missing.status_code
    assert 422 == client.get("/api/v1/stations/MX.001/trend?hours=0").status_code


def test_alarms_newest_first(client: TestClient, holdings: Holdings) -> None:
    """All, of one station, or those that go on."""
    log = AlarmLog(holdings.store.engine)
    for number, name in enumerate("abc"):
        log.save(alarm(name, number * 1_000))
    log.save(alarm("b", 1_000, revision=1, ended=9_000))

    def ids(**query: object) -> list[str]:
        found = client.get("/api/v1/alarms", params=query).json()
        return [FleetAlarm.model_validate(one).id for one in found]

    assert ["c", "b", "a"] == ids()
    assert ["c", "a"] == ids(open=True)
    assert ["b"] == ids(station="XX.b")
    assert [] == ids(station="XX.b", open=True)
    assert ["c"] == ids(limit=1)


def test_an_operator_acknowledges_an_alarm(client: TestClient, holdings: Holdings) -> None:
    """Under the token's name, once; a reader does not, and an unknown one is said."""
    tokens = Tokens(holdings.store.engine)
    shown = [tokens.add("wall", 0), tokens.add("ana", 0, Role.OPERATOR)]
    reader, operator = (
        {"Authorization": f"Bearer {one}", "X-Requested-With": "test"} for one in shown
    )
    log = AlarmLog(holdings.store.engine)
    log.save(alarm("a", 1_000))
    refused = client.post("/api/v1/alarms/a/acknowledge", headers=reader)
    seen = client.post("/api/v1/alarms/a/acknowledge", headers=operator)
    again = client.post("/api/v1/alarms/a/acknowledge", headers=operator)
    unknown = client.post("/api/v1/alarms/b/acknowledge", headers=operator)

    assert (403, 200, 200, 404) == tuple(one.status_code for one in (refused, seen, again, unknown))
    assert "ana" == seen.json()["acknowledged_by"]
    assert seen.json() == again.json()
    (kept,) = log.open()
    assert "ana" == kept.acknowledged_by


def test_the_inventory_as_csv(client: TestClient, holdings: Holdings) -> None:
    """The stations as they are set up now."""
    holdings.store.save(state("001"), 0)
    answer = client.get("/api/v1/stations.csv")

    assert answer.headers["content-type"].startswith("text/csv")
    assert "MX,001,16.27,-98.05," in answer.text


def test_alarms_travel_with_the_picture(client: TestClient, board: Board) -> None:
    """A page that is open is told at once, and once."""
    before = board.sequence
    board.on_alarm(alarm())
    board.on_alarm(alarm())
    shown = board.picture(before)

    assert (alarm(),) == shown.alarms
    assert not shown.empty
    assert before + 1 == board.sequence
    assert ["a"] == [one["id"] for one in client.get("/api/v1/snapshot").json()["alarms"]]
