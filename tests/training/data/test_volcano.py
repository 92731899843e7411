"""Volcano records with their segments, and sequences of features."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from training.data.drops import Drops
from training.data.readers.array_pickle import read_arrays
from training.data.readers.sequences import (
    CLASSES,
    read_npz_sequences,
    read_pickled_sequences,
)
from training.data.readers.volcano import is_volcano, read_volcano
from training.data.recording import Recording
from training.errors import DataError


@pytest.fixture(scope="module")
def records(shared_data: Path) -> list[Recording]:
    """Return the records of Bezymianny."""
    drops = Drops()
    found = list(read_volcano(shared_data / "volcano" / "bezymianny", drops))
    assert 0 == drops.total
    return found


def test_every_record_has_one_earthquake(records: list[Recording]) -> None:
    """55 records, each background, earthquake, background; 2,814 s of earthquake in all.

    (With the published code's factor of 1 / 0.0141 it would be 2,851 s.)
    """
    assert 55 == len(records)
    seconds = 0.0
    for record in records:
        labels = [segment.label for segment in record.about.segments]
        assert ["BGN", "Equ", "BGN"] == labels
        earthquake = record.about.segments[1]
        seconds += (earthquake.end - earthquake.begin) / record.about.rate_hz
    assert pytest.approx(2814, abs=1) == seconds


def test_segments_stand_on_the_records_own_clock(records: list[Recording]) -> None:
    """Through the factor of 70 the earthquake is where the record is loudest."""
    inside = 0
    for record in records:
        trace = record.samples[:, 0] - np.median(record.samples[:, 0])
        _, earthquake, _ = record.about.segments
        inside += earthquake.begin <= int(np.abs(trace).argmax()) < earthquake.end
    assert 50 <= inside


def test_segments_cover_the_record(records: list[Recording]) -> None:
    """Nothing is left out at the end, which the published code never used."""
    for record in records:
        segments = record.about.segments
        assert 0 == segments[0].begin
        assert len(record.samples) == segments[-1].end
        assert [s.end for s in segments[:-1]] == [s.begin for s in segments[1:]]


def test_one_earthquake_at_several_stations_is_one_event(records: list[Recording]) -> None:
    """Records that overlap in time never fall on two sides of a split."""
    stations: dict[str, set[str]] = {}
    for record in records:
        stations.setdefault(record.about.event, set()).add(record.about.station)
    assert {"BZ02", "BZ06", "BZ10"} == stations["volcano-171218-80800"]
    assert {"BZ02", "BZ06"} == stations["volcano-171218-950"]


def test_horizontals_are_missing(records: list[Recording]) -> None:
    """Vertical alone."""
    assert all(np.isnan(record.samples[:, 1:]).all() for record in records)


def test_record_without_segments_is_dropped(tmp_path: Path, shared_data: Path) -> None:
    """A .trs that is missing, too long or no XML costs its record alone."""
    source = shared_data / "volcano" / "bezymianny"
    names = [path.name.removesuffix(".SAC.gz") for path in sorted(source.glob("bz02*.SAC.gz"))[:3]]
    for name in names:
        (tmp_path / f"{name}.SAC.gz").write_bytes((source / f"{name}.SAC.gz").read_bytes())
    (tmp_path / f"{names[0]}.trs").write_bytes((source / f"{names[0]}.trs").read_bytes())
    (tmp_path / f"{names[1]}.trs").write_text("<Trans><Sync time=")
    drops = Drops()

    assert is_volcano(tmp_path)
    assert 1 == len(list(read_volcano(tmp_path, drops)))
    assert {"no XML": 1, "no segments beside the record": 1} == drops.counts


def test_deception_sequences(shared_data: Path) -> None:
    """52 sequences, 6,098 rows, in the published classes."""
    sequences = read_npz_sequences(shared_data / "volcano" / "deception_partition0_test.npz")
    labels = np.concatenate([one.labels for one in sequences])

    assert (52, 6098) == (len(sequences), len(labels))
    assert [3427, 1328, 188, 206, 949] == np.bincount(labels, minlength=len(CLASSES)).tolist()
    assert all((len(one.labels), 48) == one.features.shape for one in sequences)


@pytest.mark.parametrize("protocol", range(6))
def test_pickled_sequences(tmp_path: Path, protocol: int) -> None:
    """Lists of arrays, as NumPy pickles them in every protocol."""
    rng = np.random.default_rng(1)
    features = [rng.standard_normal((n, 48)).astype(np.float32) for n in (3, 5)]
    labels = [np.arange(n, dtype=">i4") for n in (3, 5)]
    for name, content in (("f.p", features), ("l.p", labels)):
        (tmp_path / name).write_bytes(pickle.dumps(content, protocol))

    first, second = read_pickled_sequences(tmp_path / "f.p", tmp_path / "l.p")

    np.testing.assert_array_equal(features[1], second.features)
    np.testing.assert_array_equal(labels[0], first.labels)


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (__import__("os").system, ("touch broken-in",))


class _EvilArray:
    def __reduce__(self) -> tuple[object, ...]:
        make = np.empty(0).__reduce__()[0]
        return (make, (_Evil, (0,), b"b"))


@pytest.mark.parametrize(
    "content",
    [
        _Evil(),
        [np.zeros(3), _Evil()],
        _EvilArray(),
        np.array([_Evil()], dtype=object),
        np.zeros(3, dtype=[("a", "f4")]),
        np.array(["text"]),
        np.float64(1.0),
        "text",
        {1, 2},
    ],
    ids=["call", "call-in-list", "subtype", "objects", "fields", "text", "scalar", "str", "set"],
)
def test_pickle_of_anything_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: object
) -> None:
    """Nothing of it is called."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "features.p"
    path.write_bytes(pickle.dumps(content))

    with pytest.raises(DataError, match="no pickle of arrays"):
        read_arrays(path)
    assert not (tmp_path / "broken-in").exists()


def test_pickle_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    """An announced shape must be that of the bytes."""
    content = pickle.dumps(np.zeros((4, 2)), 2)
    path = tmp_path / "features.p"
    path.write_bytes(content.replace(b"K\x04K\x02", b"K\x04K\x7f"))

    with pytest.raises(DataError, match="another size"):
        read_arrays(path)


@pytest.mark.parametrize("keep", [0, 1, 20, 60])
def test_cut_pickle_is_refused(tmp_path: Path, keep: int) -> None:
    """A broken file is a sentence, not a traceback."""
    path = tmp_path / "features.p"
    path.write_bytes(pickle.dumps([np.zeros((4, 2))])[:keep])

    with pytest.raises(DataError, match="no pickle of arrays"):
        read_arrays(path)


def test_features_and_labels_must_belong_together(tmp_path: Path) -> None:
    """Two files of different sets are told apart by their lengths."""
    (tmp_path / "f.p").write_bytes(pickle.dumps([np.zeros((3, 48))]))
    (tmp_path / "l.p").write_bytes(pickle.dumps([np.zeros(4, int)]))

    with pytest.raises(DataError, match="different numbers of rows"):
        read_pickled_sequences(tmp_path / "f.p", tmp_path / "l.p")
