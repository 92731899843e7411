"""`edge-agent models` tells what came with the agent."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from edge.bundle import load_bundle, shipped
from edge.inventory import inventory, inventory_table
from tests.edge.window_bundles import write_window_bundle


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one bundle that stands for the agent's own."""
    write_window_bundle(tmp_path)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    return tmp_path


def test_entry_tells_what_the_card_says(folder: Path) -> None:
    """Rate, window, hop and hash of the very file."""
    (entry,) = inventory()

    bundle = load_bundle(folder / "loudness-1.tremor")
    assert ("loudness", 1, "phase-detection", "classes") == (
        entry.name,
        entry.version,
        entry.task,
        entry.reading,
    )
    assert (40.0, 2.0, 0.5) == (entry.rate_hz, entry.window_s, entry.hop_s)
    assert (bundle.sha256, bundle.path.stat().st_size) == (entry.sha256, entry.size_bytes)


def test_table_has_a_row_a_bundle(folder: Path) -> None:
    """For people: the same in a line."""
    out = io.StringIO()

    Console(file=out, width=100).print(inventory_table(inventory()))

    heading, row = out.getvalue().splitlines()
    assert ["name", "version", "task", "scheme", "kB"] == heading.split()[:5]
    assert ["loudness", "1", "phase-detection", "float32"] == row.split()[:4]


def test_names_are_whole_in_a_terminal_of_80() -> None:
    """They are there to be copied into `--model`."""
    out, entries = io.StringIO(), inventory()

    Console(file=out, width=80).print(inventory_table(entries))

    rows = out.getvalue().splitlines()[1:]
    assert [entry.name for entry in entries] == [row.split()[0] for row in rows]


def test_own_network_is_among_them() -> None:
    """What a station runs by default is listed."""
    assert "tremor_stream" in {entry.name for entry in inventory()}
