"""Peers in environments of their own, made once and kept beside ours."""

import shutil
import subprocess
import sys
from pathlib import Path


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


def _find_python(version: str) -> str:
    """Return a Python of that version: of the system, or one that pyenv has."""
    found = [shutil.which(f"python{version}")]
    found += sorted(map(str, (Path.home() / ".pyenv" / "versions").glob(f"{version}*/bin/python")))
    for python in filter(None, found):
        if subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0:
            return python
    raise LookupError(f"Python {version} is not here")
