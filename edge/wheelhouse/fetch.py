"""Where wheels come from: pip, set up as this machine has it, and the kit's own checkout."""

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from edge.errors import MissingExtraError, WheelhouseError
from edge.wheelhouse.target import Target
from edge.wheelhouse.unneeded import is_station

KIT: Final = "tremorkit"
_CHECKOUT = Path(__file__).resolve().parents[2]
_SHOWN_LINES = 12


def fetch_wheels(pins: Sequence[str], target: Target, folder: Path) -> None:
    """Download wheels, without what they need.

    Args:
        pins: Such as `numpy==2.5.5`.
        target: What they are for.
        folder: Gets the files; those that lie there already are not fetched again.

    Raises:
        WheelhouseError: One cannot be had; says what pip said.
        MissingExtraError: pip is not installed.
    """
    options = ["--no-deps", "--progress-bar=off", f"--dest={folder}"]
    _pip("download", [*options, *target.pip_arguments(), *pins], ", ".join(pins))


def fetch_kit(target: Target, folder: Path, extras: Sequence[str]) -> None:
    """Build the kit's own wheel from the checkout, or download it where there is none.

    Args:
        target: What it is for.
        folder: Gets the file.
        extras: That are wanted: with `edge` alone it is the station's part of the kit.

    Raises:
        WheelhouseError: It cannot be built or had; says what pip said.
        MissingExtraError: pip is not installed.
    """
    if (_CHECKOUT / "pyproject.toml").is_file():
        source = str(kit_source(extras))
        _pip("wheel", ["--no-deps", f"--wheel-dir={folder}", source], source)
    else:
        pin = f"{KIT}=={version(KIT)}"
        try:
            fetch_wheels([pin], target, folder)
        except WheelhouseError as error:
            advice = "--kit FILE takes a wheel of the kit that is at hand"
            raise WheelhouseError(pin, f"{error.reason}\n{advice}") from error


def kit_source(extras: Sequence[str]) -> Path:
    """Return which folder of the checkout the kit's wheel is built from.

    Centre, page and training are 3 MB that no station needs.

    Args:
        extras: That are wanted.
    """
    return _CHECKOUT / "wheels" / "station" if is_station(extras) else _CHECKOUT


def _pip(command: str, arguments: Sequence[str], what: str) -> None:
    """Run pip in this interpreter's environment, with the machine's own settings."""
    if find_spec("pip") is None:
        raise MissingExtraError("wheelhouse", "pip")
    words = [sys.executable, "-m", "pip", command, "--disable-pip-version-check", *arguments]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode != 0:
        said = "\n".join(done.stderr.strip().splitlines()[-_SHOWN_LINES:])
        raise WheelhouseError(what, f"pip {command} failed:\n{said}")
