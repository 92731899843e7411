"""When the alarm rings: pure arithmetic on what the detectors said, hop by hop.

A trigger is an opinion; the alarm wants the ground to shake, for a while, and every detector to
agree. It looks at each hop of a quarter of a second, not only at the revisions of a trigger, and
goes on looking after the last of them: strong shaking often comes with S.
"""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from edge.alarm.config import AlarmRuleConfig
from edge.detect.base import Detector
from edge.detect.seen import HopSeen
from edge.grid import HOP_NS
from edge.messages import QualityFlag, Trigger, TriggerStatus
from edge.timestamps import ns_to_seconds, seconds_to_ns

_HOP_S: Final = ns_to_seconds(HOP_NS)
_STRONG: Final = 0.5
"""Of the least peak acceleration: what counts as strong shaking."""
_SHARE: Final = 0.1
"""Of the peak so far: less is the echo of a knock, in the sensor's mounting and in our filters."""
_HOUR_NS: Final = seconds_to_ns(3600)
_INTENSITY_EVERY_NS: Final = seconds_to_ns(0.5)
"""It is computed over the whole window and costs some milliseconds."""
_ANY_INTENSITY: Final = -3.0
_VOID: Final = frozenset({QualityFlag.STEP, QualityFlag.STUCK})
"""Whatever was measured before is the sensor's, not the ground's."""
_WATCHED: Final = 4
"""Triggers at a time; P, S and who comes after."""


class Motion(Protocol):
    """Says how the ground moved."""

    def acceleration(self, begin_ns: int, end_ns: int) -> float | None:
        """Return the largest acceleration between two times, m/s2."""

    def jma_intensity(self, onset_ns: int) -> float | None:
        """Return the instrumental intensity since an onset."""


@dataclass(frozen=True, slots=True)
class Ring:
    """The alarm shall ring."""

    time_ns: int
    """End of the hop that decided."""
    trigger: Trigger
    pga_m_s2: float | None
    jma_intensity: float | None


@dataclass(slots=True)
class _Watched:
    """A trigger that may ring."""

    trigger: Trigger
    fired: set[str] = field(default_factory=set)
    peaks_m_s2: list[float] = field(default_factory=list)
    """Of each hop since the onset, as far as it is known."""
    measured_to_ns: int = 0
    intensity: float | None = None
    intensity_at_ns: int = 0

    @property
    def pga_m_s2(self) -> float:
        """The largest acceleration since the onset."""
        return max(self.peaks_m_s2, default=0.0)

    def strong_s(self, least_m_s2: float) -> float:
        """Return for how long, in all, the ground has shaken strongly, seconds."""
        least_m_s2 = max(least_m_s2, _SHARE * self.pga_m_s2)
        return sum(peak >= least_m_s2 for peak in self.peaks_m_s2) * _HOP_S


