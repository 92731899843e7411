"""Short waveforms of what went wrong, for the plots."""

from dataclasses import dataclass

import numpy as np

from edge.grid import DETECTION_RATE_HZ, SAMPLE_NS
from edge.signal.butterworth import highpass
from edge.signal.filters import StreamingFilter
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds, seconds_to_ns
from training.score.stream import Stream, detection_blocks

BEFORE_S, AFTER_S = 20.0, 40.0
_HIGHPASS_HZ = 0.7


@dataclass(frozen=True, slots=True)
class Snippet:
    """The vertical of a stretch, high-passed, with moments in it."""

    title: str
    seconds: tuple[float, ...]
    """Since the moment in question."""
    trace: tuple[float, ...]
    """m/s2."""
    marks: dict[str, float]
    """Moments by name, seconds."""


def snippet(title: str, stream: Stream, at_ns: int, marks_ns: dict[str, int]) -> Snippet:
    """Cut a stretch out of a stream.

    Args:
        title: Says what is seen.
        stream: Where from.
        at_ns: The moment in question.
        marks_ns: Other moments, by name.
    """
    begin_ns, end_ns = at_ns - seconds_to_ns(BEFORE_S), at_ns + seconds_to_ns(AFTER_S)
    filtered = StreamingFilter(highpass(2, _HIGHPASS_HZ, DETECTION_RATE_HZ), channels=1)
    seconds, trace = [np.empty(0)], [np.empty(0)]
    for block in detection_blocks(stream):
        if block.start_ns > end_ns:
            break
        vertical = np.nan_to_num(block.samples[:, :1]).astype(np.float64)
        if not block.continues:
            filtered.reset(vertical[0])
        passed = filtered(vertical)[:, 0]
        if block.end_ns >= begin_ns:
            since_ns = block.start_ns - at_ns + np.arange(len(passed)) * SAMPLE_NS
            seconds.append(since_ns / NANOSECONDS_PER_SECOND)
            trace.append(passed)
    return Snippet(
        title=title,
        seconds=tuple(np.concatenate(seconds).round(4).tolist()),
        trace=tuple(np.concatenate(trace).tolist()),
        marks={name: ns_to_seconds(ns - at_ns) for name, ns in marks_ns.items()},
    )
