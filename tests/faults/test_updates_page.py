"""The tables of docs/updates-proof.md: no cell is empty, every test is there and not skipped."""

import importlib
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "updates-proof.md"
MATRICES = {
    "A network": (
        *("idle", "fetched", "verified", "preflight", "shadow"),
        *("probation", "committing", "going back"),
    ),
    "Agent software": (
        *("idle", "fetched", "verified", "preflight"),
        *("probation", "committing", "going back"),
    ),
    "Settings": ("idle", "fetched", "verified", "probation", "committing", "going back"),
}
"""States of each kind, each of them by an error, a kill and a hang."""
LISTS = {
    "No loop goes on for ever": 6,
    "Power cuts at every write": 5,
    "Threats to enrolment": 10,
    "Threats to a workstation that makes cards": 3,
}
"""Tables and how many rows they have."""
THREATS = (
    *("tampered", "oversize", "older", "frozen", "stolen online keys"),
    *("one of two model keys stolen", "forged root", "lost cache", "wrong clock"),
    *("slow drip", "cut connection"),
)
ROLLOUTS = (
    *("errors exceed the threshold", "errors below it", "no errors", "errors exactly at it"),
    *("no stations", "a threshold that is none", "a station deleted in mid-rollout"),
    *("200 stations, a worse network", "200 stations, a good network"),
)
"""hawkBit's six, and what else a fleet must survive."""
_FILE = re.compile(r"`(tests/[\w/]+\.py)`")
_NAMED = re.compile(r"`(?:(tests/[\w/]+\.py)::)?(test_\w+)(?:\[([^\]]+)\])?`")


def _section(title: str) -> str:
    """Return what stands under a heading."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"^#+ {re.escape(title)}$(.*?)(?=^#|\Z)", text, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    return found[1]


def _rows(title: str) -> dict[str, list[str]]:
    """Return the cells of each row of a table, by the first one."""
    lines = [line for line in _section(title).splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells}


def _function(path: str, name: str) -> Callable[..., object] | None:
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    found: Callable[..., object] | None = getattr(module, name, None)
    return found


def _ids(function: Callable[..., object]) -> set[str]:
    """Return the names of a test's cases."""
    marks: list[pytest.Mark] = getattr(function, "pytestmark", [])
    each = [list(_of_mark(mark)) for mark in marks if mark.name == "parametrize"]
    return {"-".join(case) for case in itertools.product(*each)}


def _of_mark(mark: pytest.Mark) -> Iterator[str]:
    ids = mark.kwargs.get("ids")
    for number, value in enumerate(mark.args[1]):
        if callable(ids):
            yield str(ids(value))
        else:
            yield str(ids[number] if ids is not None else value)


def _wrong(cell: str, files: list[str]) -> list[str]:
    """Return what of a cell is no test, or one that is skipped."""
    found = []
    for path, name, case in _NAMED.findall(cell):
        functions = [
            one
            for file in ([path] if path else files)
            if (one := _function(file, name)) is not None
        ]
        if not functions:
            found.append(f"{name} is not there")
        for one in functions[:1]:
            marks = {mark.name for mark in getattr(one, "pytestmark", [])}
            if marks & {"skip", "xfail"}:
                found.append(f"{name} is skipped")
            if case and case not in _ids(one):
                found.append(f"{name}[{case}] is no case of it")
    return found


@pytest.mark.parametrize("kind", MATRICES)
def test_every_state_has_every_bad_end(kind: str) -> None:
    """Error, kill and hang, each by a test that is there."""
    rows, files = _rows(kind), _FILE.findall(_section(kind))

    assert list(MATRICES[kind]) == list(rows)
    assert {3} == {len(cells) for cells in rows.values()}
    cells = [cell for row in rows.values() for cell in row]
    assert [] == [cell for cell in cells if not _NAMED.search(cell)]
    assert [] == [problem for cell in cells for problem in _wrong(cell, files)]


@pytest.mark.parametrize(
    "title", [*LISTS, "Threats to updates", "Rollouts"], ids=lambda title: title
)
def test_every_row_has_tests(title: str) -> None:
    """Those that are asked for by name are all there."""
    rows = _rows(title)
    wanted = {"Threats to updates": THREATS, "Rollouts": ROLLOUTS}.get(title, ())

    assert [] == [name for name in wanted if name not in rows]
    assert LISTS.get(title, len(rows)) == len(rows)
    for name, (tests,) in rows.items():
        assert _NAMED.search(tests), name
        assert [] == _wrong(tests, []), name
