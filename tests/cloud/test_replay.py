"""A replay of recordings is the whole line: samples of several stations in, one event out."""

from pathlib import Path

import pytest

from cloud.aggregator import Aggregator
from cloud.geodesy import great_circle_km
from cloud.recordings import read_recording
from cloud.replay import replay, write_events
from edge.config import StationConfig
from edge.messages import Event, EventStatus
from tests.recordings import ORIGIN_S, SHOCK, SITES, Shock, write_event

_SECOND = 1_000_000_000


def _configs(folder: Path, *, network: bool = False) -> list[StationConfig]:
    configs = []
    for config in read_recording(folder).stations:
        model = config.detection.model.model_copy(update={"enabled": network})
        detection = config.detection.model_copy(update={"model": model})
        configs.append(config.model_copy(update={"detection": detection}))
    return configs


def _replayed(folder: Path) -> dict[str, list[Event]]:
    by_id: dict[str, list[Event]] = {}
    for event in replay(_configs(folder), Aggregator()):
        by_id.setdefault(event.id, []).append(event)
    return by_id


def test_one_earthquake_is_one_event_at_its_place(tmp_path: Path) -> None:
    """Seven stations, P and S each: one event, within 10 km and 2 s, ending as final."""
    ((revisions),) = _replayed(write_event(tmp_path)).values()

    last = revisions[-1]
    assert EventStatus.FINAL == last.status
    assert great_circle_km(last.latitude, last.longitude, SHOCK.latitude, SHOCK.longitude) < 10
    assert abs(last.origin_time / _SECOND - ORIGIN_S) < 2
    assert len(last.stations) >= len(SITES) - 1


def test_revisions_count_up_and_time_runs_forward(tmp_path: Path) -> None:
    """Revisions are 0, 1, 2, ... and each goes out after the one before, by the data's clock."""
    ((revisions),) = _replayed(write_event(tmp_path)).values()

    assert list(range(len(revisions))) == [r.revision for r in revisions]
    published = [r.published for r in revisions]
    assert sorted(published) == published
    assert {revisions[0].published} == {r.first_published for r in revisions}
    assert revisions[0].published / _SECOND - ORIGIN_S < 15


def test_two_earthquakes_at_two_places_are_two_events(tmp_path: Path) -> None:
    """A second shock two minutes later and 70 km away is an event of its own."""
    second = Shock(16.9, -98.8, origin_s=ORIGIN_S + 120, strength_m_s2=2.0)

    by_id = _replayed(write_event(tmp_path, (SHOCK, second), seconds=230))

    assert 2 == len([r for r in by_id.values() if r[-1].status is EventStatus.FINAL])


def test_noise_alone_is_no_event(tmp_path: Path) -> None:
    """Two minutes of sensor noise at seven stations."""
    assert {} == _replayed(write_event(tmp_path, (), seconds=120))


def test_replaying_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """The file of the second replay equals the first to the byte."""
    folder = write_event(tmp_path)
    for name in ("first", "second"):
        write_events(replay(_configs(folder), Aggregator()), tmp_path / name)

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert len((tmp_path / "first").read_bytes()) > 0


def test_interrupted_replay_leaves_no_half_file(tmp_path: Path) -> None:
    """The output appears only when it is whole."""
    out = tmp_path / "events.jsonl"

    def broken() -> object:
        yield from ()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_events(broken(), out)

    assert not out.exists()


@pytest.mark.parametrize("event", ["2018_1_29", "2020_1_30"])
def test_real_event_is_one_event_near_the_catalogue(shared_data: Path, event: str) -> None:
    """One event of the training and one of the test part: within 30 km and 4 s."""
    truth = {"2018_1_29": (17.414, -101.63), "2020_1_30": (16.831, -100.1)}
    by_id = _replayed(shared_data / "openeew_mx" / event)

    assert 1 == len(by_id)
    ((revisions),) = by_id.values()
    last = revisions[-1]
    assert EventStatus.FINAL == last.status
    assert great_circle_km(last.latitude, last.longitude, *truth[event]) < 30
