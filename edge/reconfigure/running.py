"""`edge-agent run`: the agent with its configuration, started anew where a change wants it.

Starting anew means that this process replaces itself (execve(2)): same process number, same
standard error, same place with whoever supervises it, and nothing left of the run before.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from edge.agent import run_agent
from edge.reconfigure.effective import read_station_file
from edge.reconfigure.remote import Remote
from edge.software import launched

_log = structlog.get_logger(__name__)


def start_anew() -> None:
    """Replace this process by one with the same command line; does not return.

    Where a launcher chose which software runs, it chooses anew.
    """
    _log.warning("agent_starts_anew")
    word = launched.told()
    line = [sys.executable, *sys.orig_argv[1:]] if word is None else list(word.line)
    launched.forget()
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(line[0], line)  # noqa: S606 - our own words


def run_configured(path: Path, start_anew: Callable[[], None] = start_anew) -> None:
    """Run the station of a file until it is told to stop.

    Args:
        path: The station file.
        start_anew: Replaces this process.

    Raises:
        TremorError: It cannot run, and not for a change that is on trial.
    """
    remote = Remote(read_station_file(path), start_anew)
    try:
        run_agent(remote.config, remote)
    except Exception as error:
        on_trial = remote.trial is not None or remote.settings is not None
        if not on_trial and not remote.restart_wanted:
            raise
        # Whatever it is, the station ran before the change, and nobody else may start it.
        _log.exception("agent_failed_over_change")
        remote.failed(f"the agent ended: {error}")
    finally:
        remote.close()
    if remote.restart_wanted:
        start_anew()
