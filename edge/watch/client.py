"""The viewer's side of a watched agent: connects, and gives frames as they come."""

import select
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from edge.errors import WatchError
from edge.watch.address import NAME, socket_address
from edge.watch.frames import MOST_BYTES, read_frame

_CHUNK: Final = 65_536
_ANSWER_S: Final = 5.0


class Watcher:
    """A connection to a watched agent.

    Args:
        folder: The station's `state_dir`.

    Raises:
        WatchError: No agent can be watched there.
    """

    def __init__(self, folder: Path) -> None:
        self._rest = b""
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._connection.settimeout(_ANSWER_S)
            with socket_address(folder) as address:
                self._connection.connect(address)
        except OSError as error:
            self._connection.close()
            raise WatchError(folder / NAME, _reason(error)) from None
        self._connection.setblocking(False)

    def fileno(self) -> int:
        """Return what `select` waits for."""
        return self._connection.fileno()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def frames(self, wait_s: float) -> Iterator[dict[str, Any]]:
        """Yield what has come, after waiting for it for a moment.

        Args:
            wait_s: Seconds to wait at most.

        Raises:
            EOFError: The agent is gone.
        """
        ready, _, _ = select.select([self._connection], [], [], wait_s)
        if not ready:
            return
        try:
            content = self._connection.recv(_CHUNK)
        except ConnectionError:
            content = b""
        if not content or len(self._rest) > MOST_BYTES:
            raise EOFError
        *lines, self._rest = (self._rest + content).split(b"\n")
        for line in lines:
            frame = read_frame(line)
            if frame is not None:
                yield frame


def _reason(error: OSError) -> str:
    match error:
        case FileNotFoundError() | ConnectionRefusedError() | NotADirectoryError():
            return "no agent runs there; `edge-agent watch --own` opens the sensor itself"
        case PermissionError():
            return "only the agent's user and root may watch it; try sudo"
        case TimeoutError() | BlockingIOError():
            return "an agent runs there and does not answer"
        case _:
            return str(error)
