"""The archive stays within its bounds."""

from datetime import date
from pathlib import Path

import pytest

from edge.archive.cap import Cap
from edge.archive.config import ArchiveConfig
from edge.archive.journal import journal_path
from edge.archive.sds import path_of

PLENTY = 10**12
LEAST = 1_000_000


def _fill(folder: Path, days: list[date], size: int) -> list[Path]:
    paths = []
    for day in days:
        for path in (
            path_of(folder, ("XX", "A", "00", "HNZ"), day),
            journal_path(folder, day),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bytes(size // 2))
            paths.append(path)
    return paths


DAYS = [date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)]


def test_the_oldest_day_goes_first_over_the_turn_of_the_year(tmp_path: Path) -> None:
    """Just as many days as need be, each with its journal."""
    paths = _fill(tmp_path, DAYS, 400_000)
    cap = Cap(tmp_path, ArchiveConfig(max_bytes=LEAST), lambda _: PLENTY)
    assert 1_600_000 == cap.size

    removed = cap.make_room(DAYS[-1])

    assert set(paths[:4]) == set(removed)
    assert 800_000 == cap.size
    assert DAYS[2] == cap.oldest


def test_a_disk_that_fills_up_is_relieved(tmp_path: Path) -> None:
    """Others, the outbox first of all, have the space that they are promised."""
    paths = _fill(tmp_path, DAYS, 400_000)

    def free(_: Path) -> int:
        return 100_000 + 400_000 * sum(not path.exists() for path in paths[::2])

    cap = Cap(tmp_path, ArchiveConfig(keep_free_bytes=500_000), free)

    cap.make_room(DAYS[-1])

    assert [False, True, True, True] == [path.exists() for path in paths[::2]]


def test_the_day_that_is_written_is_never_removed(tmp_path: Path) -> None:
    """Even where it alone is too much."""
    paths = _fill(tmp_path, DAYS[-1:], 4_000_000)
    cap = Cap(tmp_path, ArchiveConfig(max_bytes=LEAST), lambda _: 0)

    assert [] == cap.make_room(DAYS[-1])
    assert paths[0].exists()


def test_days_that_are_too_old_go_when_a_new_day_begins(tmp_path: Path) -> None:
    """max_days counts the day that is being written."""
    _fill(tmp_path, DAYS, 1000)
    cap = Cap(tmp_path, ArchiveConfig(max_days=2), lambda _: PLENTY)

    cap.make_room(DAYS[-1])

    assert DAYS[-2] == cap.oldest


def test_a_clock_years_ahead_wipes_nothing_out(tmp_path: Path) -> None:
    """At boot a station may believe in any year; days are counted, not looked up."""
    _fill(tmp_path, DAYS, 1000)
    cap = Cap(tmp_path, ArchiveConfig(max_days=4), lambda _: PLENTY)

    cap.make_room(date(2046, 5, 5))

    assert DAYS[1] == cap.oldest


def test_a_clock_years_behind_does_not_lift_the_cap(tmp_path: Path) -> None:
    """What is written under a wrong date pushes out the oldest days all the same."""
    paths = _fill(tmp_path, [date(1970, 1, 1), *DAYS], 400_000)
    cap = Cap(tmp_path, ArchiveConfig(max_bytes=LEAST), lambda _: PLENTY)

    cap.make_room(date(1970, 1, 1))

    assert cap.size <= LEAST
    assert paths[0].exists()
    assert paths[-1].exists()


@pytest.mark.parametrize("name", ["0000.001", "2026.000", "9999.366", "notes"])
def test_odd_names_in_the_journal_are_passed_over(tmp_path: Path, name: str) -> None:
    """Whatever lies there, the archive starts."""
    path = journal_path(tmp_path, DAYS[0]).with_name(name)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")

    assert 0 == Cap(tmp_path, ArchiveConfig(), lambda _: PLENTY).size


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    """What is not named as SDS names it is neither counted nor removed."""
    stranger = tmp_path / "2020" / "XX" / "A" / "HNZ.D" / "notes.txt"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(bytes(5_000_000))
    cap = Cap(tmp_path, ArchiveConfig(max_bytes=LEAST), lambda _: PLENTY)

    assert 0 == cap.size
    assert [] == cap.make_room(DAYS[0])
    assert stranger.exists()
