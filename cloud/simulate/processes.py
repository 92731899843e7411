"""Broker and centre as processes, and what they cost."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cloud.errors import SimulationError

_PATH: Final = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
_START_S: Final = 60.0
_STOP_S: Final = 20.0
_LOOK_S: Final = 0.05
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
_CENTRE: Final = """\
state_dir = "{folder}/centre"
[mqtt]
host = "{host}"
port = {port}
[ingest]
processes = {processes}
[web]
port = 0
[thorough]
enabled = false
"""
_MOSQUITTO: Final = """\
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_queued_messages 1000000
log_dest none
user {user}
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A process, and the port that it listens on if that is known."""

    pid: int
    port: int = 0


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process and its children so far, user and system (Linux)."""
    return sum(_ticks(one) for one in (pid, *_children(pid))) / _TICKS_A_SECOND


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for one in lists for child in one.read_text().split()]


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[Running]:
    """Run a Mosquitto on a free port of loopback.

    Raises:
        SimulationError: It is not installed, or does not start.
    """
    binary = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{_PATH}")
    if binary is None:
        raise SimulationError(
            "mosquitto is not installed (Debian: apt install mosquitto); "
            "or name a broker that runs with --broker HOST:PORT"
        )
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    config = folder / "mosquitto.conf"
    config.write_text(_MOSQUITTO.format(port=port, user=getpass.getuser()))
    log = folder / "mosquitto.log"
    with _process([binary, "-c", str(config)], log) as process:
        _wait(process, "mosquitto", log, lambda: _listens(port))
        yield Running(process.pid, port)


@contextlib.contextmanager
def centre(folder: Path, host: str, port: int, processes: int = 0) -> Iterator[Running]:
    """Run a centre, until it hears the broker.

    Args:
        folder: For its file, its log and its database.
        host: The broker.
        port: The broker's port.
        processes: That receive besides the centre.

    Raises:
        SimulationError: It does not start; says the end of its log.
    """
    config = folder / "centre.toml"
    config.write_text(_CENTRE.format(folder=folder, host=host, port=port, processes=processes))
    log = folder / "centre.log"
    command = [sys.executable, "-c", "from cloud.cli import main; main()"]
    with _process([*command, "run", "--json-logs", "--config", str(config)], log) as process:
        _wait(
            process, "the centre", log, lambda: log.read_text().count("mqtt_connected") > processes
        )
        yield Running(process.pid)


@contextlib.contextmanager
def _process(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - Mosquitto and our own interpreter
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(
    process: subprocess.Popen[bytes], what: str, log: Path, is_there: Callable[[], bool]
) -> None:
    end_s = time.monotonic() + _START_S
    while not is_there():
        if process.poll() is not None or time.monotonic() > end_s:
            tail = log.read_text(errors="replace").strip().splitlines()[-3:]
            raise SimulationError(f"{what} does not start: {' / '.join(tail) or 'it says nothing'}")
        time.sleep(_LOOK_S)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True
