"""What a station shows with one network in charge: processor time and latency."""

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
    with_new: bool


class Measures(BaseModel):
    """Sums over a station's time with one network."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    span_s: float = 0.0
    cpu_s: float = 0.0
    latency_sum_s: float = 0.0
    reports: int = 0

    def plus(self, other: "Measures") -> "Measures":
        """Return both together."""
        return Measures(
            span_s=self.span_s + other.span_s,
            cpu_s=self.cpu_s + other.cpu_s,
            latency_sum_s=self.latency_sum_s + other.latency_sum_s,
            reports=self.reports + other.reports,
        )

    @property
    def cpu_share(self) -> float:
        """Seconds of processor time a second; 0 where nothing is known."""
        return self.cpu_s / self.span_s if self.span_s else 0.0

    @property
    def latency_s(self) -> float:
        """The mean age of the newest sample; 0 where nothing is known."""
        return self.latency_sum_s / self.reports if self.reports else 0.0


def reading_of(report: Health, *, with_new: bool) -> Reading:
    """Return the numbers of a report; `with_new`: the new network is in charge."""
    return Reading(
        time=report.time, cpu_s=report.cpu_s, latency_s=report.latency_s, with_new=with_new
    )


def between(first: Reading | None, second: Reading) -> Measures:
    """Return what two reports of a station show of the time between them.

    Nothing where the network changed in between, the agent began anew, or they are far apart.
    """
    if first is None or first.with_new != second.with_new:
        return Measures()
    span_s = ns_to_seconds(second.time - first.time)
    if not 0 < span_s <= _LONGEST_STEP_S or first.cpu_s is None or second.cpu_s is None:
        return Measures()
    cpu_s = second.cpu_s - first.cpu_s
    if cpu_s < 0:
        return Measures()
    known = second.latency_s is not None
    return Measures(
        span_s=span_s,
        cpu_s=cpu_s,
        latency_sum_s=second.latency_s or 0.0,
        reports=int(known),
    )
