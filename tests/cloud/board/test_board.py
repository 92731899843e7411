"""The live picture: what a watcher is told, and what he is spared."""

import asyncio
import json

import pytest

from cloud.board import Board, BoardConfig
from cloud.board.picture import Condition, Mode, Picture, StationView
from edge.messages import EventStatus, Phase, TriggerStatus
from edge.timestamps import seconds_to_ns
from tests.cloud.scene import DEGRADED, OFFLINE, STATIONS, Scene, event, health, state, trigger


@pytest.fixture
def scene() -> Scene:
    """Return the scene, half a minute before its earthquake."""
    return Scene()


@pytest.fixture
def board(scene: Scene) -> Board:
    """Return a board that knows the network."""
    board = Board()
    scene.fill(board)
    return board


def _station(board: Board, code: str) -> StationView:
    return next(view for view in board.picture().stations if view.id == f"MX.{code}")


def test_the_first_picture_is_whole(board: Board) -> None:
    """Who comes new is told everything."""
    picture = board.picture()

    assert picture.full
    assert {f"MX.{code}" for code in STATIONS} == {view.id for view in picture.stations}


def test_conditions_follow_the_messages(board: Board) -> None:
    """The scene's network: one station offline, one with a bad clock, the others quiet."""
    conditions = {view.id: view.condition for view in board.picture().stations}

    assert Condition.OFFLINE == conditions.pop(f"MX.{OFFLINE}")
    assert Condition.DEGRADED == conditions.pop(f"MX.{DEGRADED}")
    assert {Condition.QUIET} == set(conditions.values())


def test_only_changes_are_told_after_the_first_picture(board: Board, scene: Scene) -> None:
    """A watcher who saw all before is told of the trigger and of its station, no more."""
    seen = board.sequence
    board.on_trigger(trigger("002"), scene.now_ns)

    picture = board.picture(seen)

    assert not picture.full
    assert ["MX.002"] == [view.id for view in picture.stations]
    assert [trigger("002")] == list(picture.triggers)
    assert () == picture.events


def test_nothing_new_is_an_empty_picture(board: Board) -> None:
    """Without news there is nothing to send."""
    assert board.picture(board.sequence).empty
    assert not board.picture().empty


def test_an_unknown_number_gets_the_whole_picture(board: Board) -> None:
    """A number from the future belongs to another board: better all than a gap."""
    assert board.picture(board.sequence + 1).full
    assert board.picture(-5).full


def test_revisions_may_come_twice_and_in_any_order(board: Board, scene: Scene) -> None:
    """The highest revision of a trigger holds; lower and equal ones change nothing."""
    newest = trigger("002", revision=3, status=TriggerStatus.FINAL)
    board.on_trigger(newest, scene.now_ns)
    seen = board.sequence
    board.on_trigger(trigger("002", revision=1), scene.now_ns)
    board.on_trigger(newest, scene.now_ns)

    assert board.picture(seen).empty
    assert (newest,) == board.picture().triggers


def test_event_revisions_may_come_in_any_order(board: Board, scene: Scene) -> None:
    """A late lower revision does not bring a retracted event back."""
    board.on_event(event(revision=4, status=EventStatus.RETRACTED, reason="test"), scene.now_ns)
    board.on_event(event(revision=3), scene.now_ns)

    assert [EventStatus.RETRACTED] == [found.status for found in board.picture().events]


def test_an_old_health_report_changes_nothing(board: Board, scene: Scene) -> None:
    """Health travels at QoS 0 but may still overtake itself."""
    board.on_health(health("001", scene.now_ns, latency_s=2.0), scene.now_ns)
    board.on_health(health("001", scene.now_ns - 1, latency_s=9.0), scene.now_ns)

    shown = _station(board, "001").health
    assert shown is not None
    assert 2.0 == shown.latency_s


def test_a_bare_last_will_does_not_forget_the_station(board: Board, scene: Scene) -> None:
    """A will without coordinates keeps the place and the sensor that the station told."""
    will = state("001").__class__(online=False, network="MX", station="001")
    board.on_state(will, scene.now_ns)

    station = _station(board, "001")
    assert Condition.OFFLINE == station.condition
    assert STATIONS["001"] == (station.latitude, station.longitude)
    assert station.state is not None
    assert "ADXL355" == station.state.sensor


def test_a_station_known_by_its_trigger_alone_is_shown(scene: Scene) -> None:
    """A trigger carries coordinates: its station appears, and is said to be unknown."""
    board = Board()
    board.on_trigger(trigger("002"), trigger("002").onset)

    station = _station(board, "002")
    assert STATIONS["002"] == (station.latitude, station.longitude)
    assert Condition.TRIGGERING == station.condition
    assert ("has not introduced itself",) == station.reasons


def test_time_alone_ends_a_trigger_and_a_connection(board: Board, scene: Scene) -> None:
    """Without any message a station goes offline; with health, a trigger ends by itself."""
    onset_ns = trigger("002").onset
    board.on_health(health("002", onset_ns), onset_ns)
    board.on_trigger(trigger("002"), onset_ns)
    seen = []
    for after_s in (1, 36):
        board.advance(onset_ns + seconds_to_ns(after_s))
        seen.append(_station(board, "002").condition)
    board.on_health(health("002", onset_ns + seconds_to_ns(61)), onset_ns + seconds_to_ns(61))
    seen.append(_station(board, "002").condition)

    assert [Condition.TRIGGERING, Condition.OFFLINE, Condition.QUIET] == seen


