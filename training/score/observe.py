"""Running detectors over a record, each alone in a pipeline of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge.config import DetectionSection, StationSection
from edge.detect.base import Detector
from edge.messages import Trigger, TriggerStatus
from edge.pipeline import StationPipeline
from edge.sources.openeew import OpenEewConfig
from edge.timestamps import NANOSECONDS_PER_SECOND
from training.score.truth import Truth

_EARLY_NS = 2 * NANOSECONDS_PER_SECOND
"""An onset may be picked so much before the P of the list."""

DetectorMaker = Callable[[], Detector]


@dataclass(frozen=True, slots=True)
class Observation:
    """What one detector made of one record."""

    truth: Truth
    detected: bool
    """A trigger that stood has its onset between P and S."""
    fired_after_p_s: float | None
    """End of the hop that fired, after the picked P."""
    sent_after_p_s: float | None
    """When the first revision could leave, packets of one second included."""
    false_sent: int
    """Triggers before the event."""
    false_standing: int
    """Those of them that were not retracted."""
    quiet_s: float
    """Data before the event in which a trigger is false."""


def observe(truth: Truth, makers: Mapping[str, DetectorMaker]) -> dict[str, Observation]:
    """Run every detector over one record.

    Raises:
        SourceError: The record cannot be read at all.
    """
    source = OpenEewConfig(paths=(truth.folder,)).open()
    section = StationSection(network="OE", station=truth.station, latitude=0.0, longitude=0.0)
    pipelines = {
        name: StationPipeline(section, DetectionSection(), [make()], source.describe())
        for name, make in makers.items()
    }
    triggers: dict[str, list[Trigger]] = {name: [] for name in makers}
    quiet_s = 0.0
    for packet in source.packets():
        if packet.last_sample_ns < truth.noise_end_ns:
            quiet_s += len(packet.samples) / packet.nominal_rate_hz
        for name, pipeline in pipelines.items():
            triggers[name] += pipeline.push(packet)
    for name, pipeline in pipelines.items():
        triggers[name] += pipeline.flush()
    return {name: _judge(truth, revisions, quiet_s) for name, revisions in triggers.items()}


def _judge(truth: Truth, revisions: list[Trigger], quiet_s: float) -> Observation:
    lives: dict[str, list[Trigger]] = {}
    for revision in revisions:
        lives.setdefault(revision.id, []).append(revision)
    false = [life for life in lives.values() if life[-1].onset < truth.noise_end_ns]
    right = [
        life
        for life in lives.values()
        if truth.first_p_ns - _EARLY_NS <= life[-1].onset <= truth.last_s_ns
        and life[-1].status is not TriggerStatus.RETRACTED
    ]
    first = min(right, key=lambda life: life[0].sent, default=None)
    fired = sent = None
    if first is not None and truth.picked_p_ns is not None:
        fired_ns = min(report.time for report in first[0].detectors if report.time is not None)
        fired = (fired_ns - truth.picked_p_ns) / NANOSECONDS_PER_SECOND
        sent = (first[0].sent - truth.picked_p_ns) / NANOSECONDS_PER_SECOND
    return Observation(
        truth=truth,
        detected=first is not None,
        fired_after_p_s=fired,
        sent_after_p_s=sent,
        false_sent=len(false),
        false_standing=sum(life[-1].status is not TriggerStatus.RETRACTED for life in false),
        quiet_s=quiet_s,
    )
