"""Children of the updater and the agent: bounded in time and memory, dead with their parent.

A network that crashes, hangs or eats memory takes a child with it and never the detection.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from edge.errors import UpdateRefusedError

_log = structlog.get_logger(__name__)

_PR_SET_PDEATHSIG: Final = 1
_MEGABYTE: Final = 1_000_000
_NICENESS: Final = 10
_GO_FIRST: Final = "500"
_LOOK_S: Final = 0.2
_LAST_WORDS: Final = 200
EXIT_REFUSED: Final = 3
"""The child says in its report why the network is refused."""


def command(module: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return the command line of a child that is a module of the kit."""
    return (sys.executable, "-P", "-m", module, *words)


def bound_self(memory_mb: int, most_s: float) -> None:
    """Bound this process: its memory, its time, its rank; it ends with its parent.

    Args:
        memory_mb: Of its own data, megabytes.
        most_s: Seconds after which the kernel ends it, hung or not.
    """
    die_with_parent()
    bound_time(most_s)
    most = memory_mb * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    os.nice(_NICENESS)
    _go_first()


def die_with_parent() -> None:
    """Let the kernel end this process with the one that started it, even where it stands still."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _go_first() -> None:
    """Be the one whom the kernel ends where memory runs short, rather than the agent."""
    try:
        Path("/proc/self/oom_score_adj").write_text(_GO_FIRST, encoding="ascii")
    except OSError as error:
        # Kernels without it end whoever is largest.
        _log.warning("oom_score_not_set", reason=str(error))


def bound_time(most_s: float) -> None:
    """Let the kernel end this process after some seconds, hung or not."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, most_s)


def unbound_time() -> None:
    """Take `bound_time` back."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def peak_mb() -> float:
    """Return the most memory that this process ever held, megabytes.

    By Linux's own books (proc(5), VmHWM): getrusage(2) counts what the parent held, too.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    kib = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return kib * 1024 / _MEGABYTE


def run_child(line: Sequence[str], most_s: float) -> dict[str, Any]:
    """Run a child to its end and return its report.

    Args:
        line: Its command line.
        most_s: Seconds after which it is killed.

    Raises:
        UpdateRefusedError: It refused the network, crashed or hung.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            line, stdin=subprocess.DEVNULL, capture_output=True, timeout=most_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UpdateRefusedError(f"it did not end within {most_s:g} s") from error
    return read_report(done.returncode, done.stdout, done.stderr)


async def run_beside(
    line: Sequence[str], most_s: float, busy: Callable[[], bool] = lambda: False
) -> tuple[int, bytes, bytes]:
    """Run a child beside the loop; it is killed when its time is over, or nobody waits any more.

    Args:
        line: Its command line.
        most_s: Seconds after which it is killed.
        busy: Says whether the station can spare nothing now: the child stands still meanwhile.

    Returns:
        How it ended, its standard output and its standard error.

    Raises:
        UpdateRefusedError: It hung.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *line, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    pausing = asyncio.create_task(_pause(process, busy))
    try:
        async with asyncio.timeout(most_s):
            output, errors = await process.communicate()
    except TimeoutError as error:
        raise UpdateRefusedError(f"it did not end within {most_s:g} s") from error
    finally:
        pausing.cancel()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, output, errors


async def _pause(process: asyncio.subprocess.Process, busy: Callable[[], bool]) -> None:
    """Let a child stand still while a station is busy, for ever."""
    stands = False
    while process.returncode is None:
        if busy() != stands:
            stands = not stands
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGSTOP if stands else signal.SIGCONT)
        await asyncio.sleep(_LOOK_S)


def read_report(code: int, output: bytes, errors: bytes) -> dict[str, Any]:
    """Return what a child reported.

    Args:
        code: How it ended; negative: by a signal.
        output: Its standard output: JSON in the last line.
        errors: Its standard error.

    Raises:
        UpdateRefusedError: It refused the network, or crashed.
    """
    lines = output.strip().splitlines()
    try:
        report = json.loads(lines[-1]) if lines else None
    except ValueError:
        report = None
    if isinstance(report, dict) and code in {0, EXIT_REFUSED}:
        if code == EXIT_REFUSED:
            raise UpdateRefusedError(str(report.get("refused")))
        return report
    how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
    words = errors.decode(errors="replace").strip()[-_LAST_WORDS:]
    raise UpdateRefusedError(f"its process {how}: {words}" if words else f"its process {how}")


def tell(report: dict[str, Any]) -> None:
    """Print a report for the parent, and end this process as it says."""
    print(json.dumps(report), flush=True)  # noqa: T201 - this is the child's answer
    sys.exit(EXIT_REFUSED if "refused" in report else 0)
