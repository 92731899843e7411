"""Who is compared: detectors alone in a station's pipeline, or together as stations run them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge.config import DetectionSection, StationSection
from edge.detect.base import Detector
from edge.messages import Phase, Trigger, TriggerStatus
from edge.pipeline import StationPipeline
from training.score.stream import Stream
from training.score.taps import Echo, Tap, spent_s

WARM_UP_S = 10.0
"""Of the kit's own detectors."""

_STATION = StationSection(network="XX", station="SCORE", latitude=0.0, longitude=0.0)

MakeDetectors = Callable[[Stream], Sequence[Detector]]
"""Returns the detectors for a stream. They may be the same for every stream: a detector begins
anew at a block that does not continue, and a stream's first block never does."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One row of the scoreboard."""

    name: str
    detectors: MakeDetectors
    thresholds: tuple[float, ...] = ()
    """Other thresholds to try for the ROC; none for several detectors together."""
    section: DetectionSection = field(default_factory=DetectionSection)
    warm_up_s: float = WARM_UP_S
    """Silent so long after a start: the time does not count as watched."""
    identity: str = ""
    """Changes when the detectors change: hashes and settings; by it results are kept."""
    note: str = ""
    """What a reader must know of the row."""
    events_only: bool = False
    """Run over the test events alone."""


@dataclass(frozen=True, slots=True)
class Life:
    """What became of one trigger."""

    onset_ns: int
    """As last refined."""
    fired_ns: int
    """End of the hop that fired; of an S within the life of a P, when it was sent."""
    sent_ns: int
    """When the first revision could leave."""
    standing: bool
    """It was not retracted."""
    phase: Phase


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a contestant made of a stream."""

    lives: tuple[Life, ...]
    at: dict[float, tuple[Life, ...]]
    """The same at other thresholds."""
    detector_cpu_s: float
    """CPU time inside the detectors."""
    cpu_s: float
    """CPU time of the whole pipeline."""


def run(contestant: Contestant, stream: Stream, *, roc: bool = False) -> Outcome:
    """Replay a stream through a station's pipeline with the contestant's detectors.

    At other thresholds the network need not be asked again: its frames are repeated to a pipeline
    of their own. Where no score reaches a threshold, no trigger can open.

    Args:
        contestant: Who is to listen.
        stream: To what.
        roc: Also try the contestant's other thresholds.
    """
    detectors = contestant.detectors(stream)
    taps = [Tap(detector) for detector in detectors]
    begin_s = time.process_time()
    lives = _replay(contestant, stream, taps)
    cpu_s = time.process_time() - begin_s
    at = {}
    for threshold in contestant.thresholds if roc else ():
        (tap,) = taps
        fires = tap.highest >= threshold
        at[threshold] = _replay(contestant, stream, [Echo(tap, threshold)]) if fires else ()
    own_s = spent_s(taps, detectors)
    ahead_s = own_s - sum(tap.cpu_s for tap in taps)
    return Outcome(lives, at, own_s, cpu_s + ahead_s)


def _replay(
    contestant: Contestant, stream: Stream, detectors: Sequence[Detector]
) -> tuple[Life, ...]:
    pipeline = StationPipeline(_STATION, contestant.section, detectors, stream.description)
    revisions: dict[str, list[Trigger]] = {}
    for packet in stream.packets:
        for trigger in pipeline.push(packet):
            revisions.setdefault(trigger.id, []).append(trigger)
    for trigger in pipeline.flush():
        revisions.setdefault(trigger.id, []).append(trigger)
    return tuple(_life(life) for life in revisions.values())


def _life(revisions: Sequence[Trigger]) -> Life:
    first, last = revisions[0], revisions[-1]
    return Life(
        onset_ns=last.onset,
        fired_ns=min((r.time for r in first.detectors if r.time is not None), default=first.sent),
        sent_ns=first.sent,
        standing=last.status is not TriggerStatus.RETRACTED,
        phase=last.phase,
    )
