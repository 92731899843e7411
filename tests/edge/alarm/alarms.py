"""What alarm tests are made of."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edge.alarm.bell import Bell
from edge.errors import AlarmError
from edge.messages import Alarm

IDLE = Alarm(network="XX", station="A", ringing=False)
RINGING = Alarm(
    network="XX",
    station="A",
    ringing=True,
    time=1_700_000_000_000_000_000,
    trigger="XX.A.00-1",
    onset=1_699_999_997_500_000_000,
    pga_m_s2=0.42,
    jma_intensity=3.1,
)
EXERCISE = RINGING.model_copy(update={"exercise": True, "trigger": "drill-1"})
OVER = RINGING.model_copy(update={"ringing": False})
PATIENCE_S = 60.0


class Recorder:
    """An action that keeps what it was told, and may be made to fail."""

    def __init__(self, name: str = "recorder") -> None:
        self.name = name
        self.told: list[Alarm] = []
        self.closed = False
        self.fails: Exception | None = None
        self._news = threading.Condition()

    def tell(self, alarm: Alarm) -> None:
        """Keep it."""
        with self._news:
            self.told.append(alarm)
            self._news.notify_all()
        if self.fails is not None:
            raise self.fails

    def close(self) -> None:
        """Note that it is over."""
        self.closed = True

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds after something was told."""
        with self._news:
            assert self._news.wait_for(condition, PATIENCE_S), self.told


@contextmanager
def bell_with(*actions: Recorder, hold_s: float = 3600.0) -> Iterator[Bell]:
    """A bell that is closed at the end."""
    bell = Bell(IDLE, actions, hold_s)
    try:
        yield bell
    finally:
        bell.close()


BROKEN = AlarmError("siren", "no power")
