"""Peers in environments of their own, made once and kept beside ours."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any


def peer_place(name: str) -> Path:
    """Return the folder of a peer's environment."""
    return Path(sys.prefix) / "peers" / name


def peer_python(name: str, packages: list[str], version: str | None = None) -> Path:
    """Return the Python of a peer's environment, made at the first call.

    Args:
        name: Of the environment.
        packages: With their versions.
        version: Of Python, such as "3.12"; ours where left out.

    Raises:
        LookupError: There is no Python of that version on this machine.
        subprocess.CalledProcessError: The packages cannot be installed.
    """
    place = peer_place(name)
    python = place / "bin" / "python"
    marker = place / "complete"
    if not marker.exists():
        base = sys.executable if version is None else _find_python(version)
        print(f"making an environment for {name}: {', '.join(packages)}", file=sys.stderr)
        subprocess.run([base, "-m", "venv", "--clear", str(place)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *packages],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        marker.touch()
    return python


class Peer:
    """A program in a peer's environment, spoken to a line at a time: words in, JSON out.

    Args:
        python: Of the peer's environment.
        program: What it runs.
    """

    def __init__(self, python: Path, program: Path) -> None:
        self._program = program
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        )

    def ask(self, *words: object) -> dict[str, Any]:
        """Send a command and return its answer.

        Raises:
            RuntimeError: The program ended.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the peer has no pipes")
        self._process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            reason = f"the peer ended at {words[0]!r}; run {self._program} by hand to see why"
            raise RuntimeError(reason)
        return dict(json.loads(line))

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def _find_python(version: str) -> str:
    """Return a Python of that version: of the system, or one that pyenv has."""
    found = [shutil.which(f"python{version}")]
    found += sorted(map(str, (Path.home() / ".pyenv" / "versions").glob(f"{version}*/bin/python")))
    for python in filter(None, found):
        if subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0:
            return python
    raise LookupError(f"Python {version} is not here")
