"""What the emulated computer says on its serial port: kept, stamped, and waited for."""

import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from scripts.booting.tools import BootError

_ESCAPES: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[()][A-Z0-9]"
    r"|[\r\x00-\x08\x0e-\x1f]"
)
"""Of terminals: control sequences of ECMA-48, titles and character sets of xterm, and the rest."""
_TICK_S: Final = 0.2
_PANIC: Final = "Kernel panic"


@dataclass(frozen=True)
class Line:
    """A line of the console."""

    after_s: float
    """Since power came."""
    text: str


def plain(raw: bytes) -> str:
    """Return text without colours and control characters; line feeds and tabs stay."""
    return _ESCAPES.sub("", raw.decode(errors="replace"))


class Console:
    """The lines of one boot, read by a thread of their own.

    Args:
        stream: Where they come from; read to its end.
        log: File to which they are added.
        began_s: When power came, by the monotonic clock.
    """

    def __init__(self, stream: IO[bytes], log: Path, began_s: float) -> None:
        self._stream = stream
        self._log = log
        self._began_s = began_s
        self._lines: list[Line] = []
        self._news = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def lines(self) -> list[Line]:
        """All lines until now."""
        with self._news:
            return list(self._lines)

    def find(self, pattern: str) -> Line | None:
        """Return the first line that has a pattern; None while there is none."""
        wanted = re.compile(pattern)
        return next((line for line in self.lines if wanted.search(line.text)), None)

    def wait(self, pattern: str, timeout_s: float, since_s: float = 0) -> Line:
        """Return the first line that has a pattern, as soon as it comes.

        Args:
            pattern: Regular expression.
            timeout_s: Seconds from now.
            since_s: Lines before that, since power came, do not count.

        Raises:
            BootError: It does not come, or the computer is off.
        """
        wanted, seen = re.compile(pattern), 0
        until_s = time.monotonic() + timeout_s
        with self._news:
            while True:
                for line in self._lines[seen:]:
                    if wanted.search(line.text) and line.after_s > since_s:
                        return line
                    if _PANIC in line.text:
                        raise BootError(f"the kernel gave up: {line.text}")
                seen = len(self._lines)
                if self._ended or time.monotonic() > until_s:
                    why = "the computer is off" if self._ended else f"not in {timeout_s:.0f} s"
                    last = self._lines[-1].text if self._lines else "nothing at all"
                    raise BootError(f"{pattern!r}: {why}; the console's last line: {last}")
                self._news.wait(_TICK_S)

    def join(self) -> None:
        """Wait until the stream has ended."""
        self._thread.join()

    def _read(self) -> None:
        with self._stream, self._log.open("ab") as log:
            for raw in self._stream:
                after_s = time.monotonic() - self._began_s
                text = plain(raw).strip()
                log.write(f"{after_s:9.2f} {text}\n".encode())
                log.flush()
                with self._news:
                    self._lines.append(Line(after_s, text))
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()
