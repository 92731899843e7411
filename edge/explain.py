"""Why did the station trigger, or why not: the pipeline once more, over what the station kept.

`explain(config, time_ns)` runs the station's own pipeline over the blocks of its archive and notes
what every detector said of each hop. The blocks are those that the detectors got live, to the bit.
What the filters remember of the time before is kept nowhere, so the re-run begins early enough for
them to have forgotten where it began: after forty time constants of the long-term average of
STA/LTA, which remembers longest, a float64 does not know any more. Where the stream itself began
later (a start, a gap), the re-run is exact from there on. A recording, which is on disk already, is
run from its own beginning.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from edge.config import StationConfig
from edge.detect.adaptive_file import past_thresholds
from edge.detect.loading import load_detectors
from edge.detect.seen import HopSeen
from edge.errors import ExplainError
from edge.explain_kept import KeptBlocks
from edge.messages import Trigger
from edge.pipeline import StationPipeline
from edge.timestamps import format_time, parse_time, seconds_to_ns

_DRAIN_NS = seconds_to_ns(5.0)
"""Samples after the span that its last hops may wait for."""

_ID_TIME = re.compile(r"-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d+)Z$")


@dataclass(frozen=True, slots=True)
class DetectorFacts:
    """Which detector ran, and when it fires."""

    name: str
    version: str
    scheme: str | None
    threshold: float
    lower_threshold: float
    """Below it the shaking counts as over."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the station saw around a time."""

    time_ns: int
    began_ns: int
    """First sample of the re-run."""
    lead_s: float
    """Seconds after which the filters have forgotten where they began."""
    inexact_because: str | None
    """None: every number is the one of the live run, to the bit."""
    detectors: tuple[DetectorFacts, ...]
    gate_open_ratio: float | None
    """Of the gate, where there is one."""
    hops: tuple[HopSeen, ...]
    triggers: tuple[Trigger, ...]
    """Every revision that was made within the span, oldest first."""


def moment(text: str) -> int:
    """Return the time that somebody asks about: an ISO 8601 time, or the onset in a trigger's id.

    Raises:
        ExplainError: It is neither.
    """
    found = _ID_TIME.search(text)
    iso = "{}-{}-{}T{}:{}:{}Z".format(*found.groups()) if found else text
    try:
        return parse_time(iso)
    except ValueError as error:
        raise ExplainError(f"{error}, and no trigger's id either") from None


def explain(
    config: StationConfig, time_ns: int, before_s: float = 10.0, after_s: float = 20.0
) -> Explanation:
    """Run the pipeline again and return what it saw around a time.

    Args:
        config: The station, as it was configured then.
        time_ns: The time in question.
        before_s: Seconds before it that are wanted.
        after_s: Seconds after it that are wanted.

    Raises:
        ExplainError: Nothing is kept of that time.
        SourceError: The recording cannot be read.
        MissingExtraError: The package that reads the archive is not installed.
    """
    begin_ns, end_ns = time_ns - seconds_to_ns(before_s), time_ns + seconds_to_ns(after_s)
    source = config.source.open()
    detectors, _ = load_detectors(config.detection)
    pipeline = StationPipeline(config.station, config.detection, detectors, source.describe())
    if config.detection.adaptive.enabled:
        pipeline.thresholds = past_thresholds(config)
    kept = KeptBlocks(config, source)
    hops, triggers = _run(pipeline, kept, begin_ns, end_ns)
    if not hops or kept.began_ns is None:
        raise ExplainError(f"{format_time(time_ns)}: {kept.whereabouts()}")
    gate = config.detection.gate
    return Explanation(
        time_ns=time_ns,
        began_ns=kept.began_ns,
        lead_s=kept.lead_s,
        inexact_because=kept.inexact_because(begin_ns),
        detectors=tuple(
            DetectorFacts(d.name, d.version, d.scheme, d.threshold, pipeline.lower_threshold(d))
            for d in detectors
        ),
        gate_open_ratio=gate.open_ratio if gate.enabled else None,
        hops=hops,
        triggers=triggers,
    )


def unless_changed(explanation: Explanation, changed: Mapping[str, int]) -> Explanation:
    """Return an explanation that says that settings were others then.

    Args:
        explanation: By the settings of now.
        changed: Which of them were changed after its time, and when, nanoseconds since 1970 UTC.
    """
    if not changed:
        return explanation
    since = ", ".join(f"{key} at {format_time(time_ns)}" for key, time_ns in changed.items())
    return replace(explanation, inexact_because=f"the settings are not those of then: {since}")


def _run(
    pipeline: StationPipeline, kept: KeptBlocks, begin_ns: int, end_ns: int
) -> tuple[tuple[HopSeen, ...], tuple[Trigger, ...]]:
    """Return the hops that end within a span, and the triggers that were made of its samples."""
    hops: list[HopSeen] = []
    triggers: list[Trigger] = []

    def listen(seen: HopSeen) -> None:
        if begin_ns < seen.end_ns <= end_ns:
            hops.append(seen)

    pipeline.listeners.append(listen)
    for block in kept.blocks(begin_ns, end_ns + _DRAIN_NS):
        made = pipeline.take(block)
        if begin_ns < block.end_ns <= end_ns + _DRAIN_NS:
            triggers += made
    if kept.ended:
        triggers += pipeline.flush()
    return tuple(hops), tuple(triggers)
