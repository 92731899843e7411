"""The table that knows the order of changes."""

from cloud.board.recent import Recent


def test_the_entry_that_changed_longest_ago_goes_first() -> None:
    """A full table drops what nobody has touched for longest, however old its key is."""
    table: Recent[str] = Recent(2)
    table.put("a", "a1", 1)
    table.put("b", "b1", 2)
    table.put("a", "a2", 3)
    table.put("c", "c1", 4)

    assert ["a2", "c1"] == list(table)
    assert table.get("b") is None
    assert len(table) == 2


def test_changes_after_a_number_come_in_order() -> None:
    """Only what changed later is returned, oldest change first."""
    table: Recent[str] = Recent(10)
    for sequence, key in enumerate("abcab", start=1):
        table.put(key, f"{key}{sequence}", sequence)

    assert ("a4", "b5") == table.after(3)
    assert ("c3", "a4", "b5") == table.after(-1)
    assert () == table.after(5)
