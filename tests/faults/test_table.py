"""The table of docs/faults.md: every fault has tests, and every test is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "faults.md"
FAULTS = (
    "broker away for a day",
    "broker restarted in a burst",
    "network with 30 % loss and 5 s delays",
    "kill -9 at random moments",
    "power cut",
    "disk full",
    "disk read-only",
    "disk slow",
    "database corrupted",
    "sensor silent",
    "sensor noisy",
    "sensor stuck",
    "sensor returning",
    "clock twenty years off at boot",
    "clock stepping by minutes",
    "clock going backwards",
    "malformed packets and records",
    "malformed commands",
    "two agents on one config",
    "memory limit",
    "network over the air that is bad",
    "power cut while one comes over the air",
    "attack on updates",
)
"""What a station has to survive."""
_ROW = re.compile(r"^\| (?P<fault>[^|]+) \| (?P<what>[^|]+) \| (?P<tests>`[^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def _table() -> dict[str, list[tuple[str, str]]]:
    """Return the files and functions that prove each fault of the page."""
    rows = _ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return {row["fault"]: _TEST.findall(row["tests"]) for row in rows}


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


def test_the_page_has_every_fault_once() -> None:
    """In the order in which an operator would meet them."""
    assert list(FAULTS) == list(_table())


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_tests_that_are_there(fault: str) -> None:
    """A test that was renamed or removed leaves no claim behind."""
    named = _table()[fault]

    missing = [f"{path}::{name}" for path, name in named if name not in _functions(ROOT / path)]
    assert [] == missing
    assert len(named) > 0
