"""What the emulated computer says is read, kept and waited for."""

import io
import threading
import time
from pathlib import Path

import pytest

from scripts.booting.console import Console, plain
from scripts.booting.tools import BootError


class Slow(io.RawIOBase):
    """Lines that come when they are let go."""

    def __init__(self) -> None:
        self.gates = [threading.Event() for _ in range(3)]
        self._lines = [b"one\n", b"\x1b[0;32mtwo\x1b[0m\r\n", b""]

    def __iter__(self) -> "Slow":
        """Return itself."""
        return self

    def __next__(self) -> bytes:
        """Wait for the next line."""
        gate, line = self.gates[3 - len(self._lines)], self._lines.pop(0)
        gate.wait(60)
        if not line:
            raise StopIteration
        return line


def test_line_is_returned_when_it_comes(tmp_path: Path) -> None:
    """Without colours, with the time since power came."""
    stream, began_s = Slow(), time.monotonic()
    console = Console(stream, tmp_path / "log", began_s)  # type: ignore[arg-type]
    stream.gates[0].set()
    threading.Timer(0.05, stream.gates[1].set).start()

    line = console.wait("^two$", 60)

    assert "two" == line.text
    assert 0 < line.after_s <= time.monotonic() - began_s
    stream.gates[2].set()
    console.join()
    kept = (tmp_path / "log").read_text().split()
    assert ["one", "two"] == [kept[1], kept[3]]


def test_computer_that_is_off_is_not_waited_for(tmp_path: Path) -> None:
    """With what it said last."""
    console = Console(io.BytesIO(b"kernel\nlast words\n"), tmp_path / "log", 0)

    with pytest.raises(BootError, match="the computer is off; the console's last line: last words"):
        console.wait("never", 60)


def test_kernel_that_gives_up_is_seen_at_once(tmp_path: Path) -> None:
    """It would stand there until the limit."""
    text = b"x\n[1.0] Kernel panic - not syncing: VFS\n"
    console = Console(io.BytesIO(text), tmp_path / "log", 0)

    with pytest.raises(BootError, match="the kernel gave up"):
        console.wait("login", 60)


def test_earlier_lines_can_be_left_out(tmp_path: Path) -> None:
    """A service that starts a second time says the same again."""
    console = Console(io.BytesIO(b"Started\n"), tmp_path / "log", 0)
    console.join()
    first = console.wait("Started", 1)

    with pytest.raises(BootError):
        console.wait("Started", 1, since_s=first.after_s)
    assert None is console.find("Stopped")


def test_escapes_of_a_terminal_go_and_text_stays() -> None:
    """Whatever language it is in."""
    raw = "\x1b[0;1;38:5:185mWärme\x1b[0m\x1b[!p\x1b]104\x07 !\tx\n".encode()

    assert "Wärme !\tx\n" == plain(raw)
