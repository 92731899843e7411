"""What a station shows with the old one and the new: time, memory, triggers, gaps, restarts."""

from typing import Final

from pydantic import BaseModel, ConfigDict

from edge.messages import Health
from edge.timestamps import Timestamp, ns_to_seconds

_LONGEST_STEP_S: Final = 900.0
"""Reports further apart say nothing of what was between them."""


class Reading(BaseModel):
    """A health report in the numbers that matter here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    time: Timestamp
    cpu_s: float | None = None
    latency_s: float | None = None
    memory_bytes: int | None = None
    triggers: int = 0
    gaps: int = 0
    with_new: bool


class Measures(BaseModel):
    """Sums over a station's time with the one or the other."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    span_s: float = 0.0
    cpu_s: float = 0.0
    latency_sum_s: float = 0.0
    reports: int = 0
    memory_sum_bytes: float = 0.0
    memory_reports: int = 0
    gaps: int = 0
    restarts: int = 0
    quiet_s: float = 0.0
    """Of the span, without a confirmed earthquake in the hour before."""
    triggers: int = 0
    """In that time."""

    def plus(self, other: "Measures") -> "Measures":
        """Return both together."""
        sums = {
            name: getattr(self, name) + getattr(other, name) for name in type(self).model_fields
        }
        return Measures(**sums)

    @property
    def cpu_share(self) -> float:
        """Seconds of processor time a second; 0 where nothing is known."""
        return self.cpu_s / self.span_s if self.span_s else 0.0

    @property
    def latency_s(self) -> float:
        """The mean age of the newest sample; 0 where nothing is known."""
        return self.latency_sum_s / self.reports if self.reports else 0.0

    @property
    def memory_bytes(self) -> float:
        """The mean memory of the agent; 0 where nothing is known."""
        return self.memory_sum_bytes / self.memory_reports if self.memory_reports else 0.0


def reading_of(report: Health, *, with_new: bool) -> Reading:
    """Return the numbers of a report; `with_new`: the new one is in charge."""
    return Reading(
        time=report.time,
        cpu_s=report.cpu_s,
        latency_s=report.latency_s,
        memory_bytes=report.memory_bytes,
        triggers=report.triggers,
        gaps=report.gaps,
        with_new=with_new,
    )


def between(first: Reading | None, second: Reading, *, quiet: bool = True) -> Measures:
    """Return what two reports of a station show of the time between them.

    Nothing where the old one gave way to the new in between, or they are far apart; of an agent
    that began anew that alone.

    Args:
        first: The report before; None: there is none.
        second: The report.
        quiet: No earthquake was confirmed lately: its triggers are nobody's fault.
    """
    if first is None or first.with_new != second.with_new:
        return Measures()
    span_s = ns_to_seconds(second.time - first.time)
    if not 0 < span_s <= _LONGEST_STEP_S or first.cpu_s is None or second.cpu_s is None:
        return Measures()
    cpu_s = second.cpu_s - first.cpu_s
    if cpu_s < 0:
        return Measures(restarts=1)
    return Measures(
        span_s=span_s,
        cpu_s=cpu_s,
        latency_sum_s=second.latency_s or 0.0,
        reports=int(second.latency_s is not None),
        memory_sum_bytes=second.memory_bytes or 0.0,
        memory_reports=int(second.memory_bytes is not None),
        gaps=max(second.gaps - first.gaps, 0),
        quiet_s=span_s if quiet else 0.0,
        triggers=max(second.triggers - first.triggers, 0) if quiet else 0,
    )
