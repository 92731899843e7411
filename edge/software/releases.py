"""A release's folder, and whether all that was put there still is.

releases/SHA256/bin/python, bin/edge-agent, lib/pythonX.Y/site-packages/..., pyvenv.cfg
releases/SHA256/whole.json     every file and its size; written last
"""

import hashlib
import json
from pathlib import Path
from typing import Final

RELEASES: Final = "releases"
WHOLE: Final = "whole.json"
_MOST_NAMED: Final = 3


def place_of(folder: Path, sha256: str) -> Path:
    """Return where a release lies, or would.

    Args:
        folder: `software` in the station's `state_dir`.
        sha256: Of its archive.
    """
    return folder / RELEASES / sha256


def python_of(place: Path) -> Path:
    """Return a release's interpreter."""
    return place / "bin" / "python"


def script_of(place: Path) -> Path:
    """Return a release's `edge-agent`."""
    return place / "bin" / "edge-agent"


def written(place: Path) -> dict[str, tuple[int, str]]:
    """Return size and SHA-256 of every file that lies in a folder, by name below it.

    What an interpreter compiles for itself and links out of the folder are left out.
    """
    return {
        str(path.relative_to(place)): (path.stat().st_size, digest(path))
        for path in sorted(place.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and path.parent.name != "__pycache__"
        and path.name != WHOLE
    }


def trouble_with(place: Path, *, thorough: bool = False) -> str | None:
    """Return why a release cannot be started; None where all of it is there.

    Args:
        place: The release.
        thorough: Compare contents, too: to read 100 MB from a card takes seconds, too many for
            every start.
    """
    try:
        wanted = json.loads((place / WHOLE).read_bytes())["files"]
        bad = [
            name
            for name, (size, sha256) in wanted.items()
            if _size(place / name) != size or (thorough and digest(place / name) != sha256)
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return f"{place / WHOLE} cannot be read ({error!r})"
    if bad:
        more = f" and {len(bad) - _MOST_NAMED} more" if len(bad) > _MOST_NAMED else ""
        return f"{', '.join(bad[:_MOST_NAMED])}{more}: missing, or not as installed"
    if not wanted:
        return "nothing is in it"
    return None


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
