"""The form on disk gives back what was put in, and only finished sets are read."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.data.quakes import recording
from training.data.drops import Drops
from training.data.recording import Recording, Segment
from training.data.store import StoreWriter, WaveformStore, read_store
from training.errors import DataError


def _written(folder: Path, recordings: list[Recording], stored_as: str = "float32") -> Path:
    with StoreWriter(folder, stored_as) as writer:  # type: ignore[arg-type]
        for one in recordings:
            writer.append(one)
    return folder


@pytest.mark.parametrize("stored_as", ["float32", "int16"])
def test_whole_numbers_come_back_exactly(tmp_path: Path, stored_as: str) -> None:
    """Raw counts lose nothing in either form, nor does their description."""
    recordings = [
        recording(1),
        recording(2, category="noise", picks="none", p_index=None, s_index=None),
        recording(3, segments=(Segment(0, 10, "BGN"),), snr_db=12.5, start_ns=5, part="test"),
    ]
    store = WaveformStore(_written(tmp_path / "set", recordings, stored_as))

    assert 3 == len(store)
    for number, one in enumerate(recordings):
        np.testing.assert_array_equal(one.samples, store[number].samples)
        assert one.about == store[number].about


def test_int16_keeps_the_shape_of_what_it_cannot_hold(tmp_path: Path) -> None:
    """Each component has its own scale: to a 65534th of its peak to peak."""
    one = recording()
    scaled = Recording(one.about, one.samples * np.float32([1e-6, 0.1, 1e4]))
    store = WaveformStore(_written(tmp_path / "set", [scaled], "int16"))

    error = np.abs(store[0].samples - scaled.samples).max(axis=0)
    assert (error <= np.abs(scaled.samples).max(axis=0) / 65534 * 1.01).all()


@pytest.mark.parametrize("stored_as", ["float32", "int16"])
def test_missing_component_stays_missing(tmp_path: Path, stored_as: str) -> None:
    """And a still one stays still."""
    one = recording()
    one.samples[:, 1] = np.nan
    one.samples[:, 2] = 0.0
    store = WaveformStore(_written(tmp_path / "set", [one], stored_as))

    np.testing.assert_array_equal(one.samples, store[0].samples)


def test_samples_are_mapped_and_not_read(tmp_path: Path) -> None:
    """A set larger than memory can be opened."""
    store = WaveformStore(_written(tmp_path / "set", [recording()]))

    assert isinstance(store.samples, np.memmap)
    assert not store.samples.flags.writeable


def test_it_reads_like_any_layout(tmp_path: Path) -> None:
    """What was converted once can be inspected, and converted again."""
    recordings = [recording(seed) for seed in range(3)]
    folder = _written(tmp_path / "set", recordings)

    assert [one.about for one in recordings] == [r.about for r in read_store(folder, Drops())]


def test_unfinished_set_is_refused(tmp_path: Path) -> None:
    """A writer that failed leaves no index, and the reader says so."""
    writer = StoreWriter(tmp_path / "set")
    writer.append(recording())
    error = RuntimeError("disk full")
    writer.__exit__(RuntimeError, error, None)

    with pytest.raises(DataError, match="never finished"):
        WaveformStore(tmp_path / "set")


def test_cut_samples_are_refused(tmp_path: Path) -> None:
    """A copy that ended early is told by its size."""
    folder = _written(tmp_path / "set", [recording()])
    samples = folder / "samples.bin"
    samples.write_bytes(samples.read_bytes()[:-4])

    with pytest.raises(DataError, match="not those of"):
        WaveformStore(folder)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder with something in it is refused."""
    folder = _written(tmp_path / "set", [recording()])

    with pytest.raises(DataError, match="not empty"):
        StoreWriter(folder)
