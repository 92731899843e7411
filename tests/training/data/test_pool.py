"""Pools: recordings of one part, in memory or mapped, with their events and noise."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.data.quakes import recording
from training.data.pool import FeatureSequence, JoinedRecordings, MappedRecordings, Pool, brought
from training.data.store import StoreWriter, WaveformStore


def stored(folder: Path, count: int = 3) -> WaveformStore:
    """Return a data set of some earthquakes."""
    with StoreWriter(folder) as writer:
        for seed in range(count):
            writer.append(recording(seed))
    return WaveformStore(folder)


def test_events_and_noise_are_found() -> None:
    """An earthquake is an event and, before its P, noise; noise is noise throughout."""
    quiet = recording(2, category="noise", picks="none", p_index=None, s_index=None)
    unknown = recording(3, category="unlabelled", picks="none", p_index=None, s_index=None)
    pool = Pool([recording(1), quiet, unknown])

    assert [0] == pool.events.tolist()
    assert [0, 1] == pool.noises.tolist()
    assert [1400, 6000, 0] == pool.noise_end.tolist()


def test_noise_before_an_automatic_pick_ends_earlier() -> None:
    """A pick that may be late leaves a wider guard: 8 s."""
    pool = Pool([recording(1, picks="automatic")])

    assert [700] == pool.noise_end.tolist()


def test_mapped_recordings_are_those_in_memory(tmp_path: Path) -> None:
    """Out of core and in memory give the same samples, facts and fingerprint."""
    store = stored(tmp_path / "set")
    mapped = Pool(MappedRecordings(store, np.arange(3)))
    loaded = Pool([recording(seed) for seed in range(3)])

    assert loaded.fingerprint == mapped.fingerprint
    np.testing.assert_array_equal(loaded.recordings[2].samples, mapped.recordings[2].samples)


def test_joined_recordings_keep_their_order(tmp_path: Path) -> None:
    """The second set follows the first; a set without recordings does no harm."""
    store = stored(tmp_path / "set")
    first, none, second = (
        MappedRecordings(store, np.array(rows, np.int64)) for rows in ([0], [], [2, 1])
    )
    joined = JoinedRecordings([first, none, second])

    names = [joined[row].about.name for row in range(len(joined))]

    assert ["made-0", "made-2", "made-1"] == names
    assert names == [joined.facts(row)[0].name for row in range(len(joined))]


def test_other_recordings_have_another_fingerprint() -> None:
    """A run is not continued on other data."""
    prints = {Pool([recording(seed)]).fingerprint for seed in (1, 2)}
    moved = Pool([recording(1, p_index=1501.0)]).fingerprint

    assert 3 == len(prints | {moved})


def test_velocity_becomes_acceleration() -> None:
    """By default a slope, once; as recorded it stays."""
    velocity = recording(1, quantity="velocity")

    made = brought(velocity, 100.0, "acceleration")

    expected = np.gradient(velocity.samples.astype(np.float64), 0.01, axis=0)
    np.testing.assert_allclose(expected, made.samples, rtol=1e-5, atol=1e-2)
    assert made.samples is brought(made, 100.0, "acceleration").samples
    assert velocity is brought(velocity, 100.0, "as-recorded")


def test_onsets_follow_the_rate() -> None:
    """At 40 Hz the P of 15 s lies at sample 600."""
    made = brought(recording(1), 40.0, "acceleration")

    assert 600.0 == made.about.p_index
    assert 40.0 == made.about.rate_hz


@pytest.mark.parametrize("change", ["features", "labels"])
def test_sequences_count_in_the_fingerprint(change: str) -> None:
    """Other features or other labels are other data."""
    content = {"features": np.zeros((4, 48), np.float32), "labels": np.zeros(4, np.int64)}
    before = Pool(sequences=[FeatureSequence("one", "made", **content)])
    content[change] = content[change] + 1
    after = Pool(sequences=[FeatureSequence("one", "made", **content)])

    assert before.fingerprint != after.fingerprint
    assert {"made": 1} == after.sources
