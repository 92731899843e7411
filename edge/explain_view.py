"""An explanation as a table, as curves in the terminal, and as JSON."""

import math
from collections.abc import Iterator
from typing import Any

from rich.table import Table

from edge.detect.seen import HopSeen
from edge.detect.sta_lta import STA_LTA
from edge.explain import DetectorFacts, Explanation
from edge.timestamps import format_time, ns_to_seconds

_BARS = " ▁▂▃▄▅▆▇█"
_ROWS = 6
_SMALLEST_RATIO = 0.25


def as_dict(explanation: Explanation) -> dict[str, Any]:
    """Return everything, for JSON; scores to the last digit."""
    return {
        "time": format_time(explanation.time_ns),
        "began": format_time(explanation.began_ns),
        "exact": explanation.inexact_because is None,
        "inexact_because": explanation.inexact_because,
        "gate_open_ratio": explanation.gate_open_ratio,
        "detectors": [
            {
                "name": facts.name,
                "version": facts.version,
                "scheme": facts.scheme,
                "threshold": facts.threshold,
                "lower_threshold": facts.lower_threshold,
            }
            for facts in explanation.detectors
        ],
        "hops": [_hop_dict(hop) for hop in explanation.hops],
        "triggers": [trigger.model_dump(mode="json") for trigger in explanation.triggers],
    }


def _hop_dict(hop: HopSeen) -> dict[str, Any]:
    return {
        "end": format_time(hop.end_ns),
        "detectors": {
            name: {
                "score": frame.score,
                "probabilities": frame.probabilities,
                "asleep": frame.asleep,
                "end": format_time(frame.end_ns),
            }
            for name, frame in hop.frames.items()
        },
        "quality": sorted(hop.quality),
        "triggers": [f"{t.id} {t.revision} {t.status}" for t in hop.triggers],
    }


def summary(explanation: Explanation) -> Iterator[str]:
    """Yield the sentences that go before a table or curves."""
    yield f"{format_time(explanation.time_ns)}, run again from {format_time(explanation.began_ns)}"
    if explanation.inexact_because is None:
        forget = f"the filters forget in {explanation.lead_s:.0f} s"
        yield f"every number is the live run's to the bit ({forget})"
    else:
        yield f"numbers may differ from the live run's: {explanation.inexact_because}"
    for facts in explanation.detectors:
        yield (
            f"{facts.name} {facts.version} {facts.scheme or ''}".rstrip()
            + f": fires at {facts.threshold:g}, over below {facts.lower_threshold:g}"
        )
    if explanation.gate_open_ratio is not None:
        yield f"gate: networks are asked from a ratio of {explanation.gate_open_ratio:g} on"


def table(explanation: Explanation) -> Table:
    """Return a row a hop: what each detector said, quality, what became of it."""
    shown = Table(box=None, pad_edge=False)
    shown.add_column("hop ends", no_wrap=True)
    for facts in explanation.detectors:
        shown.add_column(facts.name, justify="right", no_wrap=True)
    shown.add_column("quality")
    shown.add_column("trigger")
    for hop in explanation.hops:
        shown.add_row(
            format_time(hop.end_ns)[11:-5],
            *(_cell(hop, facts) for facts in explanation.detectors),
            " ".join(sorted(hop.quality)),
            ", ".join(f"{t.status} {t.phase} {format_time(t.onset)[11:-5]}" for t in hop.triggers),
        )
    return shown


def _cell(hop: HopSeen, facts: DetectorFacts) -> str:
    frame = hop.frames.get(facts.name)
    if frame is None:
        return "-"
    if frame.asleep:
        return "asleep"
    mark = "*" if frame.score >= facts.threshold else ""
    said = " ".join(f"{label} {p:.2f}" for label, p in frame.probabilities.items())
    return f"{mark}{frame.score:.2f}" + (f" ({said})" if said else "")


def plot(explanation: Explanation) -> Iterator[str]:
    """Yield lines of curves: a column a hop, the threshold as a line."""
    for facts in explanation.detectors:
        yield f"{facts.name} (line: fires at {facts.threshold:g})"
        yield from _curve(explanation.hops, facts)
    yield "T trigger, x retracted, ! quality, . asleep"
    yield "".join(_mark(hop) for hop in explanation.hops)
    first, last = explanation.hops[0], explanation.hops[-1]
    yield (
        f"{format_time(first.end_ns)} to {format_time(last.end_ns)}, "
        f"{ns_to_seconds(last.end_ns - first.end_ns):g} s, a column a hop"
    )


def _curve(hops: tuple[HopSeen, ...], facts: DetectorFacts) -> Iterator[str]:
    frames = [hop.frames.get(facts.name) for hop in hops]
    is_ratio = facts.name == STA_LTA
    values = [0.0 if frame is None else _height(frame.score, is_ratio) for frame in frames]
    top = max(*values, _height(facts.threshold, is_ratio)) or 1.0
    line = int(_height(facts.threshold, is_ratio) / top * _ROWS - 1e-9)
    for row in reversed(range(_ROWS)):
        bars = [_BARS[round(8 * min(1.0, max(0.0, v / top * _ROWS - row)))] for v in values]
        yield "".join("─" if row == line and bar == " " else bar for bar in bars)


def _height(score: float, is_ratio: bool) -> float:  # noqa: FBT001 - private, two callers
    """Return how high a score stands: of a ratio the logarithm, of a probability itself."""
    if not is_ratio:
        return score
    return math.log2(max(score, _SMALLEST_RATIO) / _SMALLEST_RATIO)


def _mark(hop: HopSeen) -> str:
    if hop.triggers:
        return "x" if hop.triggers[-1].status == "retracted" else "T"
    if hop.quality:
        return "!"
    return "." if any(frame.asleep for frame in hop.frames.values()) else " "
