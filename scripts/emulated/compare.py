"""Triggers of one recording on two processors: are they the same?"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

SAMPLE_S: Final = 1 / 32
"""Of the grid on which all detectors work."""
SCORE_TOLERANCE: Final = 0.3
"""Of an int8 network's score: what other processors differ by on single outputs."""
_SAME_TRIGGER_S: Final = 2.0
"""Onsets further apart are of different triggers."""


@dataclass(frozen=True)
class Seen:
    """A trigger as its last revision has it."""

    onset_s: float
    status: str
    phase: str
    revisions: int
    scores: dict[str, float]
    """Of each detector, in the last revision."""


@dataclass(frozen=True)
class Comparison:
    """One recording on both sides."""

    name: str
    packets: int
    here: int
    """Triggers on this machine."""
    there: int
    """Triggers on the emulated one."""
    unmatched: int
    """Triggers of one side alone."""
    worst_onset_s: float
    worst_score: dict[str, float]
    """Of each detector."""
    otherwise: tuple[str, ...]
    """What else differs, in words."""

    @property
    def same(self) -> bool:
        """Tell whether both sides saw the same, within the tolerances."""
        return (
            not self.unmatched
            and self.worst_onset_s <= SAMPLE_S
            and self.worst_score.get("tremor_stream", 0.0) <= SCORE_TOLERANCE
            and not self.otherwise
        )


def last_revisions(lines: Iterable[str]) -> list[Seen]:
    """Return the triggers of a replay, by onset.

    Args:
        lines: One JSON object a revision.
    """
    revisions: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        trigger = json.loads(line)
        revisions.setdefault(trigger["id"], []).append(trigger)
    return sorted(map(_seen, revisions.values()), key=lambda seen: seen.onset_s)


def _seen(revisions: Sequence[dict[str, Any]]) -> Seen:
    last = revisions[-1]
    return Seen(
        onset_s=datetime.fromisoformat(last["onset"]).timestamp(),
        status=last["status"],
        phase=last["phase"],
        revisions=len(revisions),
        scores={d["name"]: d["score"] for d in last["detectors"] if d["score"] is not None},
    )


def compare(name: str, packets: int, here: Sequence[Seen], there: Sequence[Seen]) -> Comparison:
    """Compare the triggers of two replays of one recording.

    Args:
        name: Of the recording.
        packets: In the recording.
        here: Triggers on this machine, by onset.
        there: Triggers on the other.
    """
    pairs = _pairs(here, there)
    worst_score: dict[str, float] = {}
    otherwise = []
    for one, other in pairs:
        for detector in one.scores.keys() & other.scores.keys():
            difference = abs(one.scores[detector] - other.scores[detector])
            worst_score[detector] = max(worst_score.get(detector, 0.0), difference)
        for what in ("status", "phase", "revisions"):
            values = getattr(one, what), getattr(other, what)
            if values[0] != values[1]:
                otherwise.append(f"{what} {values[0]} here, {values[1]} there")
    return Comparison(
        name=name,
        packets=packets,
        here=len(here),
        there=len(there),
        unmatched=len(here) + len(there) - 2 * len(pairs),
        worst_onset_s=max((abs(a.onset_s - b.onset_s) for a, b in pairs), default=0.0),
        worst_score=worst_score,
        otherwise=tuple(otherwise),
    )


def _pairs(here: Sequence[Seen], there: Sequence[Seen]) -> list[tuple[Seen, Seen]]:
    """Return what belongs together; both are in the order of their onsets."""
    left = list(there)
    pairs = []
    for one in here:
        near = [other for other in left if abs(other.onset_s - one.onset_s) < _SAME_TRIGGER_S]
        if near:
            other = min(near, key=lambda other: abs(other.onset_s - one.onset_s))
            left.remove(other)
            pairs.append((one, other))
    return pairs
