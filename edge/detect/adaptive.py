"""Thresholds of STA/LTA that follow the noise of the site, hour by hour of the day.

A school bus at seven, a pump at night: noise comes with the hours. For each hour of the day (UTC)
the station learns which ratio the noise of a minute reaches about once in a hundred minutes, by
small steps up where a minute exceeds it and a hundred times smaller ones down where it does not
(stochastic approximation of a quantile: Robbins & Monro 1951, Ann. Math. Stat. 22). In that hour
the threshold is a little above it: never below the configured one, never above a multiple of it.

An earthquake is no noise: minutes in which a network saw P or S are not learned from, nor those of
the coda. Whatever happens, in one day the threshold of an hour moves by a tenth at most.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from edge.detect.seen import HopSeen
from edge.detect.sta_lta import STA_LTA
from edge.messages import ThresholdHealth
from edge.timestamps import seconds_to_ns

HOUR_NS = seconds_to_ns(3600.0)
_MINUTE_NS = seconds_to_ns(60.0)
_HOURS = 24
_QUANTILE = 0.99
_STEP = 0.02
_MARGIN = 1.2
"""Threshold over the ratio that noise reaches."""
_MOST_A_DAY = math.log(1.1)
_CODA_NS = seconds_to_ns(180.0)
_LEAST_PROBABILITY = 0.5
_KEPT_HOURS = 24 * 40


class AdaptiveConfig(BaseModel):
    """Whether the threshold of STA/LTA follows the site's noise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(
        default=False,
        title="Enabled",
        description="Learn for each hour of the day how noisy the site is; takes days, and is told "
        "in the health message",
    )
    most: float = Field(
        default=2.0,
        ge=1,
        le=4,
        title="Most",
        description="The threshold never exceeds sta_lta.on_ratio by more than this factor",
    )


@dataclass(frozen=True, slots=True)
class Since:
    """A threshold, and from when on it held."""

    start_ns: int
    threshold: float


class PastThresholds:
    """Which threshold held when.

    Args:
        base: Where nothing is known.
        history: Oldest first.
    """

    def __init__(self, base: float, history: Sequence[Since]) -> None:
        self._base = base
        self._history = list(history)

    def at(self, end_ns: int) -> float:
        """Return the threshold of a hop."""
        known = bisect_right(self._history, end_ns - 1, key=lambda since: since.start_ns)
        return self._history[known - 1].threshold if known else self._base

    def health(self) -> None:
        """Return nothing: these thresholds follow no noise any more."""


class HourlyThresholds:
    """Learns, and says which threshold holds.

    Args:
        config: Bounds.
        base: The configured threshold of STA/LTA.
        levels: Ratio that noise reaches, for each hour of the day; left out, nothing is known.
        history: Thresholds of the past, oldest first.
    """

    def __init__(
        self,
        config: AdaptiveConfig,
        base: float,
        levels: Sequence[float] = (),
        history: Sequence[Since] = (),
    ) -> None:
        self._base, self._most = base, config.most * base
        self._lowest, self._highest = math.log(base / _MARGIN), math.log(self._most / _MARGIN)
        known = [math.log(level) for level in levels]
        self._levels = known if len(known) == _HOURS else [self._lowest] * _HOURS
        self._levels = [min(max(x, self._lowest), self._highest) for x in self._levels]
        self.history = list(history)[-_KEPT_HOURS:]
        self._hour: int | None = None
        """Hours since 1970."""
        self._threshold = base
        self._begun = list(self._levels)
        """The level of each hour of the day when it last began."""
        self._minute: int | None = None
        self._loudest = 0.0
        self._quake_until_ns = 0

    @property
    def levels(self) -> tuple[float, ...]:
        """Ratio that noise reaches, for each hour of the day."""
        return tuple(math.exp(level) for level in self._levels)

    def at(self, end_ns: int) -> float:
        """Return the threshold of a hop; it changes with the hour only."""
        hour = (end_ns - 1) // HOUR_NS
        if hour != self._hour:
            self._hour = hour
            self._begun[hour % _HOURS] = self._levels[hour % _HOURS]
            self._threshold = self._begin(hour * HOUR_NS)
        return self._threshold

    def listen(self, seen: HopSeen) -> None:
        """Take what was seen of a hop."""
        if _is_quake(seen):
            self._quake_until_ns = seen.end_ns + _CODA_NS
        minute = (seen.end_ns - 1) // _MINUTE_NS
        if minute != self._minute:
            if self._minute is not None and seen.end_ns > self._quake_until_ns:
                self._learn(self._minute)
            self._minute, self._loudest = minute, 0.0
        frame = seen.frames.get(STA_LTA)
        if frame is not None:
            self._loudest = max(self._loudest, frame.score)

    def health(self) -> ThresholdHealth | None:
        """Return what holds now and why; None before the first hop."""
        if self._hour is None:
            return None
        hour, threshold = self._hour % _HOURS, self._threshold
        level = math.exp(self._begun[hour])
        return ThresholdHealth(
            hour=hour,
            level=float(f"{level:.3g}"),
            threshold=threshold,
            configured=self._base,
            reason=_reason(hour, level, threshold, self._base, self._most),
        )

    def _begin(self, start_ns: int) -> float:
        """Return the threshold of an hour; in one that began before a restart it stays."""
        newest = self.history[-1] if self.history else None
        if newest is not None and newest.start_ns == start_ns:
            return newest.threshold
        wanted = _MARGIN * math.exp(self._begun[start_ns // HOUR_NS % _HOURS])
        threshold = round(min(max(wanted, self._base), self._most), 2)
        # A clock that was set back does not rewrite the past.
        if newest is None or newest.start_ns < start_ns:
            self.history.append(Since(start_ns, threshold))
            del self.history[:-_KEPT_HOURS]
        return threshold

    def _learn(self, minute: int) -> None:
        """Take one step; the hour's level stays within a tenth of where it began today."""
        if self._loudest == 0.0:
            return
        hour = minute * _MINUTE_NS // HOUR_NS
        level = self._levels[hour % _HOURS]
        exceeded = self._loudest > math.exp(level)
        level += _STEP * (_QUANTILE if exceeded else _QUANTILE - 1)
        begun = self._begun[hour % _HOURS]
        level = min(max(level, begun - _MOST_A_DAY), begun + _MOST_A_DAY)
        self._levels[hour % _HOURS] = min(max(level, self._lowest), self._highest)


def _is_quake(seen: HopSeen) -> bool:
    """Tell whether a network holds the hop for an earthquake."""
    return any(
        max(frame.probabilities.get("P", 0.0), frame.probabilities.get("S", 0.0))
        >= _LEAST_PROBABILITY
        for frame in seen.frames.values()
    )


def _reason(hour: int, level: float, threshold: float, base: float, most: float) -> str:
    if threshold <= base:
        return f"as configured: noise at {hour:02d} UTC seldom reaches {level:.1f}"
    limit = ", the most that is allowed" if threshold >= most else ""
    return (
        f"raised from {base:g} to {threshold:g}{limit}: at {hour:02d} UTC noise reaches "
        f"{level:.1f} about once in a hundred minutes"
    )
