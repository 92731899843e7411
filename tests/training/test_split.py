"""The split is by event, and the test events stay unread."""

import shutil
from pathlib import Path

import pytest

from training.data.collection import TRAINING_PARTS, census, read_collection
from training.data.openeew import read_openeew
from training.data.split import OPENEEW_VALIDATION, hashed_part, openeew_part
from training.errors import DataError


@pytest.mark.parametrize(
    ("event", "part"),
    [
        ("2017_12_15", "train"),
        ("2018_2_16", "train"),
        ("2018_1_29", "validation"),
        ("2019_3_9", "test"),
        ("2020_1_30", "test"),
    ],
)
def test_openeew_is_split_by_year(event: str, part: str) -> None:
    """2017-2018 is for training, 2019-2020 for the test."""
    assert part == openeew_part(event)


def test_validation_events_are_of_both_rates() -> None:
    """One event before and one after the network's rate changed in 2018-08."""
    months = sorted(int(event.split("_")[1]) for event in OPENEEW_VALIDATION)

    assert [1, 8] == months


def test_all_stations_of_an_event_are_in_one_part(shared_data: Path) -> None:
    """No event is seen in training at one station and judged at another."""
    parts: dict[str, set[str]] = {}
    for record in read_collection(shared_data):
        parts.setdefault(record.event, set()).add(record.part)

    assert all(len(found) == 1 for found in parts.values())


def test_hash_deals_all_parts() -> None:
    """About 70, 15 and 15 per cent."""
    parts = [hashed_part(f"event-{i}") for i in range(2000)]

    assert 0.65 < parts.count("train") / 2000 < 0.75
    assert 0.12 < parts.count("test") / 2000 < 0.18


def test_files_of_test_events_are_not_opened(tiny_data: Path, tmp_path: Path) -> None:
    """A test event that cannot be read does not disturb training, as nothing there is read."""
    copy = tmp_path / "openeew_mx"
    shutil.copytree(tiny_data / "openeew_mx", copy)
    shutil.rmtree(copy / "2019_3_9")

    events = {record.event for record in read_openeew(tmp_path, TRAINING_PARTS)}

    assert {"2017_12_15", "2018_1_29"} == events


def test_census_counts_by_source_and_part(tiny_data: Path) -> None:
    """The card tells how many recordings of which source were used."""
    expected = {"openeew": {"train": 2, "validation": 2}}

    assert expected == census(read_collection(tiny_data))


def test_folder_without_recordings_is_told(tmp_path: Path) -> None:
    """A wrong --data says which folders are expected."""
    with pytest.raises(DataError, match="openeew_mx"):
        read_collection(tmp_path)


def test_only_the_named_sources_are_read(shared_data: Path) -> None:
    """A network for one domain must not have heard the other."""
    records = read_collection(shared_data, sources=("ncedc", "hand_motion"))

    assert {"ncedc", "hand_motion"} == set(census(records))


def test_a_source_that_nobody_knows_is_told(tmp_path: Path) -> None:
    """A typo would else train on nothing."""
    with pytest.raises(DataError, match="no source nced; there are openeew, ncedc"):
        read_collection(tmp_path, sources=("nced",))


def test_a_folder_without_any_wanted_source_is_told(tmp_path: Path) -> None:
    """An empty training would fail much later."""
    with pytest.raises(DataError, match="holds no recording of ncedc"):
        read_collection(tmp_path, sources=("ncedc",))
