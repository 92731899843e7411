"""Data sets of a training: found, read once, kept at the network's rate, split by event."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.data.quakes import recording
from training.data.sets import read_pools, read_sequences, sets_of
from training.data.store import StoreWriter, is_store
from training.errors import DataError
from training.zoo import network

QUAKE, CRED, TCN = (network(name).recipe() for name in ("quake_cnn", "cred", "volcano_tcn"))


@pytest.fixture
def small_set(tmp_path: Path) -> Path:
    """Return a data set with two recordings for training, one for validation, one for test."""
    parts = ("train", "train", "validation", "test")
    with StoreWriter(tmp_path / "set") as writer:
        for seed, part in enumerate(parts):
            writer.append(recording(seed, part=part))
    return tmp_path / "set"


def test_parts_are_kept_apart(small_set: Path) -> None:
    """Each part has its own recordings; the test part is read when asked for."""
    pools = read_pools([small_set], CRED)
    test = read_pools([small_set], CRED, ("test",))

    assert {"train": 2, "validation": 1} == {part: len(pool) for part, pool in pools.items()}
    assert ["made-3"] == [one.about.name for one in test["test"].recordings]


def test_a_set_is_resampled_once_into_the_cache(small_set: Path, tmp_path: Path) -> None:
    """The second reading maps what the first has written, and is the same."""
    cache = tmp_path / "cache"
    first = read_pools([small_set], QUAKE, cache=cache)
    kept = sorted(cache.iterdir())
    again = read_pools([small_set], QUAKE, cache=cache)
    loaded = read_pools([small_set], QUAKE)

    assert 1 == len(kept)
    assert is_store(kept[0])
    assert kept == sorted(cache.iterdir())
    for part in ("train", "validation"):
        assert loaded[part].fingerprint == first[part].fingerprint == again[part].fingerprint


def test_an_interrupted_cache_is_written_anew(small_set: Path, tmp_path: Path) -> None:
    """What a killed process left half written is not taken for a set."""
    cache = tmp_path / "cache"
    read_pools([small_set], QUAKE, cache=cache)
    (kept,) = cache.iterdir()
    kept.rename(kept.with_name(f"{kept.name}.unfinished"))

    pools = read_pools([small_set], QUAKE, cache=cache)

    assert 2 == len(pools["train"])
    assert [kept] == list(cache.iterdir())


def test_two_sets_add_up(small_set: Path, tmp_path: Path) -> None:
    """`--data` may be given again."""
    with StoreWriter(tmp_path / "more") as writer:
        writer.append(recording(7))

    pools = read_pools([small_set, tmp_path / "more"], CRED)

    assert 3 == len(pools["train"])


def test_a_folder_of_sets_gives_each_network_its_own(tmp_path: Path) -> None:
    """Volcano networks take the volcano records, all others the rest."""
    for name in ("openeew_mx", "stead_sample", "volcano", "hand_motion"):
        (tmp_path / name).mkdir()

    taken = {recipe.name: [path.name for path in sets_of([tmp_path], recipe)]
             for recipe in (CRED, TCN)}  # fmt: skip

    assert {"cred": ["openeew_mx", "stead_sample"], "volcano_tcn": ["volcano"]} == taken


def test_a_folder_without_the_right_sets_is_told(tmp_path: Path) -> None:
    """What is there is named."""
    (tmp_path / "volcano").mkdir()

    with pytest.raises(DataError, match="holds volcano, from which cred does not learn"):
        sets_of([tmp_path], CRED)


def test_a_set_without_a_part_is_told(tmp_path: Path) -> None:
    """A network that cannot be validated is not trained."""
    with StoreWriter(tmp_path / "set") as writer:
        writer.append(recording(1))

    with pytest.raises(DataError, match="no recording in part validation for cred"):
        read_pools([tmp_path / "set"], CRED)


def test_sequences_of_features_are_read(tmp_path: Path) -> None:
    """An npz of features, labels and lengths; other npz files are left alone."""
    np.savez(
        tmp_path / "part.npz",
        features=np.arange(10 * 48, dtype=np.float32).reshape(10, 48),
        labels=np.arange(10) % 5,
        lengths=np.array([4, 6]),
    )
    np.savez(tmp_path / "other.npz", data=np.zeros(3))

    sequences = read_sequences(tmp_path)

    assert ["part-000", "part-001"] == [one.name for one in sequences]
    assert [4, 6] == [len(one.features) for one in sequences]
    assert [4, 0, 1, 2, 3, 4] == sequences[1].labels.tolist()


def test_test_events_of_openeew_are_not_opened(tiny_data: Path) -> None:
    """Files of 2019 may be broken: a training never looks."""
    broken = tiny_data / "openeew_mx" / "2019_3_9" / "000" / "00.jsonl.gz"
    content = broken.read_bytes()
    broken.write_bytes(b"not read")
    try:
        pools = read_pools([tiny_data], CRED)
    finally:
        broken.write_bytes(content)

    assert {"train": 2, "validation": 2} == {part: len(pool) for part, pool in pools.items()}


def test_real_sets_are_read(shared_data: Path) -> None:
    """NCEDC and STEAD samples at 40 Hz: every window has a P and noise before it."""
    pools = read_pools([shared_data / "ncedc_windows", shared_data / "stead_sample"], QUAKE)

    assert {"ncedc", "stead"} == set(pools["train"].sources)
    assert len(pools["train"]) == len(pools["train"].events)
    assert 0 == int((pools["train"].noise_end == 0).sum())
