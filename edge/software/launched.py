"""What the launcher told this process, by one variable of its environment.

The launcher is as old as the installation, the process as new as the release: fields are only
added, and newer software does without those that are not there.
"""

import json
import os
from collections.abc import Mapping, MutableMapping
from dataclasses import asdict, dataclass
from typing import Final

VARIABLE: Final = "EDGE_AGENT_LAUNCHED"
NOT_COUNTED: Final = "its tries cannot be counted"
"""With this a reason begins that holds for this start alone."""


@dataclass(frozen=True, slots=True)
class Launched:
    """How this process came to run what it runs."""

    pid: int
    """Whom it was told to: children inherit the variable, and are not meant."""
    line: tuple[str, ...]
    """The launcher's command line: who starts anew goes through it."""
    installed: str
    """What is installed on site: its version and folder."""
    folder: str
    """`software` in the station's `state_dir`."""
    running: str | None = None
    """SHA-256 of the release that runs; None: the installed one."""
    passed_over: tuple[tuple[str, str], ...] = ()
    """Releases that should have run, each with the reason why it does not."""


def tell(launched: Launched, environment: MutableMapping[str, str] = os.environ) -> None:
    """Leave word for what this process becomes."""
    environment[VARIABLE] = json.dumps(asdict(launched))


def forget(environment: MutableMapping[str, str] = os.environ) -> None:
    """Take the word back: the launcher itself starts anew."""
    environment.pop(VARIABLE, None)


def installed_version(own: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the version that is installed on site, for whoever the agent started, too.

    Args:
        own: The version of this process: the installed one where no launcher was asked.
        environment: Of this process.
    """
    word = _word(environment)
    return own if word is None else word.installed.partition(" ")[0]


def told(environment: Mapping[str, str] = os.environ) -> Launched | None:
    """Return what the launcher told; None where none did."""
    found = _word(environment)
    return found if found is not None and found.pid == os.getpid() else None


def _word(environment: Mapping[str, str]) -> Launched | None:
    word = environment.get(VARIABLE)
    if word is None:
        return None
    try:
        said = json.loads(word)
        return Launched(
            int(said["pid"]),
            tuple(map(str, said["line"])),
            str(said["installed"]),
            str(said["folder"]),
            None if said["running"] is None else str(said["running"]),
            tuple((str(sha256), str(reason)) for sha256, reason in said["passed_over"]),
        )
    except (ValueError, KeyError, TypeError):
        # Somebody else's word.
        return None
