"""What the terminal shows meanwhile."""

import time


class Progress:
    """One line at a time, at most every few seconds.

    Args:
        part: Which part of the soak speaks.
        every_s: Seconds between two lines.
    """

    def __init__(self, part: str, every_s: float = 30.0) -> None:
        self._part = part
        self._every_s = every_s
        self._began_s = time.monotonic()
        self._said_s = 0.0

    def say(self, text: str, *, now: bool = False) -> None:
        """Print a line, unless the last one is too fresh."""
        seconds = time.monotonic()
        if now or seconds - self._said_s >= self._every_s:
            self._said_s = seconds
            print(f"[{self._part} {seconds - self._began_s:6.0f} s] {text}", flush=True)
