"""What a user may have: a test set alone, or the published partition."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.training.reproduce.volcano.made import sequences
from training.data.readers.sequences import Sequence
from training.errors import DataError
from training.reproduce.volcano.sequences import find_sequences


def _pickled(folder: Path, name: str, made: list[Sequence]) -> None:
    (folder / f"fbank_{name}_normalized.p").write_bytes(pickle.dumps([s.features for s in made]))
    labels = folder / f"fbank_labels_{name}_normalized.p"
    labels.write_bytes(pickle.dumps([s.labels for s in made]))


def _archived(path: Path, made: list[Sequence]) -> None:
    np.savez(
        path,
        features=np.concatenate([one.features for one in made]),
        labels=np.concatenate([one.labels for one in made]),
        lengths=[len(one.labels) for one in made],
    )


def test_the_published_pickles_are_a_partition(tmp_path: Path) -> None:
    """Training and test set are told by their names."""
    made = sequences(8)
    _pickled(tmp_path, "part0", made[:6])
    _pickled(tmp_path, "part0_test", made[6:])

    found = find_sequences(tmp_path)

    assert (6, 2) == (len(found.train), len(found.test))
    np.testing.assert_array_equal(made[6].labels, found.test[0].labels)


def test_a_training_set_that_is_the_test_set_is_refused(tmp_path: Path) -> None:
    """As one of the authors' folders has it: what they train there is what they test."""
    made = sequences(4)
    _pickled(tmp_path, "part0", made)
    _pickled(tmp_path, "part0_test", made)

    with pytest.raises(DataError, match="holds 4 of the 4 test sequences"):
        find_sequences(tmp_path)


def test_test_pickles_alone_are_a_test_set(tmp_path: Path) -> None:
    """It is cross-validated then."""
    _pickled(tmp_path, "part0_test", sequences(3))

    found = find_sequences(tmp_path)

    assert (0, 3) == (len(found.train), len(found.test))


def test_labels_without_features_are_named(tmp_path: Path) -> None:
    """The error says what is there."""
    _pickled(tmp_path, "part0_test", sequences(3))
    (tmp_path / "fbank_part0_test_normalized.p").unlink()

    with pytest.raises(DataError, match="has fbank_labels_part0_test_normalized"):
        find_sequences(tmp_path)


def test_an_archive_by_itself_or_in_a_folder(tmp_path: Path) -> None:
    """Both are read; two archives are not guessed between."""
    _archived(tmp_path / "one.npz", sequences(3))

    assert 3 == len(find_sequences(tmp_path).test)
    assert 3 == len(find_sequences(tmp_path / "one.npz").test)
    _archived(tmp_path / "two.npz", sequences(2))
    with pytest.raises(DataError, match="holds 2 npz files"):
        find_sequences(tmp_path)


def test_a_folder_of_data_sets(tmp_path: Path) -> None:
    """The set of that name is the one."""
    (tmp_path / "volcano").mkdir()
    _archived(tmp_path / "volcano" / "one.npz", sequences(3))

    assert 3 == len(find_sequences(tmp_path).test)


def test_nothing_there(tmp_path: Path) -> None:
    """A path that does not exist is named."""
    with pytest.raises(DataError, match="does not exist"):
        find_sequences(tmp_path / "missing")


def test_fingerprint_tells_sets_apart(tmp_path: Path) -> None:
    """One label changed is another set."""
    made = sequences(3)
    _archived(tmp_path / "one.npz", made)
    made[1].labels[0] = 4
    _archived(tmp_path / "two.npz", made)

    first, second = (find_sequences(tmp_path / name) for name in ("one.npz", "two.npz"))

    assert first.fingerprint != second.fingerprint
