"""The commands of the kit, started as a person starts them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import pytest
from typer.testing import CliRunner

from cloud.cli import app as cloud_app
from edge.cli import app as edge_app

_PROJECT = Path(__file__).resolve().parents[2]
_QUIET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(_PROJECT)}
_LOOK_S = 0.1

Found = TypeVar("Found")


def environment() -> dict[str, str]:
    """Return the environment of a command: this checkout's code, one thread."""
    return {**os.environ, **_QUIET}


def program(name: str) -> str:
    """Return where a command of this environment is."""
    return str(Path(sys.executable).with_name(name))


class Run(Protocol):
    """Runs a command of the kit to its end and returns what it says; it must end well."""

    def __call__(self, name: str, *words: str | Path) -> str:
        """Run `name` with its words."""


def as_process(name: str, *words: str | Path) -> str:
    """Run a command as a person does."""
    line = [program(name), *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, env=environment())
    assert 0 == done.returncode, f"{' '.join(line)}\n{done.stdout}{done.stderr}"
    return done.stdout


def in_process(name: str, *words: str | Path) -> str:
    """Run a command within this process: a second less for each."""
    app = {"cloud-aggregator": cloud_app, "edge-agent": edge_app}[name]
    done = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
    assert 0 == done.exit_code, f"{name} {words}\n{done.output}"
    return done.stdout


def until(
    look: Callable[[], Found | None], what: str, limit_s: float, why: Callable[[], str]
) -> Found:
    """Wait until something is there and return it.

    Args:
        look: Returns it; None while it is not there.
        what: It is.
        limit_s: Most seconds.
        why: What to show of a failure.
    """
    end_s = time.monotonic() + limit_s
    while (found := look()) is None:
        if time.monotonic() > end_s:
            pytest.fail(f"no {what} within {limit_s:g} s\n{why()}")
        time.sleep(_LOOK_S)
    return found


def tail(path: Path, lines: int = 40) -> str:
    """Return the last lines of a log."""
    text = path.read_text(errors="replace") if path.exists() else "(there is none)"
    return f"--- {path.name}\n" + "\n".join(text.splitlines()[-lines:])
