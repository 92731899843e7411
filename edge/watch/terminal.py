"""The view on a terminal: drawn a few times a second until `q`."""

import json
import os
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console, Group
from rich.live import Live

from edge.errors import WatchError
from edge.watch.client import Watcher
from edge.watch.report import report
from edge.watch.scene import Scene
from edge.watch.screen import lines

_DRAW_S: Final = 0.25
_RETRY_S: Final = 1.0
_SECOND_S: Final = 1.0
_ONCE_LEAST_S: Final = 1.0
_ONCE_MOST_S: Final = 8.0
_QUIT: Final = b"qQ\x03\x04"


class Link:
    """A scene that follows an agent, over its restarts.

    Args:
        folder: The station's `state_dir`.

    Raises:
        WatchError: No agent can be watched there.
    """

    def __init__(self, folder: Path) -> None:
        self.scene = Scene()
        self._folder = folder
        self._watcher: Watcher | None = Watcher(folder)
        self._retry_at_s = 0.0

    def follow(self, wait_s: float, key: int | None = None) -> bytes:
        """Take what comes within a moment.

        Args:
            wait_s: Seconds to wait at most.
            key: A file of keys to wait for as well.

        Returns:
            Keys that were pressed.
        """
        self._find_again()
        waiting = [one for one in (self._watcher, key) if one is not None]
        ready, _, _ = select.select(waiting, [], [], wait_s)
        if self._watcher is not None and self._watcher in ready:
            self._take(self._watcher)
        return _pressed(key) if key is not None and key in ready else b""

    def close(self) -> None:
        """Hang up."""
        if self._watcher is not None:
            self._watcher.close()

    def _take(self, watcher: Watcher) -> None:
        try:
            for frame in watcher.frames(0.0):
                self.scene.take(frame)
        except EOFError:
            watcher.close()
            self._watcher, self.scene.gone = None, True

    def _find_again(self) -> None:
        now_s = time.monotonic()
        if self._watcher is None and now_s >= self._retry_at_s:
            self._retry_at_s = now_s + _RETRY_S
            try:
                self._watcher = Watcher(self._folder)
            except WatchError:
                return


def show_live(link: Link) -> None:
    """Draw until `q`, Ctrl-C or the end of the terminal."""
    console = Console()
    with keys() as key, Live(console=console, screen=True, auto_refresh=False) as live:
        draw_at_s = 0.0
        while True:
            pressed = link.follow(_DRAW_S, key)
            if any(one in _QUIT for one in pressed):
                return
            now_s = time.monotonic()
            if now_s >= draw_at_s:
                draw_at_s = now_s + _DRAW_S
                live.update(_picture(link.scene, console), refresh=True)


def show_once(link: Link, *, as_json: bool) -> None:
    """Print one screen or one object, when the station has said how it is."""
    begin_s = time.monotonic()

    def passed_s() -> float:
        return time.monotonic() - begin_s

    while passed_s() < _ONCE_LEAST_S or (passed_s() < _ONCE_MOST_S and not _is_known(link.scene)):
        link.follow(_DRAW_S)
    if as_json:
        _print_json(link.scene)
        return
    console = Console()
    console.print(_picture(link.scene, console), highlight=False)


def print_reports(link: Link) -> None:
    """Print an object a second until nobody reads them."""
    next_s = time.monotonic() + _SECOND_S
    while True:
        while (left_s := next_s - time.monotonic()) > 0:
            link.follow(left_s)
        next_s += _SECOND_S
        _print_json(link.scene)


@contextmanager
def keys() -> Iterator[int | None]:
    """Yield the file from which single keys are read; None where there is no keyboard."""
    if not sys.stdin.isatty():
        yield None
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    tty.setcbreak(number)
    try:
        yield number
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def watch(open_link: Callable[[], Link], *, as_json: bool, once: bool) -> None:
    """Show a station as asked for.

    Args:
        open_link: Finds it.
        as_json: Objects for programs.
        once: One alone; so it is, too, where the output is no terminal.

    Raises:
        WatchError: No agent can be watched.
    """
    link = open_link()
    # Whoever ends it finds the terminal as it was.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if once or not (as_json or sys.stdout.isatty()):
            show_once(link, as_json=as_json)
        elif as_json:
            print_reports(link)
        else:
            show_live(link)
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        # Nobody reads any more: what the interpreter flushes at its end must go somewhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    finally:
        link.close()


def _pressed(key: int) -> bytes:
    """Return the keys that were pressed; a terminal that hung up presses `q`."""
    try:
        return os.read(key, 64) or b"q"
    except OSError:
        return b"q"


def _is_known(scene: Scene) -> bool:
    return bool(scene.health and scene.detectors)


def _picture(scene: Scene, console: Console) -> Group:
    ascii_only = "utf" not in (console.encoding or "").lower()
    return Group(*lines(scene, console.width, console.height, ascii_only=ascii_only))


def _print_json(scene: Scene) -> None:
    sys.stdout.write(json.dumps(report(scene), allow_nan=False) + "\n")
    sys.stdout.flush()
