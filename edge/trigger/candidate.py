"""What is known of a trigger while it lives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.detect.base import Detector, Frame
from edge.messages import ClockState, DetectorReport, Phase, QualityFlag
from edge.signal.onset import Onset
from edge.timestamps import seconds_to_ns
from edge.trigger.later_s import SWatch

_PHASE_MARGIN = 1.5
"""P is named only where the network holds it this many times more likely than S, or S than P."""

_LEAST_PROBABILITY = 0.3
"""And only where it holds the phase for at least this likely: below, it has not noticed yet."""

_NAMING_NS = seconds_to_ns(1.0)
_LATEST_NAMING_NS = seconds_to_ns(2.0)
"""The phase is read off the hops just after the onset: later ones may hold S already."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What holds at one hop, beside what the detectors said."""

    clock: ClockState
    now_ns: int
    """The data's clock: when the newest sample reached the agent."""
    quality: frozenset[QualityFlag]
    channels: tuple[str, ...]


@dataclass(slots=True)
class Seen:
    """What one detector saw since the trigger opened."""

    best: Frame
    naming: Frame
    """The hop near the onset that was the surest to hold a phase."""
    fired_ns: int | None = None
    active_until_ns: int | None = None
    """End of the last hop in which the detector was above its lower threshold."""


@dataclass(slots=True)
class Candidate:
    """A trigger that lives."""

    id: str
    onset: Onset
    updates_ns: list[int]
    """When the revisions still to come are due."""
    last_hop_ns: int
    refine_at_ns: int | None = None
    """When the onset is to be refined next."""
    revision: int = 0
    seen: dict[str, Seen] = field(default_factory=dict)
    later_s: SWatch = field(default_factory=SWatch)
    quality: set[QualityFlag] = field(default_factory=set)

    def observe(
        self,
        end_ns: int,
        frames: Mapping[str, Frame],
        detectors: Mapping[str, Detector],
        lower: Mapping[str, float],
    ) -> None:
        """Take what the detectors said of one hop; `lower` are their thresholds of being over.

        A frame may be older than the hop: what a slower detector said last still holds.
        """
        self.last_hop_ns = end_ns
        for name, frame in frames.items():
            seen = self.seen.setdefault(name, Seen(best=frame, naming=frame))
            if frame.score > seen.best.score:
                seen.best = frame
            named = seen.naming.score >= detectors[name].threshold
            window_ns = _NAMING_NS if named else _LATEST_NAMING_NS
            if frame.score > seen.naming.score and end_ns <= self.onset.time_ns + window_ns:
                seen.naming = frame
            if seen.fired_ns is None and frame.score >= detectors[name].threshold:
                seen.fired_ns = frame.end_ns
            if frame.score >= lower[name]:
                seen.active_until_ns = end_ns

    def reports(self, detectors: Mapping[str, Detector]) -> tuple[DetectorReport, ...]:
        """Return what each detector saw so far."""
        return tuple(
            DetectorReport(
                name=name,
                version=detectors[name].version,
                sha256=detectors[name].sha256,
                scheme=detectors[name].scheme,
                score=round(seen.best.score, 4),
                threshold=detectors[name].threshold,
                fired=seen.fired_ns is not None,
                time=seen.fired_ns,
            )
            for name, seen in self.seen.items()
        )

    def probabilities(self) -> dict[str, float]:
        """Return the network's probabilities at the onset; empty without a network."""
        for seen in self.seen.values():
            if seen.naming.probabilities:
                return {label: round(p, 4) for label, p in seen.naming.probabilities.items()}
        return {}

    def phase(self) -> Phase:
        """Return P or S where the network says so clearly, unknown where it does not."""
        probabilities = self.probabilities()
        p, s = probabilities.get("P", 0.0), probabilities.get("S", 0.0)
        if p >= _LEAST_PROBABILITY and p > _PHASE_MARGIN * s:
            return Phase.P
        if s >= _LEAST_PROBABILITY and s > _PHASE_MARGIN * p:
            return Phase.S
        return Phase.UNKNOWN
