"""Station corrections: learnt slowly, from sure events, and forgotten by nobody."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cloud.aggregator import Aggregator
from cloud.cli import app
from cloud.config import ServiceConfig
from cloud.holdings import open_store
from cloud.learning import Learner, Learning
from cloud.magnitude import (
    MagnitudeConfig,
    MagnitudeType,
    StationMagnitude,
    network_magnitudes,
)
from cloud.magnitude.corrections import Residual, corrections_of, residuals_of
from cloud.store import Store
from cloud.store.residuals import MOST_EVENTS, Residuals
from edge.messages import Event, EventStatus

CONFIG = MagnitudeConfig()
_ML, _MW = MagnitudeType.LOCAL, MagnitudeType.MOMENT
_TRUE_BIAS = {"XX.A": 0.5, "XX.B": -0.3, "XX.C": 0.0, "XX.D": 0.0, "XX.E": 0.1}


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return an empty store of each kind."""
    made = Store(url=database_url)
    yield made
    made.close()


def said(
    rng: np.random.Generator, magnitude: float, scatter: float = 0.1
) -> list[StationMagnitude]:
    """Return what five stations, two of them biased, say of an earthquake."""
    return [
        StationMagnitude(name, _ML, magnitude + bias + scatter * rng.standard_normal(), 0.3)
        for name, bias in _TRUE_BIAS.items()
    ]


def event_of(
    stations: list[StationMagnitude],
    number: int = 1,
    status: EventStatus = EventStatus.FINAL,
    *,
    exercise: bool = False,
) -> Event:
    """Return the event that stations measured."""
    return Event(
        id=f"e{number}",
        revision=9,
        status=status,
        origin_time=number * 1_000_000_000,
        latitude=0,
        longitude=0,
        depth_km=10,
        horizontal_uncertainty_km=1,
        magnitudes=network_magnitudes(stations, {}),
        stations=tuple(_TRUE_BIAS),
        first_published=0,
        published=0,
        exercise=exercise,
    )


def test_a_residual_is_what_a_station_said_too_much() -> None:
    """Of each kind by itself, against the mean of all; a refusal has none."""
    stations = [StationMagnitude(f"XX.{name}", _ML, 5.0, 0.3) for name in "BCD"]
    stations += [StationMagnitude("XX.A", _ML, 5.4, 0.3), StationMagnitude("XX.E", _ML)]
    stations += [StationMagnitude(f"XX.{name}", _MW, 4.9, 0.3) for name in "ABCD"]
    found = {(each.station, each.type): each.value for each in residuals_of(stations, CONFIG)}

    assert 0.3 == pytest.approx(found["XX.A", _ML])
    assert -0.1 == pytest.approx(found["XX.B", _ML])
    assert 0.0 == pytest.approx(found["XX.A", _MW])
    assert 8 == len(found)


def test_residuals_of_an_event_cancel_out() -> None:
    """What is learnt moves stations against each other, and the network's level nowhere."""
    found = residuals_of(said(np.random.default_rng(3), 5.0), CONFIG)

    assert 0 == pytest.approx(sum(each.value * each.weight for each in found), abs=1e-9)


def test_a_station_that_is_unsure_teaches_little() -> None:
    """A far station, heard only because it was loud, moves neither the mean nor its correction."""
    sure = [StationMagnitude(f"XX.{name}", _ML, 5.0, 0.2) for name in "ABCD"]
    doubtful = StationMagnitude("XX.FAR", _ML, 6.0, 1.0)
    residuals = residuals_of([*sure, doubtful], CONFIG)
    by_station = {each.station: each for each in corrections_of(residuals, CONFIG)}

    assert 0.04 == pytest.approx(residuals[-1].weight)
    assert abs(by_station["XX.A"].value) < 0.005
    assert abs(by_station["XX.FAR"].value) < 0.02


def test_events_of_few_stations_teach_nothing() -> None:
    """With three stations nobody knows which of them is wrong."""
    stations = [StationMagnitude(f"XX.{name}", _ML, 5.0, 0.3) for name in "ABC"]

    assert () == residuals_of(stations, CONFIG)


@pytest.mark.parametrize(("events", "taken_off"), [(1, 0.1), (4, 0.25), (96, 0.48)])
def test_few_events_are_drawn_towards_nothing(events: int, taken_off: float) -> None:
    """Half a unit too much: a fifth of it is believed after one event, half after four."""
    (found,) = corrections_of([Residual("XX.A", _ML, 0.5)] * events, CONFIG)

    assert (events, taken_off) == (found.events, pytest.approx(found.value, abs=0.001))
    assert 0.5 == pytest.approx(found.mean)
    assert 0 == found.spread


def test_corrections_bring_biased_stations_back(store: Store) -> None:
    """After thirty events the stations agree three times better than before."""
    rng = np.random.default_rng(1)
    learning = Learning(store.engine, CONFIG)
    corrections = learning.corrections()
    assert {} == corrections
    for number in range(30):
        stations = said(rng, rng.uniform(4, 6))
        corrections = learning.learn(event_of(stations, number), stations)

    fresh = said(rng, 5.0, scatter=0.0)
    before = np.std([each.value for each in fresh if each.value is not None])
    after = np.std([(each.value or 0) - corrections[each.station, _ML] for each in fresh])

    assert after < before / 3


