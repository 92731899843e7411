"""The pages' commands, run as a reader would: copied from the page, in an empty folder.

Too long for every day (minutes of training): `pytest -m slow tests/training/test_pages.py`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="the training extra is not installed")

_FENCE = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands_below(page: Path, heading: str) -> list[str]:
    """Return the commands of the first block below a heading; continued lines are joined."""
    block = _FENCE.search(page.read_text().partition(f"## {heading}\n")[2])
    assert block is not None, f"{page.name} has no block below {heading!r}"
    lines = block.group(1).replace("\\\n", " ").splitlines()
    typed = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return typed or lines


def run_as_a_reader(commands: list[str], folder: Path, project: Path) -> list[str]:
    """Run commands one after the other in a folder beside the project's; return what they print."""
    (folder / "firmware_configs").symlink_to(project / "firmware_configs")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    printed = []
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env={**os.environ, "PATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, f"{command}\n{done.stdout}\n{done.stderr}"
        printed.append(done.stdout)
    return printed


def test_a_block_is_read_as_it_is_typed(tmp_path: Path) -> None:
    """Answers are no commands, and a backslash continues a line."""
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n## Here\n\nWords.\n\n```\n$ one --a \\\n    b\nanswer\n$ two\n```\n")

    assert ["one --a      b", "two"] == commands_below(page, "Here")


@pytest.mark.slow
def test_from_nothing_to_a_scored_bundle(tmp_path: Path, project_root: Path) -> None:
    """docs/training.md: recordings are made, a network learns, is rounded, scored and replayed."""
    commands = commands_below(
        project_root / "docs" / "training.md", "From nothing to a scored bundle"
    )

    run_as_a_reader(commands, tmp_path, project_root)

    assert (tmp_path / "bundles" / "tremor_stream-2.tremor").is_file()
    assert "tremor_stream" in (tmp_path / "scoreboard" / "README.md").read_text()
    assert (tmp_path / "triggers.jsonl").is_file()
    assert (tmp_path / "runs" / "elsewhere" / "report.json").is_file()
    assert "accuracy" in (tmp_path / "runs" / "published" / "result.md").read_text()


@pytest.mark.slow
def test_retraining_from_a_fresh_clone(tmp_path: Path, project_root: Path) -> None:
    """docs/retrain.md: two made networks of stations, and what the second taught the first."""
    commands = commands_below(project_root / "docs" / "retrain.md", "From a fresh clone")

    run_as_a_reader(commands, tmp_path, project_root)

    assert (tmp_path / "runs" / "mexico" / "report.json").is_file()
