"""What the network shall say at each hop, and how much it matters.

A target holds, for each hop, the set of right answers among noise, P and S, and a weight. The
semantics serve early detection:

- P from the P onset until the S onset: not a spike at the onset, so that the network may fire on
  the first hop and hold on while the evidence grows. The first seconds weigh more.
- S from the S onset for as long again as P lasted, within 4 to 15 s. Around the S onset both.
- An event whose P is known and whose S is not: P for a moment, then P or S.
- The coda may be called anything (weight zero) until it is below the noise.
- Nothing is asked around the P onset within the picks' error, nor where an event may be present
  that no one picked.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.grid import HOP_NS
from edge.timestamps import NANOSECONDS_PER_SECOND

LABELS = ("noise", "P", "S")
HOP_S = HOP_NS / NANOSECONDS_PER_SECOND

_NOISE, _P, _S = range(3)
_BEFORE_P_S = 0.35
_AFTER_P_S = 0.10
_AROUND_S_S = 0.5
_EARLY_S = 3.0
_EARLY_WEIGHT = 2.5
_P_WEIGHT = 1.5
_UNKNOWN_S_AFTER_S = 2.0
_SHORTEST_S_S, _LONGEST_S_S = 4.0, 15.0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Where in an example the event is; seconds since its first sample."""

    p_s: float
    s_s: float | None
    end_s: float
    """The event is below the noise from here on; infinite where not known."""


def hop_targets(hops: int, arrivals: Arrivals | None) -> NDArray[np.float32]:
    """Return the targets of an example.

    Args:
        hops: Number of hops in the example.
        arrivals: The one event in it, or None for noise.

    Returns:
        Shape (hops, 4): right answers (noise, P, S; 0 or 1) and the weight.
    """
    target = np.zeros((hops, 4), np.float32)
    target[:, _NOISE] = 1.0
    target[:, 3] = 1.0
    if arrivals is None:
        return target
    end_of_hop = (np.arange(hops) + 1) * HOP_S
    since_p = end_of_hop - arrivals.p_s
    target[since_p > -_BEFORE_P_S] = 0.0
    if arrivals.s_s is None:
        last = arrivals.p_s + _SHORTEST_S_S + _UNKNOWN_S_AFTER_S
        in_p = (since_p > _AFTER_P_S) & (since_p <= _UNKNOWN_S_AFTER_S)
        in_both = (since_p > _UNKNOWN_S_AFTER_S) & (end_of_hop <= last)
        in_s = np.zeros(hops, bool)
    else:
        since_s = end_of_hop - arrivals.s_s
        lasting = np.clip(arrivals.s_s - arrivals.p_s, _SHORTEST_S_S, _LONGEST_S_S)
        last = arrivals.s_s + lasting
        in_p = (since_p > _AFTER_P_S) & (since_s <= -_AROUND_S_S)
        in_both = (since_p > _AFTER_P_S) & (np.abs(since_s) < _AROUND_S_S)
        in_s = (since_s >= _AROUND_S_S) & (end_of_hop <= last)
    _answer(target, in_p, (_P,), _P_WEIGHT)
    _answer(target, in_p & (since_p <= _EARLY_S), (_P,), _EARLY_WEIGHT)
    _answer(target, in_both, (_P, _S), 1.0)
    _answer(target, in_s, (_S,), 1.0)
    _answer(target, end_of_hop > max(arrivals.end_s, last), (_NOISE,), 1.0)
    return target


def unseen_from(target: NDArray[np.float32], time_s: float) -> None:
    """Ask nothing from a time on: an event may be there that no one picked."""
    end_of_hop = (np.arange(len(target)) + 1) * HOP_S
    target[end_of_hop > time_s - _BEFORE_P_S] = 0.0


def _answer(
    target: NDArray[np.float32], where: NDArray[np.bool_], answers: tuple[int, ...], weight: float
) -> None:
    target[where] = 0.0
    for answer in answers:
        target[where, answer] = 1.0
    target[where, 3] = weight
