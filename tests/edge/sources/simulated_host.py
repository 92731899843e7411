"""A host whose time passes only while somebody waits."""

from dataclasses import dataclass, field

from edge.messages.clock import ClockSource, ClockState
from edge.sources.hostclock import HostClock

START_NS = 1_750_000_000_000_000_000
CLOCK = ClockState(source=ClockSource.NTP, error_s=0.001)


@dataclass
class SimulatedTime:
    """Time since the start, nanoseconds, and how far the wall clock is off the monotonic one."""

    passed_ns: int = 0
    wall_start_ns: int = START_NS
    stalls_s: list[float] = field(default_factory=list)
    """How much longer each of the next sleeps takes than asked for: a busy host."""

    def monotonic_ns(self) -> int:
        """Return the monotonic time."""
        return self.passed_ns

    def wall_ns(self) -> int:
        """Return the wall time."""
        return self.wall_start_ns + self.passed_ns

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        stall_s = self.stalls_s.pop(0) if self.stalls_s else 0.0
        self.passed_ns += round((seconds + stall_s) * 1e9)

    def clock(self) -> HostClock:
        """Return the host's clock."""
        return HostClock(
            self.wall_ns, self.monotonic_ns, self.sleep, lambda: CLOCK, self.monotonic_ns
        )