def test_an_event_that_is_final_twice_counts_once(store: Store) -> None:
    """A centre that was killed makes its events final again; nothing is learnt twice."""
    residuals = Residuals(store.engine)
    for value in (0.5, 0.4):
        residuals.keep("e1", 5, [Residual("XX.A", _ML, value)])

    assert [Residual("XX.A", _ML, 0.4)] == residuals.latest()


def test_only_the_latest_events_count(store: Store) -> None:
    """A station that was moved to rock is not held to its years on sand."""
    residuals = Residuals(store.engine)
    for number in range(MOST_EVENTS + 20):
        value = 0.5 if number < 20 else 0.0
        residuals.keep(f"e{number}", number, [Residual("XX.A", _ML, value)])
    residuals.keep("other", 0, [Residual("XX.A", _MW, 0.7)])
    found = residuals.latest()

    assert MOST_EVENTS + 1 == len(found)
    assert {0.0} == {each.value for each in found if each.type is _ML}


def test_corrections_outlive_the_centre(store: Store) -> None:
    """A second life of the centre begins with what the first one learnt."""
    stations = said(np.random.default_rng(2), 5.0)
    learnt = Learning(store.engine, CONFIG).learn(event_of(stations), stations)

    assert learnt
    assert learnt == Learning(store.engine, CONFIG).corrections()


def test_nothing_is_learnt_or_taken_off_where_that_is_switched_off(store: Store) -> None:
    """A setting, for those who keep a list of their own."""
    stations = said(np.random.default_rng(2), 5.0)
    Learning(store.engine, CONFIG).learn(event_of(stations), stations)
    off = Learning(store.engine, MagnitudeConfig(corrections=False))

    assert {} == off.corrections()
    assert {} == off.learn(event_of(stations, 2), stations)


def test_without_the_database_what_holds_goes_on_to_hold(tmp_path: Path) -> None:
    """An outage costs the residuals of one event and no event."""
    store = Store(tmp_path / "centre.sqlite")
    learning = Learning(store.engine, CONFIG)
    stations = said(np.random.default_rng(2), 5.0)
    before = learning.learn(event_of(stations), stations)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE magnitude_residual")

    assert before
    assert before == learning.learn(event_of(stations, 2), stations)
    assert before == learning.corrections()
    store.close()


class _Measured(Aggregator):
    """An aggregator whose events all have the same station magnitudes."""

    def __init__(self, stations: list[StationMagnitude]) -> None:
        super().__init__()
        self._said = tuple(stations)

    def station_magnitudes(self, event_id: str) -> tuple[StationMagnitude, ...]:
        """Return what stations said of an event that the aggregator made."""
        return self._said if event_id == "made-e1" else ()


@pytest.mark.parametrize(
    ("status", "exercise", "learns"),
    [
        (EventStatus.FINAL, False, True),
        (EventStatus.FINAL, True, False),
        (EventStatus.DECLARED, False, False),
        (EventStatus.RETRACTED, False, False),
    ],
)
async def test_the_running_centre_learns_from_final_events(
    tmp_path: Path, status: EventStatus, *, exercise: bool, learns: bool
) -> None:
    """Neither exercises nor retracted events teach it, and a final one at once."""
    store = Store(tmp_path / "centre.sqlite")
    stations = said(np.random.default_rng(2), 5.0)
    aggregator, stop = _Measured(stations), asyncio.Event()
    learner = Learner(Learning(store.engine, CONFIG), aggregator, lambda name: f"made-{name}")
    learner.offer(event_of(stations, 1, status, exercise=exercise))
    running = asyncio.create_task(learner.run(stop))
    await learner.settle()
    stop.set()
    await running
    store.close()

    assert learns is bool(aggregator.corrections)


def test_the_command_shows_what_was_learnt(tmp_path: Path) -> None:
    """As a table and as JSON; of one station where that is asked for; nothing is no error."""
    file = tmp_path / "centre.toml"
    file.write_text(f'state_dir = "{tmp_path}"\n')
    run = CliRunner()
    before = run.invoke(app, ["corrections", "-c", str(file)])
    store = open_store(ServiceConfig(state_dir=tmp_path))
    stations = said(np.random.default_rng(2), 5.0)
    Learning(store.engine, CONFIG).learn(event_of(stations), stations)
    store.close()
    shown = run.invoke(app, ["corrections", "-c", str(file)])
    (one,) = json.loads(
        run.invoke(app, ["corrections", "-c", str(file), "--station", "XX.A", "--json"]).stdout
    )

    assert "nothing is known yet" in before.stdout
    assert "XX.B" in shown.stdout
    assert ("XX.A", "ML", 1) == (one["station"], one["type"], one["events"])
    assert one["mean"] == pytest.approx(5 * one["value"])
