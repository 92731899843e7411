"""The centre's end of a worker process: started, asked, watched, ended."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from multiprocessing import Pipe
from typing import Final

from cloud.errors import PickerError
from cloud.picking.base import PhasePick
from cloud.picking.config import PickingConfig
from cloud.picking.handshake import Ready, Refused
from cloud.seismogram import Seismogram

_START_S: Final = 300.0
"""To import, load and prove: seconds for ONNX Runtime, more for torch on a slow disk."""
_END_S: Final = 5.0
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Of NumPy and torch, whose idle threads would spin."""


class WorkerEndedError(Exception):
    """A worker process ended, or was ended since it gave no answer in time.

    Attributes:
        reason: Exit status or signal, or how long there was no answer.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class WorkerProcess:
    """One process with one network.

    Attributes:
        name: Of the picker.
        provider: What runs it.
        pid: Of the process.
    """

    def __init__(self, config: PickingConfig) -> None:
        """Start a process and wait until it is ready.

        Args:
            config: Of the picker.

        Raises:
            PickerError: It refuses: no such bundle, no runtime, wrong answers.
        """
        self._connection, theirs = Pipe()
        with theirs:
            # The program is this interpreter, the argument is a number.
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "cloud.picking.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=os.environ | dict.fromkeys(_THREADS, str(config.threads)),
                stdin=subprocess.DEVNULL,
            )
        self.pid = self._process.pid
        try:
            answer = self._exchange(config, _START_S)
        except WorkerEndedError as error:
            self.end()
            raise PickerError("worker", f"does not start: {error.reason}") from error
        if isinstance(answer, Refused):
            self.end()
            raise PickerError("worker", answer.reason)
        assert isinstance(answer, Ready)  # noqa: S101 - the worker's one other answer
        self.name = answer.name
        self.provider = answer.provider

    def pick(
        self, seismograms: Sequence[Seismogram], timeout_s: float
    ) -> list[tuple[PhasePick, ...]]:
        """Return the picks of some seismograms.

        Args:
            seismograms: Any number.
            timeout_s: After which the process is ended.

        Raises:
            WorkerEndedError: The process is no more.
        """
        answer = self._exchange(list(seismograms), timeout_s)
        assert isinstance(answer, list)  # noqa: S101 - the worker's one answer
        return answer

    def end(self) -> None:
        """End the process; it may have ended before."""
        self._connection.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _exchange(self, message: object, timeout_s: float) -> object:
        """Send and receive; a process that is too slow is killed, which ends both."""
        overdue = threading.Event()

        def give_up() -> None:
            overdue.set()
            self._process.kill()

        timer = threading.Timer(timeout_s, give_up)
        timer.start()
        try:
            self._connection.send(message)
            return self._connection.recv()
        except (EOFError, OSError) as error:
            status = self._process.wait()
            reason = f"no answer for {timeout_s:.1f} s" if overdue.is_set() else _words(status)
            raise WorkerEndedError(reason) from error
        finally:
            timer.cancel()


def _words(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"
