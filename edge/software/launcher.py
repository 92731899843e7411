"""What `edge-agent` starts with: `edge-agent run` becomes the release that is in charge.

First a candidate on probation, if a try is left and could be counted down on the disk. Else the
release that was committed, else the one before, else what is installed. The process stays the same
(execve(2)), so that systemd's word and watchdog reach whatever runs. Nothing here may end the
station: whatever cannot be read, written or started is passed over, and said.

Every other command goes to the installed agent at once.
"""

import os
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edge import __version__
from edge.software import launched, pointer
from edge.software.launched import NOT_COUNTED, Launched
from edge.software.pointer import MOST_STARTS
from edge.software.releases import place_of, python_of, script_of, trouble_with
from edge.update.disk import Disk

FOLDER: Final = "software"
_STATE_DIR: Final = "/var/lib/edge-agent"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the launcher wants to know of a station file."""

    folder: Path
    """`software` in the station's `state_dir`."""
    wanted: bool
    """The station takes agent software over the air."""


def main() -> None:
    """Run the command line, in the release that is in charge."""
    arguments = sys.argv[1:]
    word = launched.told()
    if word is None or word.running is None or word.running != Path(sys.prefix).name:
        launched.forget()
        if arguments[:1] == ["run"]:
            _launch_or_say_why_not(arguments)
    from edge.cli import main as command_line  # noqa: PLC0415 - only where nothing else runs

    command_line()


def _launch_or_say_why_not(arguments: Sequence[str]) -> None:
    try:
        launch(arguments)
    except Exception as error:  # noqa: BLE001 - the last resort must start, whatever lies on the disk
        _say(f"the installed software runs: {error!r}")


def launch(arguments: Sequence[str], disk: Disk | None = None) -> None:
    """Become the release that is in charge; return where that is the installed one.

    Args:
        arguments: Of `edge-agent`, beginning with `run`.
        disk: Writes.
    """
    settings = _settings(arguments)
    if settings is None or not settings.wanted:
        return
    line = (sys.executable, *sys.orig_argv[1:])
    word = Launched(os.getpid(), line, installed_here(), str(settings.folder))
    word = _become(settings.folder, word, arguments, disk or Disk())
    launched.tell(word)


def installed_here() -> str:
    """Return what is installed on site: its version, and the folder that it lies in."""
    return f"{__version__} {os.path.realpath(sys.prefix)}"


def _become(folder: Path, word: Launched, arguments: Sequence[str], disk: Disk) -> Launched:
    """Become a release; return why none would do."""
    try:
        kept = pointer.read_pointer(folder)
    except (OSError, ValueError) as error:
        return _without(word, "", f"the installed software runs: {error}")
    if kept.candidate is not None:
        reason = _try_candidate(folder, kept, word, arguments, disk)
        word = _without(word, kept.candidate.sha256, reason)
    for one in kept.proven:
        if one.over is not None and one.over != word.installed:
            reason = f"{one.version} was committed over {one.over}; {word.installed} is installed"
        else:
            reason = _try_proven(folder, one, word, arguments, disk)
        word = _without(word, one.sha256, reason)
    return word


def _try_candidate(
    folder: Path, kept: pointer.Pointer, word: Launched, arguments: Sequence[str], disk: Disk
) -> str:
    """Become the candidate; return why that failed."""
    one = kept.candidate
    if one is None or kept.tries_left < 1:
        return "no try is left"
    try:
        pointer.count_down(folder, one.sha256, disk)
    except (OSError, ValueError) as error:
        # What cannot be counted down could end the station at every start.
        return f"{NOT_COUNTED}: {error}"
    return _execute(folder, one.sha256, word, arguments)


def _try_proven(
    folder: Path, one: pointer.Pointed, word: Launched, arguments: Sequence[str], disk: Disk
) -> str:
    """Become a release that was committed; return why that failed."""
    if pointer.starts_of(folder, one.sha256) >= MOST_STARTS:
        return f"it did not come up in {MOST_STARTS} starts"
    try:
        pointer.count_start(folder, one.sha256, disk)
    except OSError as error:
        # A full disk says nothing against what was proven.
        _say(f"starts of {one.version} cannot be counted: {error}")
    return _execute(folder, one.sha256, word, arguments)


def _execute(folder: Path, sha256: str, word: Launched, arguments: Sequence[str]) -> str:
    place = place_of(folder, sha256)
    reason = trouble_with(place) or _stranger(place)
    if reason is not None:
        return reason
    python = str(python_of(place))
    launched.tell(replace(word, running=sha256))
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execv(python, [python, str(script_of(place)), *arguments])  # noqa: S606 - ours
    except OSError as error:
        return f"{python} cannot be started: {error.strerror}"


def _stranger(place: Path) -> str | None:
    """Return why this user must not run a release: whoever owns it could make it do anything."""
    owner = place.stat().st_uid
    if owner == os.geteuid():
        return None
    return f"it belongs to user {owner}, and is not run by user {os.geteuid()}"


def _without(word: Launched, sha256: str, reason: str) -> Launched:
    """Take note of a release that is passed over."""
    _say(f"release {sha256[:12]} is passed over: {reason}" if sha256 else reason)
    return replace(word, passed_over=(*word.passed_over, (sha256, reason)))


def _settings(arguments: Sequence[str]) -> Settings | None:
    """Return what the station file says; None where the agent itself shall say what is wrong."""
    path = _config_of(arguments)
    if path is None:
        return None
    try:
        said: dict[str, Any] = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        update = said.get("update", {})
        wanted = update.get("enabled") is True and update.get("software") is True
        return Settings(Path(said.get("state_dir", _STATE_DIR)) / FOLDER, wanted)
    except (OSError, ValueError, RecursionError, TypeError, AttributeError):
        return None


def _config_of(arguments: Sequence[str]) -> str | None:
    """Return the station file that a command line names."""
    for at, word in enumerate(arguments):
        if word in {"--config", "-c"}:
            return arguments[at + 1] if at + 1 < len(arguments) else None
        if word.startswith("--config="):
            return word.partition("=")[2]
        if word.startswith("-c") and not word.startswith("--"):
            return word[2:]
    return None


def _say(text: str) -> None:
    """Say something to whoever reads the journal."""
    sys.stderr.write(f"edge-agent: {text}\n")


if __name__ == "__main__":
    main()
