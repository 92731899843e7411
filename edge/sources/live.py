"""What sources share that wait for a sensor or a peer: being interrupted, and reading ahead.

A live source never gives up by itself: when the sensor falls silent or the bus fails it raises
`SourceError`, and whoever runs it opens it again after a while, for ever.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from pydantic import Field

from edge.packet import Packet
from edge.sources.base import SourceSettings
from edge.sources.hostclock import HOST, HostClock

LOOK_S: Final = 0.2
"""A waiting source looks this often whether it was interrupted."""


class LiveSettings(SourceSettings):
    """What the configurations of all live sources have."""

    silence_s: float = Field(
        default=5.0,
        ge=0.5,
        le=3600,
        title="Silence",
        description="Seconds without a sample after which the source is opened anew",
    )


class LiveSource:
    """Base of live sources.

    Attributes:
        packets_dropped: Broken packets that were left out, and overruns, since the start.
        temperature_c: The sensor's temperature, where it tells.
    """

    def __init__(self) -> None:
        self.packets_dropped = 0
        self.temperature_c: float | None = None
        self._interrupted = threading.Event()
        self._clock = HOST

    def keep_time_by(self, clock: HostClock) -> None:
        """Stamp packets by another clock; to be called before `packets`."""
        self._clock = clock

    def interrupt(self) -> None:
        """Make `packets` end soon, for good; may be called from any thread."""
        self._interrupted.set()


class ReadAhead:
    """Takes packets in a thread of its own, so that a busy station does not overrun a sensor.

    Args:
        packets: Run in the thread; ends soon after `stop` was called.
        stop: Makes `packets` end.
        capacity: So many packets are kept; then the oldest goes.
        on_drop: Told of each packet that went.
    """

    def __init__(
        self,
        packets: Iterator[Packet],
        stop: Callable[[], None],
        capacity: int,
        on_drop: Callable[[], None],
    ) -> None:
        self._packets = packets
        self._stop = stop
        self._capacity = capacity
        self._on_drop = on_drop
        self._waiting: deque[Packet] = deque()
        self._changed = threading.Condition()
        self._over = False
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[Packet]:
        """Yield packets as they come.

        Raises:
            Exception: What `packets` raised, after the packets before it.
        """
        thread = threading.Thread(target=self._run, name="sensor", daemon=True)
        thread.start()
        try:
            while (packet := self._next()) is not None:
                yield packet
        finally:
            self._stop()
            thread.join()
        if self._error is not None:
            raise self._error

    def _next(self) -> Packet | None:
        with self._changed:
            while not self._waiting and not self._over:
                self._changed.wait()
            return self._waiting.popleft() if self._waiting else None

    def _run(self) -> None:
        try:
            for packet in self._packets:
                self._put(packet)
        except Exception as error:  # noqa: BLE001 - handed to the thread that consumes
            self._error = error
        with self._changed:
            self._over = True
            self._changed.notify()

    def _put(self, packet: Packet) -> None:
        with self._changed:
            if len(self._waiting) == self._capacity:
                self._waiting.popleft()
                self._on_drop()
            self._waiting.append(packet)
            self._changed.notify()
