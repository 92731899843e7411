"""A person at keyboard and screen: logs in and types commands."""

import re
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from scripts.booting.console import plain
from scripts.booting.tools import BootError

_PROMPT: Final = "ready-for-more>"
_TICK_S: Final = 0.5
_PATIENCE_S: Final = 60.0
"""For a terminal whose socket is there and does not listen yet."""


class Keyboard:
    """A login at the second terminal.

    Args:
        path: Socket of the terminal.
        user: Account, made by the card.
        password: Of it.
    """

    def __init__(self, path: Path, user: str, password: str) -> None:
        self._link = _connected(path)
        self._link.settimeout(_TICK_S)
        self._user = user
        self._password = password
        self._seen = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._link.close()

    def log_in(self, timeout_s: float) -> None:
        """Log in.

        Raises:
            BootError: Nobody asks, or the card's user is not let in.
        """
        self._type("")
        self._until("login: ", timeout_s)
        self._type(self._user)
        self._until("assword: ", timeout_s)
        self._type(self._password)
        if "incorrect" in self._until(r"\$ |incorrect", timeout_s):
            raise BootError(f"{self._user} is not let in with the password of the card")
        # Typed in two halves, so that the echo of the command is not taken for the prompt.
        self._type("stty -echo cols 500; PS1='ready-for''-more>'")
        self._until(_PROMPT, timeout_s)

    def ask(self, command: str, timeout_s: float = 120) -> str:
        """Return what a command says.

        Raises:
            BootError: It takes too long.
        """
        self._type(command)
        said = self._until(_PROMPT, timeout_s)
        return said.removesuffix(_PROMPT).strip()

    def tell(self, command: str) -> None:
        """Type a command after which nothing is expected."""
        self._type(command)

    def _type(self, text: str) -> None:
        self._link.sendall(f"{text}\n".encode())

    def _until(self, pattern: str, timeout_s: float) -> str:
        until_s = time.monotonic() + timeout_s
        while not (found := re.search(pattern, self._seen)):
            if time.monotonic() > until_s:
                raise BootError(f"{pattern!r} is not on the screen: {self._seen[-200:]!r}")
            try:
                raw = self._link.recv(65_536)
            except TimeoutError:
                continue
            if not raw:
                raise BootError("the terminal is gone: the computer is off")
            self._seen += plain(raw)
        said, self._seen = self._seen[: found.end()], self._seen[found.end() :]
        return said


def _connected(path: Path) -> socket.socket:
    end_s = time.monotonic() + _PATIENCE_S
    while True:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError) as error:
            link.close()
            if time.monotonic() > end_s:
                raise BootError(f"nobody answers at {path}: {error}") from error
            time.sleep(_TICK_S)
        else:
            return link