class AlarmRule:
    """Watches triggers and says when one of them is an alarm.

    Args:
        config: The rule.
        most_per_hour: Alarms in an hour of data at most.
        detectors: Those that run.
        motion: Says how the ground moved.

    Attributes:
        suppressed: Alarms that were one too many in their hour.
    """

    def __init__(
        self,
        config: AlarmRuleConfig,
        most_per_hour: int,
        detectors: Sequence[Detector],
        motion: Motion,
    ) -> None:
        self.suppressed = 0
        self._config = config
        self._most_per_hour = most_per_hour
        self._detectors = {detector.name: detector for detector in detectors}
        self._motion = motion
        self._muting = frozenset(config.mute_on)
        self._strong_m_s2 = _STRONG * config.pga_m_s2
        self._watched: dict[str, _Watched] = {}
        self._over: deque[str] = deque(maxlen=16)
        """Triggers that rang or were taken back."""
        self._rung_ns: deque[int] = deque()
        self._end_ns = 0
        self._quality: frozenset[QualityFlag] = frozenset()

    def push(self, seen: HopSeen, *, ringing: bool = False) -> Ring | None:
        """Take a hop, and tell whether it makes the alarm ring.

        Args:
            seen: The hop.
            ringing: It rings already; what would make it ring belongs to the same shaking, and
                does so neither now nor later.
        """
        if self._is_cut(seen):
            self._watched.clear()
        self._end_ns, self._quality = seen.end_ns, seen.quality
        for trigger in seen.triggers:
            self._note(trigger)
        found = None
        for watched in list(self._watched.values()):
            ring = self._grow(watched, seen, ringing=ringing or found is not None)
            found = found or ring
        return found

    def is_strong(self, seen: HopSeen) -> bool:
        """Tell whether the ground shakes strongly in a hop; asked for while the alarm rings."""
        peak = self._motion.acceleration(seen.end_ns - HOP_NS, seen.end_ns)
        return peak is not None and peak >= self._strong_m_s2 and not seen.quality & _VOID

    def _is_cut(self, seen: HopSeen) -> bool:
        """Tell whether what was measured before this hop is void."""
        is_lost = QualityFlag.MISSING_COMPONENT in seen.quality - self._quality
        return bool(seen.end_ns - self._end_ns > HOP_NS or is_lost or seen.quality & _VOID)

    def _note(self, trigger: Trigger) -> None:
        if trigger.status is TriggerStatus.RETRACTED:
            self._watched.pop(trigger.id, None)
            self._over.append(trigger.id)
            return
        if trigger.id in self._over:
            return
        watched = self._watched.setdefault(trigger.id, _Watched(trigger))
        watched.trigger = trigger
        while len(self._watched) > _WATCHED:
            del self._watched[next(iter(self._watched))]

    def _grow(self, watched: _Watched, seen: HopSeen, *, ringing: bool) -> Ring | None:
        onset_ns = watched.trigger.onset
        age_s = ns_to_seconds(seen.end_ns - onset_ns)
        if age_s > self._config.within_s:
            del self._watched[watched.trigger.id]
            return None
        self._measure(watched, seen)
        if age_s < self._config.after_s or seen.quality & self._muting:
            return None
        if not self._agree(watched.fired) or watched.pga_m_s2 < self._config.pga_m_s2:
            return None
        if watched.strong_s(self._strong_m_s2) < self._config.sustained_s:
            return None
        if not self._is_felt(watched, seen.end_ns):
            return None
        del self._watched[watched.trigger.id]
        self._over.append(watched.trigger.id)
        return None if ringing else self._ring(watched, seen.end_ns)

    def _measure(self, watched: _Watched, seen: HopSeen) -> None:
        begin_ns = max(watched.trigger.onset, watched.measured_to_ns)
        while begin_ns < seen.end_ns:
            # A trigger is told some hops after its onset: those are counted one by one, too.
            end_ns = min(seen.end_ns, begin_ns + HOP_NS)
            peak = self._motion.acceleration(begin_ns, end_ns)
            if peak is not None:
                watched.peaks_m_s2.append(peak)
            begin_ns = end_ns
        watched.measured_to_ns = seen.end_ns
        watched.fired |= {report.name for report in watched.trigger.detectors if report.fired}
        watched.fired |= {
            name
            for name, frame in seen.frames.items()
            if frame.score >= self._detectors[name].threshold
        }

    def _agree(self, fired: Collection[str]) -> bool:
        if self._config.detectors == "any":
            return bool(fired)
        return self._detectors.keys() <= set(fired)

    def _is_felt(self, watched: _Watched, end_ns: int) -> bool:
        least = self._config.jma_intensity
        if least <= _ANY_INTENSITY:
            return True
        if end_ns - watched.intensity_at_ns >= _INTENSITY_EVERY_NS:
            watched.intensity_at_ns = end_ns
            watched.intensity = self._motion.jma_intensity(watched.trigger.onset)
        return watched.intensity is not None and watched.intensity >= least

    def _ring(self, watched: _Watched, end_ns: int) -> Ring | None:
        """Return the ring, unless it is one too many in its hour."""
        while self._rung_ns and self._rung_ns[0] <= end_ns - _HOUR_NS:
            self._rung_ns.popleft()
        if len(self._rung_ns) >= self._most_per_hour:
            self.suppressed += 1
            return None
        self._rung_ns.append(end_ns)
        intensity = watched.intensity
        if intensity is None:
            intensity = self._motion.jma_intensity(watched.trigger.onset)
        return Ring(end_ns, watched.trigger, watched.pga_m_s2, intensity)
