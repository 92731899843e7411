"""Folds of whole sequences in which the rare classes are shared out."""

import numpy as np
import pytest

from tests.training.reproduce.volcano.made import sequence, sequences
from training.reproduce.volcano.folds import stratified_folds
from training.reproduce.volcano.parting import inner_parting, partings, thinned
from training.reproduce.volcano.sequences import SequenceData


def test_every_sequence_is_tested_once() -> None:
    """The folds are all sequences, none twice."""
    folds = stratified_folds(sequences(23), 5, seed=1)

    assert list(range(23)) == sorted(number for fold in folds for number in fold)
    assert {4, 5} == {len(fold) for fold in folds}


def test_a_rare_class_is_in_as_many_folds_as_it_can() -> None:
    """Four sequences with a hybrid among many others lie in four folds."""
    hybrid = [sequence([0, 2, 0], seed) for seed in range(4)]
    others = [sequence([0, 1, 0], seed) for seed in range(30)]

    folds = stratified_folds(others + hybrid, 5, seed=3)

    holding = [sum(number >= 30 for number in fold) for fold in folds]
    assert [0, 1, 1, 1, 1] == sorted(holding)


def test_more_folds_than_sequences_are_refused() -> None:
    """Nothing is tested by nothing."""
    with pytest.raises(ValueError, match="3 sequences cannot be dealt to 5 folds"):
        stratified_folds(sequences(3), 5, seed=1)


def test_no_test_sequence_is_trained_on() -> None:
    """In each fold training and test sequences are other ones, and all are used."""
    data = SequenceData(tuple(sequences(12)))

    for parting in partings(data, 4):
        trained = {id(one) for one in parting.train}
        tested = {id(one) for one in parting.test}
        assert not trained & tested
        assert 12 == len(trained | tested)
        assert tested == {id(data.test[n]) for n in parting.numbers}


def test_the_published_partition_is_used_where_it_is() -> None:
    """With a training set at hand there are no folds."""
    data = SequenceData(tuple(sequences(3)), tuple(sequences(8)))

    (parting,) = partings(data, 5)

    assert (8, 3) == (len(parting.train), len(parting.test))


def test_epochs_are_chosen_within_the_training_sequences() -> None:
    """The inner part is of the training sequences, a fifth of them."""
    train = tuple(sequences(20))

    inner = inner_parting(train)

    assert (16, 4) == (len(inner.train), len(inner.test))
    assert {id(one) for one in train} == {id(one) for one in (*inner.train, *inner.test)}


def test_half_of_the_sequences_have_every_class() -> None:
    """Thinning is stratified too."""
    half = thinned(tuple(sequences(16)), 0.5)

    assert 8 == len(half)
    assert {0, 1, 2, 3, 4} == set(np.concatenate([one.labels for one in half]).tolist())
