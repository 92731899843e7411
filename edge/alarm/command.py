"""A program that an alarm starts. Nobody waits for it but a thread of its own.

It gets the figures in its environment and nothing else of the agent's: no secrets, no shell. It
leads a group of processes; when its time is over, the whole group is killed.
"""

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import IO, Final, cast

import structlog

from edge.alarm.config import CommandConfig
from edge.errors import AlarmError
from edge.messages import Alarm
from edge.timestamps import format_time

_log = structlog.get_logger(__name__)

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_GRACE_S: Final = 2.0
_SAID_BYTES: Final = 400
_LOOK_S: Final = 0.2


class CommandAction:
    """Starts a program as the alarm begins, and another as it ends.

    Args:
        config: The programs.

    Attributes:
        name: `command`.
    """

    name = "command"

    def __init__(self, config: CommandConfig) -> None:
        self._config = config
        self._running: dict[bool, subprocess.Popen[bytes]] = {}
        self._waiting: list[threading.Thread] = []

    def tell(self, alarm: Alarm) -> None:
        """Start the program for the beginning or the end; before the first, see that it is there.

        Raises:
            AlarmError: It cannot be started, or still runs from the last time.
        """
        if alarm.time is None:
            examine_command(self._config)
            return
        words = self._config.run if alarm.ringing else self._config.clear
        if not words:
            return
        before = self._running.get(alarm.ringing)
        if before is not None and before.poll() is None:
            raise AlarmError(self.name, f"{words[0]} still runs from the last alarm")
        try:
            process = subprocess.Popen(  # noqa: S603 - the operator's own words, read by no shell
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment(alarm),
                start_new_session=True,
                cwd="/",
            )
        except OSError as error:
            reason = f"{words[0]} cannot be started: {error.strerror}"
            raise AlarmError(self.name, reason) from error
        self._running[alarm.ringing] = process
        thread = threading.Thread(target=self._wait, args=(process, words[0]), name="alarm-command")
        thread.daemon = True
        thread.start()
        self._waiting = [one for one in self._waiting if one.is_alive()] + [thread]

    def close(self) -> None:
        """Let what runs end in its time; a station that stops ends no siren's program."""

    def wait(self) -> None:
        """Wait until all that was started has ended or was killed."""
        for thread in self._waiting:
            thread.join()

    def _wait(self, process: subprocess.Popen[bytes], program: str) -> None:
        """See a program end, one way or the other, and log how."""
        said = _hear(process, time.monotonic() + self._config.timeout_s)
        if process.poll() is None:
            _kill(process)
            reason = f"killed after {self._config.timeout_s:g} s"
        elif process.returncode:
            reason = f"exit code {process.returncode}"
        else:
            _log.info("alarm_command_done", program=program, said=said)
            return
        _log.warning("alarm_command_failed", program=program, reason=reason, said=said)


def _hear(process: subprocess.Popen[bytes], until_s: float) -> str:
    """Return the last that a program says, read until it ends or its time is over."""
    said = b""
    with cast("IO[bytes]", process.stdout) as pipe:
        while (left_s := until_s - time.monotonic()) > 0:
            has_ended = process.poll() is not None
            ready, _, _ = select.select([pipe], [], [], 0 if has_ended else min(left_s, _LOOK_S))
            if not ready:
                if has_ended:
                    break  # somebody whom it left behind may hold the pipe for ever
                continue
            part = os.read(pipe.fileno(), 4096)
            if not part:
                break
            said = (said + part)[-_SAID_BYTES:]
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, until_s - time.monotonic()))
    return said.decode(errors="replace").strip()


def environment(alarm: Alarm) -> dict[str, str]:
    """Return the environment of an alarm's program: a path and the figures."""
    told = {
        "PATH": _PATH,
        "LANG": "C.UTF-8",
        "TREMOR_ALARM": "ring" if alarm.ringing else "clear",
        "TREMOR_STATION": f"{alarm.network}.{alarm.station}.{alarm.location}",
        "TREMOR_EXERCISE": "1" if alarm.exercise else "0",
        "TREMOR_TRIGGER": alarm.trigger,
        "TREMOR_TIME": None if alarm.time is None else format_time(alarm.time),
        "TREMOR_ONSET": None if alarm.onset is None else format_time(alarm.onset),
        "TREMOR_PGA_M_S2": None if alarm.pga_m_s2 is None else f"{alarm.pga_m_s2:g}",
        "TREMOR_JMA_INTENSITY": (
            None if alarm.jma_intensity is None else f"{alarm.jma_intensity:g}"
        ),
    }
    return {name: value for name, value in told.items() if value is not None}


def examine_command(config: CommandConfig) -> str:
    """Say what would be started.

    Raises:
        AlarmError: A program is not there, or may not be run.
    """
    programs = [words[0] for words in (config.run, config.clear) if words]
    for program in programs:
        path = Path(program)
        if not path.is_absolute():
            raise AlarmError("command", f"{program!r} is no whole path; write /usr/bin/... or so")
        if not path.is_file():
            raise AlarmError("command", f"there is no program {program}")
        if not os.access(path, os.X_OK):
            raise AlarmError("command", f"{program} may not be run by this user (chmod +x?)")
    return " and ".join(programs)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
