"""Programs of the machine, and how they are told to have failed."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PATH: Final = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
_SHOWN_CHARACTERS: Final = 2000


class BootError(Exception):
    """Something of the emulated machine is missing or failed: what, and what to do."""


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def program(name: str, package: str | None = None) -> str:
    """Return where a program lies.

    Args:
        name: Of the program.
        package: Debian package that has it; of the same name where left out.

    Raises:
        BootError: It is not installed.
    """
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise BootError(f"{name} is missing: sudo apt-get install {package or name}")
    return found


def run(
    *words: str | Path, timeout_s: float = 1800, environment: Mapping[str, str] | None = None
) -> str:
    """Return what a program says.

    Args:
        words: Program and arguments.
        timeout_s: Seconds after which it is killed.
        environment: Besides that of this process.

    Raises:
        BootError: It fails or takes too long.
    """
    whole = {**os.environ, "PATH": _PATH, **(environment or {})}
    text = " ".join(map(str, words))
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            words, capture_output=True, text=True, check=False, env=whole, timeout=timeout_s
        )
    except FileNotFoundError as error:
        raise BootError(f"{error.filename} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise BootError(f"{text}: not done after {timeout_s:.0f} s") from error
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()[-_SHOWN_CHARACTERS:]
        raise BootError(f"{text} ended with {done.returncode}:\n{said}")
    return done.stdout
