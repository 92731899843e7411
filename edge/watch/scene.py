"""What is known of a watched station now: last seconds, detectors, health, triggers."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.signal.butterworth import bandpass
from edge.signal.filters import StreamingFilter
from edge.timestamps import NANOSECONDS_PER_SECOND

SPAN_S: Final = 30.0
_ORDER: Final = 2
_HIGHEST_SHARE: Final = 0.4
"""Of the sampling rate: a filter closer to half of it is none."""
_TRIGGERS: Final = 8
_OLD_S: Final = 10.0
"""Slow sources bring samples every few seconds."""

Curve = NDArray[np.float64]


@dataclass(slots=True)
class DetectorNow:
    """What a detector said last, and of late."""

    score: float
    threshold: float
    probabilities: dict[str, float]
    asleep: bool
    past: deque[tuple[int, float]] = field(default_factory=deque)
    """End of the hop, nanoseconds since 1970 UTC, and score."""


class Trace:
    """The last seconds of a station's three components, in the band of the detectors.

    Args:
        low_hz: Lower corner.
        high_hz: Upper corner.
    """

    def __init__(self, low_hz: float, high_hz: float) -> None:
        self.rate_hz = 0.0
        self.end_ns = 0
        self.missing = [False, False, False]
        self._band_hz = (low_hz, high_hz)
        self._samples: Curve = np.zeros((0, 3))
        self._filter: StreamingFilter | None = None

    def push(self, frame: dict[str, Any]) -> None:
        """Take a frame of samples."""
        columns = frame["m_s2"]
        self.missing = [column is None for column in columns]
        length = max((len(column) for column in columns if column is not None), default=0)
        block = np.array(
            [[0.0] * length if column is None else column for column in columns], np.float64
        ).T.reshape(length, 3)
        if not length:
            return
        filtered = self._filtered(block, float(frame["rate_hz"]), continues=frame["continues"])
        keep = math.ceil(SPAN_S * self.rate_hz)
        self._samples = np.concatenate([self._samples, filtered])[-keep:]
        self.end_ns = int(frame["start_ns"]) + round(length * NANOSECONDS_PER_SECOND / self.rate_hz)

    def envelope(self, columns: int, span_s: float = SPAN_S) -> tuple[Curve, Curve]:
        """Return least and greatest value of equal parts of the last seconds.

        Args:
            columns: How many parts.
            span_s: Seconds before the newest sample.

        Returns:
            Two arrays of shape (columns, 3), m/s2; NaN where there are no samples.
        """
        low, high = np.full((columns, 3), np.nan), np.full((columns, 3), np.nan)
        count = len(self._samples)
        if count == 0:
            return low, high
        ages_s = (count - 1 - np.arange(count)) / self.rate_hz
        places = columns - 1 - (ages_s * columns / span_s).astype(np.int64)
        first = int(np.searchsorted(places, 0))
        seen, starts = np.unique(places[first:], return_index=True)
        if len(seen):
            low[seen] = np.minimum.reduceat(self._samples[first:], starts)
            high[seen] = np.maximum.reduceat(self._samples[first:], starts)
        return low, high

    def peaks(self, span_s: float) -> Curve:
        """Return the largest absolute value of each component in the last seconds, m/s2."""
        count = math.ceil(span_s * self.rate_hz)
        newest = self._samples[-count:] if count else self._samples[:0]
        return np.abs(newest).max(axis=0) if len(newest) else np.full(3, np.nan)

    def _filtered(self, block: Curve, rate_hz: float, *, continues: bool) -> Curve:
        if self._filter is None or abs(rate_hz - self.rate_hz) > 0.01 * self.rate_hz:
            high_hz = min(self._band_hz[1], _HIGHEST_SHARE * rate_hz)
            low_hz = min(self._band_hz[0], high_hz / 2)
            self._filter = StreamingFilter(bandpass(_ORDER, low_hz, high_hz, rate_hz), channels=3)
            self._samples, continues = np.zeros((0, 3)), False
        if not continues:
            self._filter.reset(block[0])
            self._samples = np.zeros((0, 3))
        self.rate_hz = rate_hz
        return self._filter(block)


class Scene:
    """A watched station.

    Attributes:
        station: Its codes; empty before it said them.
        agent_version: Of its software; None where it did not say.
        release: SHA-256 of the software that came over the air; None: the installed one runs.
        health: The last report.
        trouble: Why the source failed last; None where it never did.
        connected: A broker listens; None where none is wanted or nothing is known.
        triggers: The last ones, newest last, each in its last revision.
        gone: The agent is away.
    """

    def __init__(self) -> None:
        self.station = ""
        self.sensor = ""
        self.agent_version: str | None = None
        self.release: str | None = None
        self.channels: tuple[str, ...] = ("Z", "N", "E")
        self.band_hz = (1.0, 10.0)
        self.broker = ""
        self.trace = Trace(*self.band_hz)
        self.detectors: dict[str, DetectorNow] = {}
        self.quality: tuple[str, ...] = ()
        self.health: dict[str, Any] = {}
        self.trouble: str | None = None
        self.connected: bool | None = None
        self.frames_dropped = 0
        self.triggers: dict[str, dict[str, Any]] = {}
        self.gone = False

    @property
    def silent_s(self) -> float | None:
        """Age of the newest sample where it is old, infinite where there is none; else None."""
        latency_s: float | None = self.health.get("latency_s")
        if latency_s is None:
            return math.inf if self.health else None
        return latency_s if latency_s > _OLD_S else None

    def take(self, frame: dict[str, Any]) -> None:
        """Take a frame; kinds of a newer agent are passed over."""
        match frame["kind"]:
            case "hello":
                self._greet(frame)
            case "samples":
                self.trace.push(frame)
            case "hop":
                self._hear(frame)
            case "status":
                self.health = frame["health"]
                self.trouble = frame.get("trouble")
                self.connected = frame["connected"]
                self.frames_dropped = frame["frames_dropped"]
        self.gone = False

    def _greet(self, frame: dict[str, Any]) -> None:
        self.station, self.sensor = frame["station"], frame["sensor"]
        # Agents of before say neither.
        self.agent_version, self.release = frame.get("agent_version"), frame.get("release")
        self.channels = tuple(frame["channels"])
        low_hz, high_hz = frame["band_hz"]
        self.band_hz = (low_hz, high_hz)
        self.broker = frame["broker"]
        self.trace = Trace(low_hz, high_hz)
        self.detectors = {}

    def _hear(self, frame: dict[str, Any]) -> None:
        end_ns = int(frame["end_ns"])
        for name, said in frame["detectors"].items():
            before = self.detectors.get(name)
            past = before.past if before is not None else deque()
            past.append((end_ns, said["score"]))
            while past[0][0] < end_ns - SPAN_S * NANOSECONDS_PER_SECOND:
                past.popleft()
            self.detectors[name] = DetectorNow(
                said["score"], said["threshold"], said["probabilities"], said["asleep"], past
            )
        self.quality = tuple(frame["quality"])
        for trigger in frame["triggers"]:
            self.triggers.pop(trigger["id"], None)
            self.triggers[trigger["id"]] = trigger
            while len(self.triggers) > _TRIGGERS:
                del self.triggers[next(iter(self.triggers))]
