"""From the host's steady clock to its wall clock, which people and daemons set.

The difference of the two clocks, read together at each packet, tells all that happens to the
wall clock: a slew changes it slowly and is followed, a step changes it at once and begins a new
segment. What remains is jitter, and is smoothed like that of stamps (`edge.sampleclock`).
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from edge.clock.counters import TimeBaseCounters
from edge.clock.phasefilter import Walks
from edge.messages.clock import ClockState
from edge.packet import Block, Packet
from edge.sampleclock import ClockGuess, SampleClock
from edge.timestamps import format_time, ns_to_seconds, seconds_to_ns

_log = structlog.get_logger(__name__)

LEAST_STEP_S: Final = 0.3
"""A smaller change is followed without a new segment, which would blind the detectors a while."""
FASTEST_SLEW: Final = 0.1
"""chrony slews by at most a twelfth; what is faster is a step."""
MAX_STEER: Final = 0.01
MAX_DEBT_S: Final = 0.5
"""Times further off than this are set, not steered."""
HOST_CRYSTAL: Final = Walks(
    phase_s=1e-5, rate=2e-7, drift_per_s=2e-8, drift_time_s=900.0, per_degree=0.0
)
"""Looser than a crystal is: whoever keeps the wall clock right is to be followed in minutes."""
_GUESS: Final = ClockGuess(jitter_s=0.005, rate_error=2e-4)
_LOOK_S: Final = 1.0
_QUIET_S: Final = 5e-4
"""A wall clock that goes on as it was is looked at once a second."""
_FINE: Final = 0.1
_MIDNIGHT_S: Final = 5.0
_LEAP_SECOND_S: Final = 0.1


class WallAxis:
    """Puts packets onto the steady clock and blocks back onto the wall clock.

    Args:
        counters: Its `steps` are counted here.
    """

    def __init__(self, counters: TimeBaseCounters) -> None:
        self._counters = counters
        self._clock = SampleClock(1.0, HOST_CRYSTAL, _GUESS)
        self._origin_ns = 0
        self._steady_ns: int | None = None
        self._offset_ns = 0
        self._end_ns: int | None = None

    @property
    def is_used(self) -> bool:
        """Whether a packet came that tells the steady clock."""
        return self._steady_ns is not None

    def to_steady(self, packet: Packet, steady_ns: int) -> Packet:
        """Return a packet with its times on the steady clock.

        Args:
            packet: Stamped by the wall clock.
            steady_ns: When it arrived by the steady clock.
        """
        offset_ns = packet.arrival_ns - steady_ns
        self._observe(steady_ns, offset_ns)
        return Packet(
            samples=packet.samples,
            last_sample_ns=packet.last_sample_ns - offset_ns,
            arrival_ns=steady_ns,
            nominal_rate_hz=packet.nominal_rate_hz,
            clock=packet.clock,
            clipped=packet.clipped,
            steady_ns=steady_ns,
            temperature_c=packet.temperature_c,
        )

    def to_wall(self, block: Block) -> Block:
        """Return a block with its times on the wall clock, joined to the one before."""
        count = len(block.samples)
        goal_ns = self._wall_ns(block.end_ns)
        start_ns = self._wall_ns(block.start_ns)
        joins = False
        if block.continues and self._end_ns is not None:
            joins = abs(start_ns - self._end_ns) <= seconds_to_ns(MAX_DEBT_S)
            start_ns = self._end_ns if joins else start_ns
        usual_s = 1 / block.rate_hz
        period_s = ns_to_seconds(goal_ns - start_ns) / count
        period_s = min(max(period_s, usual_s * (1 - MAX_STEER)), usual_s * (1 + MAX_STEER))
        debt_s = ns_to_seconds(goal_ns - start_ns) - count * period_s
        placed = Block(
            start_ns=start_ns,
            rate_hz=1 / period_s,
            samples=block.samples,
            clock=_worsened(block.clock, math.hypot(self._clock.error_s, debt_s)),
            arrival_ns=block.arrival_ns + self._offset_ns,
            continues=joins,
            clipped=block.clipped,
        )
        self._end_ns = placed.end_ns
        return placed

    def _wall_ns(self, steady_ns: int) -> int:
        """Return the smoothed wall time of a moment not far from the last packet's arrival."""
        since_ns = steady_ns - (self._steady_ns or 0)
        correction_s = self._clock.last_s + (self._clock.period_s - 1) * ns_to_seconds(since_ns)
        return self._origin_ns + since_ns + seconds_to_ns(correction_s)

    def _observe(self, steady_ns: int, offset_ns: int) -> None:
        """Take both clocks' readings of one moment."""
        wall_ns = steady_ns + offset_ns
        if self._steady_ns is None:
            self._set(steady_ns, offset_ns)
            return
        elapsed_ns = steady_ns - self._steady_ns
        elapsed_s = ns_to_seconds(elapsed_ns)
        change_s = ns_to_seconds(offset_ns - self._offset_ns)
        self._offset_ns = offset_ns
        if abs(change_s) > LEAST_STEP_S + FASTEST_SLEW * min(elapsed_s, 1.0):
            self._counters.steps += 1
            _say(wall_ns, change_s)
            self._set(steady_ns, offset_ns)
        elif elapsed_s >= _LOOK_S or abs(change_s) > _QUIET_S:
            self._clock.update(elapsed_s, ns_to_seconds(wall_ns - self._origin_ns))
            self._clock.shift_origin(elapsed_s)
            self._origin_ns += elapsed_ns
            self._steady_ns = steady_ns

    def _set(self, steady_ns: int, offset_ns: int) -> None:
        """Believe the wall clock as it stands; the next block joins no other."""
        self._steady_ns, self._offset_ns = steady_ns, offset_ns
        self._origin_ns = steady_ns + offset_ns
        self._clock.restart(0.0)
        self._end_ns = None


def _worsened(clock: ClockState, error_s: float) -> ClockState:
    """Return a clock state with another error added, where that changes anything."""
    if error_s < _FINE * clock.error_s:
        return clock
    return clock.with_error(math.hypot(clock.error_s, error_s))


def is_leap_second(wall_ns: int, change_s: float) -> bool:
    """Tell whether a change of the wall clock is a leap second: one second, around midnight UTC.

    Args:
        wall_ns: The wall clock after the change.
        change_s: By how much it was changed.
    """
    moment = datetime.fromtimestamp(wall_ns // 1_000_000_000, UTC)
    midnight = (moment + timedelta(hours=12)).replace(hour=0, minute=0, second=0)
    near = abs((moment - midnight).total_seconds()) <= _MIDNIGHT_S
    return near and midnight.day == 1 and abs(abs(change_s) - 1) < _LEAP_SECOND_S


def _say(wall_ns: int, change_s: float) -> None:
    leap = is_leap_second(wall_ns, change_s)
    what = "leap_second" if leap else "clock_set"
    _log.warning(what, by_s=round(change_s, 3), now=format_time(wall_ns))
