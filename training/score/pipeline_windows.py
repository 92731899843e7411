"""Recorded windows through a station's pipeline: what a stream detector makes of them.

A stream needs a past, which a window of a data set has not: noise like its own, with new phases,
goes before it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.messages import Phase
from edge.packet import Samples
from edge.timestamps import ns_to_seconds
from training.data.example import Example
from training.data.noise import surrogate
from training.score.contest import Contestant, run
from training.score.counts import Confusion
from training.score.picks import PickMetrics, judge_picks
from training.score.stream import START_NS, made_stream

LEAD_S = 75.0
"""Longer than any detector is silent after a start."""
_LEAST_NOISE_S = 2.0
_GUARD_S = 0.5
_TAIL_S = 3.0
"""The last sample goes on so long, so that resamplers and hops get to the end of the window."""


@dataclass(frozen=True, slots=True)
class StreamedWindows:
    """What a contestant made of windows."""

    name: str
    detection: Confusion
    p_picks: PickMetrics
    """Onsets of triggers that are not called S, against P."""
    left_out: int
    """Windows with too little noise before P to make a past of."""


def run_windows(contestant: Contestant, windows: Sequence[Example]) -> StreamedWindows:
    """Run every window through a pipeline of its own and judge the triggers in it.

    Args:
        contestant: Who listens.
        windows: With their onsets, in any unit.
    """
    usable = [(window, past) for window in windows if (past := with_past(window)) is not None]
    picks: list[list[float]] = []
    arrivals: list[list[float]] = []
    fired: list[bool] = []
    for window, samples in usable:
        stream = made_stream("window", samples, window.rate_hz)
        length_s = len(window.samples) / window.rate_hz
        onsets = []
        for life in run(contestant, stream).lives:
            at_s = ns_to_seconds(life.onset_ns - START_NS) - LEAD_S
            if life.standing and 0 <= at_s < length_s:
                onsets.append((at_s, life.phase))
        fired.append(bool(onsets))
        picks.append([at_s for at_s, phase in onsets if phase is not Phase.S])
        arrivals.append([o.p / window.rate_hz for o in window.onsets if o.p is not None])
    there = np.array([bool(window.onsets) for window, _ in usable], bool)
    said = np.array(fired, bool)
    detection = Confusion(
        hit=int((said & there).sum()),
        missed=int((~said & there).sum()),
        false=int((said & ~there).sum()),
        quiet=int((~said & ~there).sum()),
    )
    left_out = len(windows) - len(usable)
    return StreamedWindows(contestant.name, detection, judge_picks(picks, arrivals), left_out)


def with_past(window: Example, lead_s: float = LEAD_S) -> Samples | None:
    """Return a window with noise like its own before and a little behind it.

    Returns:
        Shape (n, 3), or None where there is too little noise before the first onset.
    """
    rate_hz = window.rate_hz
    first = min((x for o in window.onsets for x in (o.p, o.s) if x is not None), default=np.inf)
    quiet = window.samples[: int(min(first - _GUARD_S * rate_hz, len(window.samples)))]
    if len(quiet) < _LEAST_NOISE_S * rate_hz:
        return None
    rng = np.random.default_rng(_hash(window.samples))
    missing = np.isnan(quiet).all(axis=0)
    noise = np.nan_to_num(quiet.astype(np.float64))
    lead = surrogate(noise, round(lead_s * rate_hz), rng) + noise.mean(axis=0)
    tail = np.repeat(window.samples[-1:], round(_TAIL_S * rate_hz), axis=0)
    lead[:, missing] = np.nan
    return np.concatenate([lead.astype(np.float32), window.samples, tail])


def _hash(samples: Samples) -> int:
    digest = hashlib.sha256(np.ascontiguousarray(samples).tobytes()).digest()
    return int.from_bytes(digest[:8], "big")
