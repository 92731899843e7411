"""What the board remembers of a station beyond its newest messages."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from cloud.board.latency import Latencies
from edge.geodesy import great_circle_km
from edge.messages import Health, State, Trigger
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds

_MINUTE_NS: Final = 60 * NANOSECONDS_PER_SECOND
_HEALTH_KEPT: Final = 360
"""An hour of reports."""
_TRIGGERS_KEPT: Final = 200
_RETURN_WITHIN_NS: Final = 2 * _MINUTE_NS
_RETURNS_COUNT_NS: Final = 10 * _MINUTE_NS
_RETURNS_OF_TWINS: Final = 3
_LEAP: Final = 0.8
"""A counter that is back where it was by one leap of at least this share did not count up."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the history says of a station."""

    noise_m_s2: float | None = None
    """How noisy it normally is at its noisiest hours, rms, m/s2; None: not known yet."""
    disk_full_days: float | None = None
    """Days until its disk is full, as things went; None: it does not fill."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What memory adds to the newest messages when a station is judged."""

    learnt: Learnt = Learnt()
    moved_km: float = 0.0
    twin: bool = False


class Memory:
    """The memory of one station.

    Attributes:
        reports: From the time of a health report to its arrival.
        triggers: From the sending of a trigger to its arrival.
        learnt: What the history says.
    """

    def __init__(self) -> None:
        self.reports = Latencies(_HEALTH_KEPT)
        self.triggers = Latencies(_TRIGGERS_KEPT)
        self.learnt = Learnt()
        self._home: tuple[float, float] | None = None
        self._place: tuple[float, float] | None = None
        self._returns: deque[int] = deque(maxlen=_RETURNS_OF_TWINS)
        self._packets = 0
        self._fallen: tuple[int, int, int] | None = None
        """Where the counter of packets was before it fell, where it fell to, and when."""

    def on_health(self, report: Health, now_ns: int) -> None:
        """Take a report, also one that is older than the last."""
        self.reports.add(ns_to_seconds(now_ns - report.time))
        before, self._packets = self._packets, report.packets
        if report.packets < before:
            self._fallen = (before, report.packets, now_ns)
        elif self._fallen is not None:
            peak, low, fell_ns = self._fallen
            if now_ns - fell_ns > _RETURN_WITHIN_NS:
                self._fallen = None
            elif report.packets >= peak:
                self._fallen = None
                if report.packets - before >= _LEAP * (peak - low):
                    self._returns.append(now_ns)

    def on_trigger(self, trigger: Trigger, now_ns: int) -> None:
        """Take a revision of a trigger."""
        self.triggers.add(ns_to_seconds(now_ns - trigger.sent))

    def on_state(self, state: State) -> None:
        """Take a birth certificate; one without a place says nothing here."""
        if state.latitude is None or state.longitude is None:
            return
        self._place = (state.latitude, state.longitude)
        self._home = self._home or self._place

    def settle(self) -> None:
        """Take the place where the station says it is for its home."""
        self._home = self._place

    def seen(self, now_ns: int) -> Seen:
        """Return what is to be judged at a time."""
        moved_km = 0.0
        if self._home is not None and self._place is not None and self._home != self._place:
            moved_km = float(great_circle_km(self._home, self._place))
        return Seen(
            learnt=self.learnt,
            moved_km=moved_km,
            twin=len(self._returns) == _RETURNS_OF_TWINS
            and now_ns - self._returns[0] <= _RETURNS_COUNT_NS,
        )
