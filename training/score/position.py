"""Does it matter where P falls: in the window of a network, or after the start of a stream?

The same recordings are cut so that P lies at one place after another. A network that learned the
place of P instead of P finds it at some places only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.bundle import Bundle
from edge.bundle.card import WindowInputFacts, WindowOutputFacts
from edge.packet import Samples
from edge.timestamps import seconds_to_ns
from training.data.example import Example, example_of
from training.data.sets import read_pools
from training.errors import DataError
from training.score.bundle_windows import COMMON, HEARD_AS_STREAMS, TEST_PART, answers
from training.score.contest import Contestant, run
from training.score.counts import Proportion
from training.score.pipeline_windows import with_past
from training.score.stream import START_NS, made_stream
from training.zoo import zoo

SHARES = tuple(np.linspace(0.05, 0.95, 10).round(3).tolist())
"""Places of P in a window, as parts of its length."""
STARTS_S = (2.0, 5.0, 8.0, 12.0, 20.0, 30.0, 45.0, 65.0)
"""Places of P in a stream, seconds after its start."""

_LEAD_S = 70.0
"""Noise before the recordings: longer than the longest window that is tried."""
_LONGEST_S = 60.0
_AFTER_P_S = 20.0
_EARLY_NS = seconds_to_ns(2.0)


@dataclass(frozen=True, slots=True)
class Place:
    """What happens with P at one place."""

    at: float
    """Part of the window, or seconds after the start of the stream."""
    found: Proportion
    mean_score: float | None = None
    """Of windows."""


@dataclass(frozen=True, slots=True)
class PlaceCurve:
    """A row over all places."""

    name: str
    streamed: bool
    places: tuple[Place, ...]

    @property
    def spread(self) -> float:
        """Difference of the best and the worst place's share."""
        shares = [place.found.share for place in self.places]
        return max(shares) - min(shares)


def recordings(data: Path, rate_hz: float | None = None) -> list[Example]:
    """Return the test recordings of windows with noise like their own before them.

    Args:
        data: Data sets.
        rate_hz: Wanted; that of the common windows if left out.
    """
    given = COMMON.input.model_copy(update={"rate_hz": rate_hz or COMMON.input.rate_hz})
    try:
        pool = read_pools([data], COMMON.model_copy(update={"input": given}), (TEST_PART,))
    except DataError:
        return []
    found = []
    for row in pool[TEST_PART].events:
        recording = pool[TEST_PART].recordings[int(row)]
        example = example_of(recording)
        padded = with_past(example, _LEAD_S)
        if recording.about.source != HEARD_AS_STREAMS and padded is not None:
            found.append(Example(padded, example.rate_hz, example.onsets))
    return found


def window_curve(name: str, bundle: Bundle, data: Path) -> PlaceCurve | None:
    """Return how a network of windows depends on the place of P; None where it cannot be told.

    Found is what reaches the bundle's threshold anywhere in the answers to the window. Recordings
    that do not reach from end to end of a window are left out of that place.
    """
    heard, said = bundle.card.input, bundle.card.output
    if not isinstance(heard, WindowInputFacts) or not isinstance(said, WindowOutputFacts):
        return None
    if heard.window_s > _LONGEST_S or said.reading == "value" or bundle.card.name not in zoo():
        return None
    steps = heard.preparation()
    traces = [(steps.filtered(one.samples), _p_of(one)) for one in recordings(data, heard.rate_hz)]
    places = []
    for share in SHARES:
        cut = [_cut(trace, p, share, heard.window_samples) for trace, p in traces]
        whole = [window for window in cut if len(window) == heard.window_samples]
        if not whole:
            continue
        windows = np.stack(whole)
        scores = _scores(said, answers(bundle, steps.features(windows)))
        hit = int((scores >= bundle.card.thresholds["trigger"]).sum())
        places.append(Place(share, Proportion(hit, len(scores)), float(scores.mean())))
    return PlaceCurve(name, streamed=False, places=tuple(places))


def stream_curve(contestant: Contestant, examples: Sequence[Example]) -> PlaceCurve:
    """Return how a detector of streams depends on how long it has been listening."""
    places = []
    for start_s in STARTS_S:
        hit = sum(_is_found(contestant, example, start_s) for example in examples)
        places.append(Place(start_s, Proportion(hit, len(examples))))
    return PlaceCurve(contestant.name, streamed=True, places=tuple(places))


def _p_of(padded: Example) -> int:
    """Return the first P, counted from the start of the noise before the recording."""
    first = min(onset.p for onset in padded.onsets if onset.p is not None)
    return round(first + _LEAD_S * padded.rate_hz)


def _cut(trace: Samples, p: int, share: float, length: int) -> Samples:
    """Return the window with P at a share of it; shorter where the recording does not reach."""
    begin = p - round(share * length)
    return trace[max(0, begin) : max(0, begin + length)]


def _scores(said: WindowOutputFacts, outputs: NDArray[np.float32]) -> NDArray[np.floating]:
    rows = outputs.reshape(len(outputs), -1, len(said.labels))
    if said.quiet is None:
        return rows.max(axis=(1, 2))
    return (1 - rows[:, :, said.labels.index(said.quiet)]).max(axis=1)


def _is_found(contestant: Contestant, example: Example, start_s: float) -> bool:
    p = _p_of(example)
    begin = p - round(start_s * example.rate_hz)
    samples = example.samples[begin : p + round(_AFTER_P_S * example.rate_hz)]
    stream = made_stream("window", samples, example.rate_hz)
    p_ns = START_NS + seconds_to_ns(start_s)
    return any(
        life.standing and life.onset_ns >= p_ns - _EARLY_NS
        for life in run(contestant, stream).lives
    )
