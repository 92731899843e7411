"""When a station counts as well with a change: long enough without a break, and soon enough.

Well means that a broker listens, samples go through detection, none is dropped, and a network runs
where one must. Each break begins the time anew; at the deadline the last break is the reason.
"""

from dataclasses import dataclass
from typing import Final, Protocol

_SILENCE_S: Final = 30.0
"""Slow sources fill a record in half a minute."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """How a station is at a moment."""

    connected: bool
    packets: int
    """That went into detection, since the start."""
    dropped: int
    """Since the start."""
    network_trouble: str | None = None
    """Why no network runs where one must."""
    source_trouble: str | None = None
    """Why the source failed last."""
    busy: bool = False
    """A trigger is open: no moment to start anew."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a probation ends."""

    ok: bool
    reason: str


class Rules(Protocol):
    """How long a station must be well, and by when."""

    @property
    def healthy_s(self) -> float:
        """Seconds without a break."""

    @property
    def deadline_s(self) -> float:
        """Seconds since the start."""


class Probation:
    """Watches a station that starts with a change.

    Args:
        rules: How long it must be well, and by when.
        begin_s: A steady clock's time of the start, seconds.
    """

    def __init__(self, rules: Rules, begin_s: float) -> None:
        self._rules = rules
        self._begin_s = begin_s
        self._well_since_s: float | None = None
        self._packet_s = begin_s
        self._packets = 0
        self._dropped = 0
        self._trouble = "the station did not come up"

    def look(self, now_s: float, vitals: Vitals) -> Verdict | None:
        """Return the verdict once there is one.

        Args:
            now_s: The steady clock's time, seconds.
            vitals: How the station is.
        """
        trouble = self._trouble_with(now_s, vitals)
        if trouble is not None:
            self._trouble = trouble
            self._well_since_s = None
        elif self._well_since_s is None:
            self._well_since_s = now_s
        elif now_s - self._well_since_s >= self._rules.healthy_s:
            return Verdict(ok=True, reason=f"well for {self._rules.healthy_s:g} s")
        if now_s - self._begin_s >= self._rules.deadline_s:
            reason = f"not well for {self._rules.healthy_s:g} s within "
            return Verdict(
                ok=False, reason=f"{reason}{self._rules.deadline_s:g} s: {self._trouble}"
            )
        return None

    def _trouble_with(self, now_s: float, vitals: Vitals) -> str | None:
        """Return what is wrong; None where all is well."""
        lost, self._dropped = vitals.dropped - self._dropped, vitals.dropped
        if vitals.packets > self._packets:
            self._packets, self._packet_s = vitals.packets, now_s
        silence_s = min(_SILENCE_S, self._rules.healthy_s / 2)
        if vitals.network_trouble is not None:
            return vitals.network_trouble
        if self._packets == 0 or now_s - self._packet_s > silence_s:
            return vitals.source_trouble or "no samples went through detection"
        if lost > 0:
            return f"{vitals.dropped} packets were dropped since the start"
        if not vitals.connected:
            return "no connection to the broker"
        return None
