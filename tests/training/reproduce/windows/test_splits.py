"""Published splits share events between their parts; the sound one does not."""

import numpy as np

from tests.training.data.quakes import recording
from training.data.pool import LoadedRecordings
from training.data.split import hashed_part
from training.reproduce.windows.selection import Selection
from training.reproduce.windows.splits import (
    ChosenRecordings,
    RandomSplit,
    shared_events,
    split_by_event,
)


def _network_of(events: int, stations: int) -> LoadedRecordings:
    """Return each event at each station, in the part that its event's hash gives."""
    names = [f"event-{number // stations}" for number in range(events * stations)]
    return LoadedRecordings(
        [recording(number, event=name, part=hashed_part(name)) for number, name in enumerate(names)]
    )


def test_a_random_split_tests_events_that_it_trained_on() -> None:
    """With four stations an event, hardly any test recording is of an unknown event."""
    recordings = _network_of(events=20, stations=4)
    rows = np.arange(80)

    parts = RandomSplit(test=0.15, validation=0.05).deal(rows, seed=1)

    assert {"train": 64, "validation": 4, "test": 12} == {k: len(v) for k, v in parts.items()}
    assert 0.8 < shared_events(recordings, parts)


def test_a_split_by_event_does_not() -> None:
    """And still uses every recording once."""
    recordings = _network_of(events=40, stations=3)
    rows = np.arange(120)

    parts = split_by_event(recordings, rows)

    assert 0.0 == shared_events(recordings, parts)
    assert rows.tolist() == sorted(np.concatenate(list(parts.values())).tolist())


def test_no_recording_is_in_two_parts() -> None:
    """But for authors who report the part by which they chose."""
    rows = np.arange(50, 90)

    parts = RandomSplit(test=0.2, validation=0.1).deal(rows, seed=2)
    chosen = RandomSplit(test=0.2, validation=0.2, tested_on_validation=True).deal(rows, seed=2)

    assert rows.tolist() == sorted(np.concatenate(list(parts.values())).tolist())
    assert chosen["validation"].tolist() == chosen["test"].tolist()
    assert not set(chosen["train"]) & set(chosen["test"])


def test_another_seed_deals_in_another_way() -> None:
    """And the same seed in the same."""
    rows, split = np.arange(40), RandomSplit(test=0.2, validation=0.1)

    first, same, other = (split.deal(rows, seed)["test"].tolist() for seed in (1, 1, 2))

    assert first == same
    assert first != other


def test_limits_leave_out_what_is_known_to_be_beyond() -> None:
    """Far, faint and early events go; what nobody knows stays."""
    recordings = LoadedRecordings(
        [
            recording(0, distance_km=50.0, snr_db=50.0),
            recording(1, distance_km=150.0, snr_db=50.0),
            recording(2, distance_km=50.0, snr_db=30.0),
            recording(3),
            recording(4, p_index=100.0, s_index=500.0),
            recording(5, p_index=1500.0, s_index=1510.0),
            recording(6, category="noise", p_index=None, s_index=None),
        ]
    )
    limits = Selection(farthest_km=100.0, least_snr_db=40.0, least_p_s=2.0, least_s_minus_p_s=0.2)

    assert [0, 3, 6] == limits.rows(recordings, seed=1).tolist()
    assert list(range(7)) == Selection().rows(recordings, seed=1).tolist()


def test_as_many_as_were_published_are_drawn() -> None:
    """Earthquakes and noise each, not the first of the list."""
    made = [recording(n) for n in range(30)]
    made += [recording(n, category="noise", p_index=None, s_index=None) for n in range(30, 50)]

    rows = Selection(earthquakes=10, noises=5).rows(LoadedRecordings(made), seed=1)

    assert (10, 5) == (int((rows < 30).sum()), int((rows >= 30).sum()))
    assert rows.tolist() == sorted(rows.tolist())
    assert list(range(10)) != rows[:10].tolist()


def test_chosen_recordings_keep_their_order() -> None:
    """Row 0 is the first that was chosen."""
    recordings = LoadedRecordings([recording(n) for n in range(4)])

    chosen = ChosenRecordings(recordings, np.array([3, 1]))

    assert 2 == len(chosen)
    assert recordings[3] is chosen[0]
    assert recordings.facts(1) == chosen.facts(1)
