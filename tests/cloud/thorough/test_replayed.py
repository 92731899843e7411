"""A replay asks and looks as a running centre does, on the data's clock, the same every time."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cloud.aggregator import Aggregator
from cloud.geodesy import great_circle_km
from cloud.picking import PhasePick
from cloud.picking.config import PickingConfig
from cloud.picking.inline import open_inline_picker
from cloud.recordings import read_recording
from cloud.replay import replay, write_events
from cloud.seismogram import Seismogram
from edge.config import StationConfig
from edge.messages import Event, EventMethod, EventStatus, Phase
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import recorded
from tests.recordings import ORIGIN_S, SHOCK, SITES, write_event

ORIGIN_NS = seconds_to_ns(ORIGIN_S)
_VP_KM_S, _VS_KM_S = 6.0, 3.4


class KnowingPicker:
    """Sees P and S where the made recording has them, and remembers what it was shown."""

    name = "knowing 1"

    def __init__(self) -> None:
        self.shown: list[Seismogram] = []

    def pick(self, seismograms: Sequence[Seismogram]) -> list[tuple[PhasePick, ...]]:
        """Return the picks."""
        self.shown += seismograms
        return [self._of(one.station.partition(".")[2]) for one in seismograms]

    @staticmethod
    def _of(station: str) -> tuple[PhasePick, ...]:
        (site,) = (one for one in SITES if one.name == station)
        flat_km = great_circle_km(site.latitude, site.longitude, SHOCK.latitude, SHOCK.longitude)
        path_km = float(flat_km**2 + SHOCK.depth_km**2) ** 0.5
        return tuple(
            PhasePick(phase, ORIGIN_NS + seconds_to_ns(path_km / speed), 0.9, 0.05)
            for phase, speed in ((Phase.P, _VP_KM_S), (Phase.S, _VS_KM_S))
        )


def configs(folder: Path) -> list[StationConfig]:
    """Return the stations, without their networks."""
    found = []
    for config in read_recording(folder).stations:
        model = config.detection.model.model_copy(update={"enabled": False})
        detection = config.detection.model_copy(update={"model": model})
        found.append(config.model_copy(update={"detection": detection}))
    return found


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return two and a half minutes of seven stations, with one earthquake."""
    return write_event(tmp_path_factory.mktemp("recording"), seconds=150)


Replayed = tuple[list[Event], list[Seismogram]]
"""All revisions, and what the picker was shown."""


def replayed(recording: Path) -> Replayed:
    """Replay the recording with a picker that knows."""
    picker = KnowingPicker()
    return list(replay(configs(recording), Aggregator(), picker=picker)), picker.shown


@pytest.fixture(scope="module")
def once(recording: Path) -> Replayed:
    """Return what one replay gave."""
    return replayed(recording)


def test_the_event_is_final_as_its_waveforms_show_it(once: Replayed) -> None:
    """Located from them once, then final."""
    events, _ = once

    methods = [event.method for event in events]
    first = methods.index(EventMethod.WAVEFORMS)
    assert {EventMethod.WAVEFORMS} == set(methods[first:])
    assert EventStatus.FINAL == events[-1].status
    assert len({event.id for event in events}) == 1
    found = events[first]
    error_km = great_circle_km(found.latitude, found.longitude, SHOCK.latitude, SHOCK.longitude)
    assert error_km < 5
    assert {KnowingPicker.name} == {arrival.picker for arrival in found.arrivals}


def test_stations_are_asked_after_the_last_sample_that_is_wanted(once: Replayed) -> None:
    """A running centre would not have samples of later either."""
    events, shown = once

    found = next(event for event in events if event.method is EventMethod.WAVEFORMS)
    newest_ns = max(one.end_ns for one in shown)
    assert found.published >= newest_ns
    assert all(one.start_ns < ORIGIN_NS < one.end_ns for one in shown)


def test_twice_is_the_same_to_the_byte(once: Replayed, recording: Path, tmp_path: Path) -> None:
    """Nothing depends on the wall clock, nor on the order of a dictionary."""
    write_events(once[0], tmp_path / "first")
    write_events(replayed(recording)[0], tmp_path / "second")

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_a_recorded_earthquake_is_located_by_the_kit_s_picker(shared_data: Path) -> None:
    """Real MEMS stations; one has gaps, and part of its data came a quarter of an hour late."""
    (truth,) = (one for one in recorded(shared_data) if one.name == "2020_1_29")
    folder = shared_data / "openeew_mx" / truth.name
    picker = open_inline_picker(PickingConfig(providers=("cpu",)))

    events = list(replay(configs(folder), Aggregator(), picker=picker))

    last = events[-1]
    assert 1 == len({one.id for one in events})
    assert (EventStatus.FINAL, EventMethod.WAVEFORMS) == (last.status, last.method)
    assert truth.error_km(last) < 8
    assert {picker.name} < {arrival.picker for arrival in last.arrivals}
