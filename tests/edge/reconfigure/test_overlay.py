"""Entries over the data of a file."""

from typing import Any

import pytest

from edge.errors import ChangesError
from edge.reconfigure.overlay import entry_for, in_force, laid_over, plain, with_entry
from edge.reconfigure.record import Entry

FILE: dict[str, Any] = {
    "state_dir": "var",
    "detection": {"sta_lta": {"on_ratio": 6.0}, "trigger": {"sustain_s": 1.5}},
    "metrics": {"port": 9101},
}
MADE = {"command": "c1", "time": 1_700_000_000_000_000_000}


def entry(key: str, *value: object, file: dict[str, Any] = FILE) -> Entry:
    """Return an entry that sets a key, or unsets it where no value is given."""
    wanted = {"value": value[0]} if value else {"unset": True}
    return entry_for(key, file, wanted, MADE)


@pytest.mark.parametrize(
    ("entries", "key", "expected"),
    [
        ([("detection.sta_lta.on_ratio", 7.0)], ("detection", "sta_lta"), {"on_ratio": 7.0}),
        ([("detection.sta_lta", {"off_ratio": 1})], ("detection", "sta_lta"), {"off_ratio": 1}),
        ([("metrics",)], ("metrics",), None),
        ([("metrics.host",)], ("metrics",), {"port": 9101}),
        ([("absent.key",)], ("absent",), None),
        ([("archive.max_days", 3)], ("archive",), {"max_days": 3}),
        ([("metrics", {"port": 1}), ("metrics.port", 2)], ("metrics",), {"port": 2}),
        ([("metrics.port", 2), ("metrics", {"host": "a"})], ("metrics",), {"host": "a"}),
    ],
)
def test_entries_lie_over_the_file(
    entries: list[tuple[Any, ...]], key: tuple[str, ...], expected: object
) -> None:
    """Set, unset, whole sections; the later one on top; the file's data stays what it was."""
    lying: tuple[Entry, ...] = ()
    for one in entries:
        lying = with_entry(lying, entry(*one))

    data: Any = laid_over(FILE, lying)
    for part in key:
        data = data.get(part) if data is not None else None

    assert expected == data
    assert 9101 == FILE["metrics"]["port"]


def test_a_section_covers_what_was_set_in_it() -> None:
    """Nothing is left of entries that nobody would see."""
    first = with_entry((), entry("metrics.port", 1))

    after = with_entry(first, entry("metrics", {"port": 2}))

    assert ["metrics"] == [one.key for one in after]


@pytest.mark.parametrize(
    ("then", "holds"),
    [
        (FILE, True),
        ({**FILE, "metrics": {"port": 9200}}, False),
        ({key: value for key, value in FILE.items() if key != "metrics"}, False),
        ({**FILE, "state_dir": "elsewhere"}, True),
    ],
)
def test_a_key_that_was_edited_since_follows_the_file(then: dict[str, Any], holds: bool) -> None:  # noqa: FBT001 - a column of a table
    """Edited or removed; an edit of another key changes nothing."""
    lying = (entry("metrics.port", 9300),)

    assert holds == (lying == in_force(then, lying))


def test_a_key_that_the_file_left_out_and_now_has_follows_the_file() -> None:
    """Also where the file now says the same."""
    lying = (entry("archive.max_days", 3),)

    assert () == in_force({**FILE, "archive": {"max_days": 3}}, lying)
    assert lying == in_force(FILE, lying)


@pytest.mark.parametrize("key", ["", ".", "a..b", "a.", "a b", "a[0]", "../a", "a\n"])
def test_what_is_no_key_is_refused(key: str) -> None:
    """With an example."""
    with pytest.raises(ChangesError, match=r"detection\.sta_lta\.on_ratio"):
        entry(key, 1)


def test_a_key_through_a_value_is_refused() -> None:
    """A value has no keys."""
    with pytest.raises(ChangesError, match="'state_dir' is no table"):
        laid_over(FILE, (entry("state_dir.x", 1),))


def test_times_of_toml_are_compared_as_text() -> None:
    """A file with a date can be kept as JSON."""
    import tomllib  # noqa: PLC0415 - only here

    data = tomllib.loads("a = 2026-01-01T00:00:00Z\nb = [{c = 2026-01-01}]")

    assert {"a": "2026-01-01T00:00:00+00:00", "b": [{"c": "2026-01-01"}]} == plain(data)
