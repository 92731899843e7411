"""Disturbances in noise: what must not trigger and often does.

Each kind comes a number of times, far enough apart that one does not hide the next from the
trigger's rules, in surrogates of recorded noise. Made-up ones are 5 to 200 times as strong as the
noise; hand motion, from recordings, is also played as strong as it was recorded.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.grid import DETECTION_RATE_HZ
from edge.timestamps import ns_to_seconds
from training.data.noise import TRANSIENTS, surrogate
from training.data.record import Record
from training.score.contest import Contestant, run
from training.score.counts import Proportion
from training.score.quiet import PACKET_S, QuietStretch
from training.score.stream import START_NS, Stream, made_stream

SLOT_S = 150.0
"""One disturbance in so much noise: the tracker is wary for two minutes after a trigger."""
WEAKEST, STRONGEST = 5.0, 200.0
"""Peak over the noise's rms."""
KINDS = len(TRANSIENTS) + 2
"""Kinds of disturbance, with hand motion in two strengths."""
_LEAD_S, _WITHIN_S = 20.0, 40.0
"""A disturbance lies in this stretch of its slot."""
_FADE_S = 0.5

Array = NDArray[np.float64]
Make = Callable[[int, np.random.Generator], Array]


@dataclass(frozen=True, slots=True)
class Disturbed:
    """What a contestant made of one kind of disturbance."""

    kind: str
    sent: Proportion
    """Disturbances that a trigger was sent for."""
    standing: Proportion
    """Those with a trigger that was not retracted."""


def disturbances(
    stretches: Sequence[QuietStretch], motions: Sequence[Record], count: int, seed: int
) -> Iterator[tuple[str, Stream]]:
    """Yield kinds of disturbance and a stream with `count` of each.

    Args:
        stretches: Noise to disturb.
        motions: Hand motion that no network learned from; that kind is left out without any.
        count: Disturbances of each kind.
        seed: Of every draw.
    """
    kinds: dict[str, tuple[Make, bool]] = {make.__name__: (make, True) for make in TRANSIENTS}
    if motions:
        kinds["hand motion"] = (_motion_maker(motions), True)
        kinds["hand motion, as recorded"] = (_motion_maker(motions), False)
    for number, (kind, (make, scaled)) in enumerate(kinds.items()):
        rng = np.random.default_rng((seed, number))
        slots = [_slot(stretches, make, rng, scaled=scaled) for _ in range(count)]
        samples = np.concatenate(slots).astype(np.float32)
        yield kind, made_stream(kind, samples, DETECTION_RATE_HZ, PACKET_S)


def judge_disturbances(contestant: Contestant, kind: str, stream: Stream) -> Disturbed:
    """Return how many of the disturbances of a stream made the contestant trigger."""
    count = round(stream.hours * 3600 / SLOT_S)
    sent, standing = np.zeros(count, bool), np.zeros(count, bool)
    for life in run(contestant, stream).lives:
        slot = min(count - 1, int(ns_to_seconds(life.onset_ns - START_NS) // SLOT_S))
        sent[slot] = True
        standing[slot] |= life.standing
    return Disturbed(
        kind, Proportion(int(sent.sum()), count), Proportion(int(standing.sum()), count)
    )


def _slot(
    stretches: Sequence[QuietStretch], make: Make, rng: np.random.Generator, *, scaled: bool
) -> Array:
    stretch = stretches[rng.integers(len(stretches))]
    slot = surrogate(stretch.samples, round(SLOT_S * DETECTION_RATE_HZ), rng)
    disturbance = make(round(_WITHIN_S * DETECTION_RATE_HZ), rng)
    if scaled:
        peak = max(float(np.abs(disturbance).max()), 1e-30)
        strength = np.exp(rng.uniform(np.log(WEAKEST), np.log(STRONGEST)))
        disturbance = disturbance * (strength * _rms(slot) / peak)
    begin = round(_LEAD_S * DETECTION_RATE_HZ)
    slot[begin : begin + len(disturbance)] += disturbance
    return slot


def _motion_maker(motions: Sequence[Record]) -> Make:
    """Return a maker that plays one recording of hand motion somewhere, faded in and out."""

    def make(length: int, rng: np.random.Generator) -> Array:
        piece = motions[rng.integers(len(motions))].samples[:length].astype(np.float64)
        piece = piece - np.median(piece, axis=0)
        edge = np.arange(len(piece)) / (_FADE_S * DETECTION_RATE_HZ)
        piece *= np.clip(np.minimum(edge, edge[::-1]), 0, 1)[:, None]
        out = np.zeros((length, 3))
        begin = int(rng.integers(0, length - len(piece) + 1))
        out[begin : begin + len(piece)] = piece
        return out

    return make


def _rms(noise: Array) -> float:
    """Return the rms above about 1 Hz, as in training: by differences of two samples' distance."""
    return float(max(np.std(noise[2:] - noise[:-2]) / np.sqrt(2), 1e-30))