def test_passing_time_without_effect_tells_nothing(board: Board, scene: Scene) -> None:
    """A tick that changes no condition wakes nobody."""
    seen = board.sequence
    board.advance(scene.now_ns + seconds_to_ns(1))

    assert seen == board.sequence


def test_many_watchers_cost_one_look_at_the_time(board: Board, scene: Scene) -> None:
    """However many streams ask within half a second, stations are judged once."""
    late_ns = scene.now_ns + seconds_to_ns(34.9)
    board.advance(late_ns)
    board.advance(late_ns + seconds_to_ns(0.4))
    before = _station(board, "001").condition
    board.advance(late_ns + seconds_to_ns(0.6))

    assert (Condition.QUIET, Condition.OFFLINE) == (before, _station(board, "001").condition)


def test_lists_are_bounded(scene: Scene) -> None:
    """A station that floods costs no more memory than the limits allow."""
    board = Board(BoardConfig(stations=3, triggers=5, events=2, history=4))
    for number in range(50):
        board.on_trigger(trigger("002", id=f"t{number}"), scene.now_ns)
        board.on_event(event(id=f"e{number}"), scene.now_ns)
        board.on_health(health("002", scene.now_ns + number), scene.now_ns)
    for code in list(STATIONS)[:6]:
        board.on_state(state(code), scene.now_ns)

    picture = board.picture()
    assert (3, 5, 2) == (len(picture.stations), len(picture.triggers), len(picture.events))
    assert ["e48", "e49"] == [found.id for found in picture.events]


def test_history_keeps_the_last_reports(scene: Scene) -> None:
    """The chart of a station gets noise, latency and clock error of its last reports."""
    board = Board(BoardConfig(history=2))
    for second in range(3):
        time_ns = scene.now_ns + seconds_to_ns(second)
        board.on_health(health("001", time_ns, latency_s=float(second)), time_ns)

    points = board.history("MX.001")
    assert points is not None
    assert [1.0, 2.0] == [point.latency_s for point in points]
    assert 0.00064 == pytest.approx(points[0].noise_m_s2)
    assert board.history("MX.999") is None


def test_new_triggers_are_counted_by_the_minute(board: Board, scene: Scene) -> None:
    """A trigger counts once, at its onset, whatever revisions follow."""
    scene.shake(board, 40)
    board.on_trigger(trigger("002", revision=9), scene.now_ns)

    activity = board.picture().activity
    assert len(board.picture().triggers) == sum(minute.triggers for minute in activity)
    assert sorted(minute.minute for minute in activity) == [m.minute for m in activity]


def test_a_wrong_clock_does_not_spoil_the_activity(board: Board, scene: Scene) -> None:
    """Onsets hours away from the data clock are listed but not counted."""
    hours_ns = seconds_to_ns(7_200)
    board.on_trigger(trigger("001", id="early", onset=scene.now_ns - hours_ns), scene.now_ns)
    board.on_trigger(trigger("001", id="late", onset=scene.now_ns + hours_ns), scene.now_ns)

    assert () == board.picture().activity
    assert 2 == len(board.picture().triggers)


def test_old_minutes_are_dropped(scene: Scene) -> None:
    """The chart's memory is as long as the chart."""
    board = Board(BoardConfig(minutes=2))
    for minute in range(5):
        onset = scene.now_ns + seconds_to_ns(60 * minute)
        board.on_trigger(trigger("001", id=f"t{minute}", onset=onset), onset)

    assert 2 == len(board.picture().activity)


async def test_a_watcher_sleeps_until_something_happens(board: Board, scene: Scene) -> None:
    """Waiting ends with the next message, and not before."""
    waiting = asyncio.create_task(board.wait(board.sequence))
    await asyncio.sleep(0)
    assert not waiting.done()

    board.on_trigger(trigger("002", Phase.S), scene.now_ns)
    async with asyncio.timeout(5):
        await waiting


async def test_a_watcher_who_is_behind_does_not_wait(board: Board) -> None:
    """What happened between two looks is told at once."""
    async with asyncio.timeout(5):
        await board.wait(board.sequence - 1)


async def test_closing_wakes_every_watcher(board: Board) -> None:
    """A stopping service does not leave streams behind."""
    waiting = [asyncio.create_task(board.wait(board.sequence)) for _ in range(3)]
    await asyncio.sleep(0)
    board.close()
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)

    assert board.closed


def test_a_slow_watcher_skips_what_lay_between(board: Board, scene: Scene) -> None:
    """A thousand revisions later, the picture holds the last one only."""
    seen = board.sequence
    for revision in range(1, 1_001):
        board.on_trigger(trigger("002", revision=revision), scene.now_ns)

    picture = board.picture(seen)
    assert [1_000] == [found.revision for found in picture.triggers]
    assert 1 == len(picture.stations)


def test_a_picture_is_json_and_survives_the_wire(board: Board, scene: Scene) -> None:
    """What goes over the wire is the picture itself, times in ISO 8601."""
    scene.shake(board, 40)
    picture = board.picture(now_ns=scene.now_ns)
    text = picture.model_dump_json()

    assert text == Picture.model_validate_json(text).model_dump_json()
    assert "2026-03-14T06:52:13.250000Z" == json.loads(text)["now"]


def test_what_is_not_live_is_said() -> None:
    """Mode, note and speed of the settings stand in every picture."""
    board = Board(BoardConfig(mode=Mode.REPLAY, note="2020-01-30", speed=10))

    picture = board.picture()
    assert (Mode.REPLAY, "2020-01-30", 10.0) == (picture.mode, picture.note, picture.speed)
