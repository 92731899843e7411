"""From detector frames to trigger revisions.

The tracker opens a trigger as soon as one detector fires, refines its onset once a second of it
has been seen, sends revisions while the window grows, and takes the trigger back if the shaking
does not last. S, where the network sees it within the life of P, is a trigger of its own. Then the
tracker waits until the detectors are quiet, so that a long earthquake is one trigger and not fifty.
It does not wait for a network that holds a whole window for an earthquake as long as the event is
in it: such a one must be quiet before it fires again itself, and silences no other.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edge.config import DetectionSection, StationSection
from edge.detect.base import Detector, Frame, memory_of
from edge.detect.sta_lta import STA_LTA
from edge.grid import HOP_NS
from edge.messages import GrownDisplacement, Phase, QualityFlag, Trigger, TriggerStatus
from edge.quality import Leap
from edge.signal.intensity import mercalli
from edge.signal.motion import GroundMotion, Peaks
from edge.signal.onset import Onset, OnsetPicker
from edge.timestamps import format_time, ns_to_seconds, seconds_to_ns
from edge.trigger.candidate import Candidate, Seen, Surroundings

_LOOK_BACK_NS = seconds_to_ns(4.0)
"""How long before the hop that fired an onset may lie: a ratio grows slowly on a weak onset."""

_REFINE_AFTER_NS = seconds_to_ns(1.0)
_REFINE_AFTER_RISE_NS = seconds_to_ns(0.75)
_LATEST_RISE_NS = seconds_to_ns(3.5)
"""The network may fire on a weak forerunner; a sharp rise so soon after it, too soon to be S, is
the P that everybody else sees."""
_PD_WINDOW_NS = seconds_to_ns(3.0)
_GROWING_S = (4.0, 6.0, 8.0, 10.0, 14.0, 20.0, 30.0)
"""Windows of P beyond the first three seconds: a great source goes on for longer."""
"""Pd is measured over three seconds of P (Wu & Zhao 2006)."""

_LEAST_S_MINUS_P_NS = seconds_to_ns(1.0)
_S_LOOK_BACK_NS = seconds_to_ns(2.5)
_AFTER_P_NS = seconds_to_ns(0.5)
_LARGEST_S_UNCERTAINTY_S = 0.5

_AFTERMATH_NS = seconds_to_ns(120.0)
_LEAST_RISE = 3.0
"""In the coda of an earthquake the network fires on wiggles that stand out of nothing. For two
minutes after a trigger it needs an onset with three times the energy of the seconds before it."""

_LEAP_BLUR_NS = seconds_to_ns(0.5)
"""A filter smears a leap, and the onset that is found in it."""

_LONG_MEMORY_S = 5.0


class TriggerTracker:
    """Turns what the detectors say, hop by hop, into the life of one trigger after the other."""

    def __init__(
        self,
        station: StationSection,
        config: DetectionSection,
        detectors: Sequence[Detector],
        picker: OnsetPicker,
        motion: GroundMotion,
    ) -> None:
        self._station = station
        self._rules = config.trigger
        self._detectors = {detector.name: detector for detector in detectors}
        self._lower = {detector.name: detector.threshold / 2 for detector in detectors}
        self._lower[STA_LTA] = config.sta_lta.off_ratio
        self._sta_s = config.sta_lta.sta_s
        self._picker = picker
        self._motion = motion
        self._candidate: Candidate | None = None
        self._lingering = {d.name for d in detectors if memory_of(d) > _LONG_MEMORY_S}
        self._armed = True
        self._lingering_armed = True
        self._not_before_ns = 0
        self._aftermath_until_ns = 0
        self.triggers = 0

    def push(
        self, end_ns: int, frames: Mapping[str, Frame], surroundings: Surroundings
    ) -> list[Trigger]:
        """Take one hop.

        Args:
            end_ns: Time just after the hop's last sample.
            frames: What each running detector said of it, by name.
            surroundings: Clock, time and quality of the moment.

        Returns:
            The revisions that are due; none in most hops.
        """
        if self._candidate is not None:
            return self._grow(self._candidate, end_ns, frames, surroundings)
        if any(self._fires(name, frame) for name, frame in frames.items()):
            onset = self._onset(end_ns - _LOOK_BACK_NS, end_ns)
            if self._stands_out(onset, end_ns, frames):
                return [self._begin(onset, end_ns, frames, surroundings)]
        loud = {name for name, frame in frames.items() if frame.score >= self._lower[name]}
        self._armed = self._armed or loud <= self._lingering
        self._lingering_armed = self._lingering_armed or not loud
        return []

    def interrupt(
        self, surroundings: Surroundings, still_there: NDArray[np.bool_] | None = None
    ) -> list[Trigger]:
        """End what lives: after a gap there is nothing left to measure.

        Args:
            surroundings: Clock, time and quality of the moment.
            still_there: Where a component went missing, which ones are left, shape (3,). If those
                saw nothing of it, the trigger was the failing of the other and is taken back.
        """
        self.rearm()
        candidate = self._candidate
        if candidate is None:
            return []
        candidate.quality.add(QualityFlag.GAP)
        if still_there is not None:
            rise = self._picker.rise(candidate.onset.time_ns, still_there)
            if rise < _LEAST_RISE:
                return [self._end(candidate, TriggerStatus.RETRACTED, surroundings)]
        return [self._end(candidate, TriggerStatus.FINAL, surroundings)]

    def leapt(self, leap: Leap, surroundings: Surroundings) -> list[Trigger]:
        """Take back what a leap of the sensor has opened.

        Detectors and filters begin anew after a leap: to them it is a shock that rings for long.
        """
        candidate = self._candidate
        if candidate is not None:
            candidate.quality.add(leap.flag)
            onset_ns = candidate.onset.time_ns
            if not leap.start_ns - _LEAP_BLUR_NS <= onset_ns <= leap.end_ns + _LEAP_BLUR_NS:
                return []
            return [self._end(candidate, TriggerStatus.RETRACTED, surroundings)]
        return []

    def lower_threshold(self, name: str) -> float:
        """Return the score below which a detector takes the shaking for over."""
        return self._lower[name]

    @property
    def is_busy(self) -> bool:
        """Whether a trigger lives."""
        return self._candidate is not None

    def rearm(self) -> None:
        """Be ready for the next trigger: the detectors begin anew."""
        self._armed = self._lingering_armed = True
        self._not_before_ns = 0

    def _fires(self, name: str, frame: Frame) -> bool:
        armed = self._lingering_armed if name in self._lingering else self._armed
        return armed and frame.score >= self._detectors[name].threshold

    def _stands_out(self, onset: Onset, end_ns: int, frames: Mapping[str, Frame]) -> bool:
        if end_ns > self._aftermath_until_ns:
            return True
        sta_lta = frames.get(STA_LTA)
        if sta_lta is not None and sta_lta.score >= self._detectors[STA_LTA].threshold:
            return True
        return self._picker.rise(onset.time_ns) >= _LEAST_RISE

    def _begin(
        self,
        onset: Onset,
        end_ns: int,
        frames: Mapping[str, Frame],
        surroundings: Surroundings,
    ) -> Trigger:
        candidate = Candidate(
            id=self._id(onset.time_ns),
            onset=onset,
            updates_ns=[onset.time_ns + seconds_to_ns(s) for s in self._rules.update_at_s],
            last_hop_ns=end_ns,
            refine_at_ns=onset.time_ns + _REFINE_AFTER_NS,
        )
        candidate.observe(end_ns, frames, self._detectors, self._lower)
        self._candidate = candidate
        self._armed = self._lingering_armed = False
        self.triggers += 1
        return self._revision(candidate, TriggerStatus.PRELIMINARY, surroundings)

    def _grow(
        self,
        candidate: Candidate,
        end_ns: int,
        frames: Mapping[str, Frame],
        surroundings: Surroundings,
    ) -> list[Trigger]:
        candidate.observe(end_ns, frames, self._detectors, self._lower)
        candidate.quality |= surroundings.quality
        self._refine(candidate, end_ns, frames)
        age_ns = end_ns - candidate.onset.time_ns
        if self._has_faded(candidate, end_ns):
            return [self._end(candidate, TriggerStatus.RETRACTED, surroundings)]
        if age_ns >= seconds_to_ns(self._rules.final_at_s):
            return [self._end(candidate, TriggerStatus.FINAL, surroundings)]
        later = self._later_s(candidate, end_ns, frames, surroundings)
        due = [time_ns for time_ns in candidate.updates_ns if time_ns <= end_ns]
        if not due:
            return later
        candidate.updates_ns = candidate.updates_ns[len(due) :]
        return [*later, self._revision(candidate, TriggerStatus.UPDATE, surroundings)]

    def _refine(self, candidate: Candidate, end_ns: int, frames: Mapping[str, Frame]) -> None:
        """Look for the onset again once a second of it was seen, or of a later, sharper rise."""
        sta_lta = candidate.seen.get(STA_LTA)
        rose = sta_lta is not None and sta_lta.fired_ns == end_ns
        if rose and _holds_p(frames) and end_ns - candidate.onset.time_ns <= _LATEST_RISE_NS:
            candidate.refine_at_ns = end_ns + _REFINE_AFTER_RISE_NS
        if candidate.refine_at_ns is None or end_ns < candidate.refine_at_ns:
            return
        candidate.refine_at_ns = None
        candidate.onset = self._onset(end_ns - _REFINE_AFTER_NS - _LOOK_BACK_NS, end_ns)

    def _later_s(
        self,
        parent: Candidate,
        end_ns: int,
        frames: Mapping[str, Frame],
        surroundings: Surroundings,
    ) -> list[Trigger]:
        """Return the one revision of S, in the hop in which the network is sure of it."""
        found = parent.later_s.push(end_ns, frames.values())
        if found is None or parent.phase() is not Phase.P:
            return []
        p_ns = parent.onset.time_ns
        begin_ns = max(found.first_hop_end_ns - _S_LOOK_BACK_NS, p_ns + _AFTER_P_NS)
        onset = self._picker.refine(begin_ns, end_ns)
        if onset is None or onset.uncertainty_s > _LARGEST_S_UNCERTAINTY_S:
            return []
        if onset.time_ns - p_ns < _LEAST_S_MINUS_P_NS:
            return []
        child = Candidate(self._id(onset.time_ns), onset, updates_ns=[], last_hop_ns=end_ns)
        child.observe(end_ns, frames, self._detectors, self._lower)
        self.triggers += 1
        return [self._revision(child, TriggerStatus.FINAL, surroundings)]

    def _has_faded(self, candidate: Candidate, end_ns: int) -> bool:
        """Tell whether all is quiet again and the shaking was too short for an earthquake."""
        sustain_ns = seconds_to_ns(self._rules.sustain_s)
        ends = [seen.active_until_ns or 0 for seen in candidate.seen.values()]
        if end_ns - max(ends) < sustain_ns / 2:
            return False
        return all(
            (seen.active_until_ns or 0) - candidate.onset.time_ns - self._memory_ns(name, seen)
            < sustain_ns
            for name, seen in candidate.seen.items()
        )

    def _memory_ns(self, name: str, seen: Seen) -> int:
        """Return how long a detector stays above its lower threshold after the shaking ended.

        The short-term average decays as exp(-t / STA): from a high ratio that takes seconds, and
        a single knock would pass for a long shaking.
        """
        if name != STA_LTA:
            return 0
        above = max(1.0, seen.best.score / self._lower[name])
        return seconds_to_ns(self._sta_s * math.log(above))

    def _end(
        self, candidate: Candidate, status: TriggerStatus, surroundings: Surroundings
    ) -> Trigger:
        self._candidate = None
        self._not_before_ns = candidate.last_hop_ns
        self._aftermath_until_ns = candidate.last_hop_ns + _AFTERMATH_NS
        return self._revision(candidate, status, surroundings)

    def _onset(self, begin_ns: int, end_ns: int) -> Onset:
        refined = self._picker.refine(max(begin_ns, self._not_before_ns), end_ns)
        return refined or Onset(end_ns - HOP_NS, ns_to_seconds(HOP_NS))

    def _id(self, onset_ns: int) -> str:
        compact = format_time(onset_ns).replace("-", "").replace(":", "").rstrip("Z")[:-4]
        station = self._station
        return f"{station.network}.{station.station}.{station.location}-{compact}Z"

    def _revision(
        self, candidate: Candidate, status: TriggerStatus, surroundings: Surroundings
    ) -> Trigger:
        onset, station = candidate.onset, self._station
        candidate.quality |= surroundings.quality
        peaks = self._motion.peaks(onset.time_ns, onset.time_ns + _PD_WINDOW_NS, _GROWING_S)
        revision, candidate.revision = candidate.revision, candidate.revision + 1
        return Trigger(
            id=candidate.id,
            revision=revision,
            status=status,
            network=station.network,
            station=station.station,
            location=station.location,
            channels=surroundings.channels,
            latitude=station.latitude,
            longitude=station.longitude,
            elevation_m=station.elevation_m,
            onset=onset.time_ns,
            onset_uncertainty_s=round(onset.uncertainty_s, 3),
            phase=candidate.phase(),
            probabilities=candidate.probabilities(),
            detectors=candidate.reports(self._detectors),
            window_s=max(0.0, ns_to_seconds(candidate.last_hop_ns - onset.time_ns)),
            pga_m_s2=_significant(peaks.pga_m_s2) if peaks else None,
            pgv_m_s=_significant(peaks.pgv_m_s) if peaks else None,
            pd_m=_significant(peaks.pd_m) if peaks and peaks.pd_m is not None else None,
            pd_growth=_growth(peaks) if peaks else (),
            tau_c_s=_significant(peaks.tau_c_s) if peaks and peaks.tau_c_s is not None else None,
            jma_intensity=_tenths(peaks.jma_intensity) if peaks else None,
            mmi=_tenths(_mercalli(peaks)) if peaks else None,
            clock=surroundings.clock,
            quality=tuple(sorted(candidate.quality)),
            sent=surroundings.now_ns,
        )


def _holds_p(frames: Mapping[str, Frame]) -> bool:
    """Tell whether nothing speaks against P: a network that holds the hop for S does."""
    probabilities = [frame.probabilities for frame in frames.values() if frame.probabilities]
    return all(p.get("P", 0.0) >= p.get("S", 0.0) for p in probabilities)


def _growth(peaks: Peaks) -> tuple[GrownDisplacement, ...]:
    return tuple(
        GrownDisplacement(window_s=window_s, pd_m=_significant(pd_m))
        for window_s, pd_m in peaks.growth_m
    )


def _mercalli(peaks: Peaks) -> float:
    return mercalli(peaks.pga_m_s2, peaks.pgv_m_s if peaks.pgv_stands_out else None)


def _tenths(intensity: float | None) -> float | None:
    """Return an intensity as it is told everywhere: to a tenth."""
    return None if intensity is None else round(intensity, 1)


def _significant(value: float) -> float:
    """Return four significant digits: no more is known, and less travels."""
    return float(f"{value:.4g}")
