"""What contestants make of a record of an event: found or not, when, and what was false before."""

from collections.abc import Iterable
from dataclasses import dataclass

from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds, seconds_to_ns
from training.score.contest import Contestant, Life, Outcome, run
from training.score.stream import Stream
from training.score.truth import Truth

_EARLY_NS = seconds_to_ns(2.0)
"""An onset may be picked so much before the P of the list."""


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
    false_onsets_ns: tuple[int, ...]
    """Onsets of the triggers before the event."""
    false_standing: int
    """How many of them were not retracted."""
    quiet_s: float
    """Data before the event in which it watched and a trigger is false."""
    snr_db: float | None = None
    """Of the record, see `training.score.snr`."""

    @property
    def false_sent(self) -> int:
        """Triggers before the event."""
        return len(self.false_onsets_ns)


@dataclass(frozen=True, slots=True)
class Seen:
    """One contestant's outcome on one record, judged at every threshold."""

    own: Observation
    at: dict[float, Observation]
    outcome: Outcome


def observe(
    truth: Truth,
    stream: Stream,
    contestant: Contestant,
    *,
    roc: bool = False,
    snr_db: float | None = None,
) -> Seen:
    """Run a contestant over one record and judge what it says."""
    outcome = run(contestant, stream, roc=roc)
    quiet_s = _quiet_s(truth, stream, contestant.warm_up_s)
    at = {
        threshold: _judge(truth, lives, quiet_s, snr_db) for threshold, lives in outcome.at.items()
    }
    return Seen(_judge(truth, outcome.lives, quiet_s, snr_db), at, outcome)


def _quiet_s(truth: Truth, stream: Stream, warm_up_s: float) -> float:
    before = sum(
        len(packet.samples) / packet.nominal_rate_hz
        for packet in stream.packets
        if packet.last_sample_ns < truth.noise_end_ns
    )
    return max(0.0, before - warm_up_s)


def _judge(
    truth: Truth, lives: Iterable[Life], quiet_s: float, snr_db: float | None
) -> Observation:
    lives = list(lives)
    false = [life for life in lives if life.onset_ns < truth.noise_end_ns]
    right = [
        life
        for life in lives
        if truth.first_p_ns - _EARLY_NS <= life.onset_ns <= truth.last_s_ns and life.standing
    ]
    first = min(right, key=lambda life: life.sent_ns, default=None)
    fired = sent = None
    if first is not None and truth.picked_p_ns is not None:
        fired = (first.fired_ns - truth.picked_p_ns) / NANOSECONDS_PER_SECOND
        sent = ns_to_seconds(first.sent_ns - truth.picked_p_ns)
    return Observation(
        truth=truth,
        detected=first is not None,
        fired_after_p_s=fired,
        sent_after_p_s=sent,
        false_onsets_ns=tuple(life.onset_ns for life in false),
        false_standing=sum(life.standing for life in false),
        quiet_s=quiet_s,
        snr_db=snr_db,
    )
