"""The order of versions: which is newer decides what a station takes."""

import itertools

import pytest
from packaging.version import Version

from edge.update.versions import newest, order_of

IN_ORDER = [
    "0.1.0.dev1",
    "0.1.0a1",
    "0.1.0b2",
    "0.1.0rc1",
    "0.1.0rc2",
    "0.1.0",
    "0.1.0.post1",
    "0.1.1",
    "0.9",
    "0.10.0",
    "1.0.0.dev2",
    "1.0.0",
    "2026.11",
]


@pytest.mark.parametrize(("older", "newer"), list(itertools.combinations(IN_ORDER, 2)))
def test_texts_are_ordered_as_packages_are(older: str, newer: str) -> None:
    """As PEP 440 has it, by the peer that pip uses."""
    assert Version(older) < Version(newer)
    assert order_of(older) < order_of(newer)


@pytest.mark.parametrize(("one", "same"), [("1.0", "1.0.0"), ("1.2.0+local", "1.2.0")])
def test_the_same(one: str, same: str) -> None:
    """Zeros at the end, and what a builder adds, make nothing newer."""
    assert order_of(one) == order_of(same)


def test_numbers() -> None:
    """Networks and settings count."""
    assert 10 == newest(9, 10, 2)
    assert "0.10.0" == newest("0.9.0", "0.10.0")


@pytest.mark.parametrize("word", ["", "newest", "1..2", "1.0-1", "v1", "1.0 ", "1.0.0.0.0.0.0"])
def test_what_is_no_version(word: str) -> None:
    """It is refused, not guessed."""
    with pytest.raises(ValueError, match="no version"):
        order_of(word)
