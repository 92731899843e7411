"""What a streaming network is worth: at the new network's stations and on the old one's windows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.data.batches import ExampleMaker, draw_batch
from training.data.labels import HOP_S, LABELS
from training.data.record import RATE_HZ, Part, Record
from training.retrain.listening import WARM_UP_S, FloatNetwork
from training.retrain.report import Figures
from training.score.contest import Contestant
from training.score.observe import Observation, observe
from training.score.stream import read_stream
from training.score.summary import Summary, summarise
from training.score.truth import read_truths

_NOISE: Final = LABELS.index("noise")
_EARLY_S: Final = 0.5
"""A hop that ends so much before the P may have fired on it: picks err."""
_FALSE_S: Final = 2.0
"""What fires earlier before the P is false."""
_LATEST_S: Final = 10.0
"""What fires later after the P is a miss, unless S comes later still."""
_LOSS_EXAMPLES: Final = 128
_LOSS_SEED: Final = 20_250_102


def score_network(
    data: Path, part: Part, networks: Mapping[str, FloatNetwork]
) -> dict[str, Figures]:
    """Return figures of each network over the records of one part, as the scoreboard counts.

    Args:
        data: Folder that holds `openeew_mx/`.
        part: Validation or test.
        networks: By the name of their row.
    """
    contestants = [_contestant(name, network) for name, network in networks.items()]
    seen: dict[str, list[Observation]] = {contestant.name: [] for contestant in contestants}
    for truth in read_truths(data, frozenset({part})):
        stream = read_stream(truth)
        for contestant in contestants:
            seen[contestant.name].append(observe(truth, stream, contestant).own)
    return {name: _figures(summarise(observations)) for name, observations in seen.items()}


def _contestant(name: str, network: FloatNetwork) -> Contestant:
    return Contestant(name, lambda stream: [network.detector(stream)])


def _figures(summary: Summary) -> Figures:
    fired = summary.fired_after_p
    return {
        "PGA >= 2 gal": f"{summary.detected.hit}/{summary.detected.of}",
        "below 2 gal": f"{summary.weak.hit}/{summary.weak.of}",
        "with a P pick": f"{summary.picked.hit}/{summary.picked.of}",
        "false triggers": summary.sent.count,
        "in hours": round(summary.sent.hours, 2),
        "fired after P, s": None if fired is None else fired.median_s,
    }


def score_windows(
    network: FloatNetwork, records: Sequence[Record], examples: ExampleMaker
) -> Figures:
    """Return figures of a network on windows with a known P.

    Args:
        network: With the threshold at which it fires.
        records: Windows of the old domain's test part.
        examples: Mixes examples from them, for the loss.
    """
    picked = [record for record in records if record.p_index is not None]
    verdicts = [judge_window(_scores(network, r), r, network.threshold) for r in picked]
    delays = [delay_s for delay_s, _ in verdicts if delay_s is not None]
    return {
        "detected": f"{len(delays)}/{len(picked)}",
        "false before P": sum(false for _, false in verdicts),
        "fired after P, s": median(delays) if delays else None,
        "loss": network.loss(*draw_batch(examples, _LOSS_EXAMPLES, (_LOSS_SEED,))),
    }


def judge_window(
    scores: NDArray[np.float32], record: Record, threshold: float
) -> tuple[float | None, bool]:
    """Return when the P made it fire, seconds after, None for a miss; and whether it fired before.

    Args:
        scores: Of each hop, shape (hops,).
        record: With its P.
        threshold: Score that fires.

    Raises:
        ValueError: The record has no P.
    """
    if record.p_index is None:
        raise ValueError(f"{record.event} at {record.station} has no P to be judged by")
    end_s = (np.arange(len(scores)) + 1) * HOP_S
    since_p_s = end_s - record.p_index / RATE_HZ
    fired = (scores >= threshold) & (end_s > WARM_UP_S)
    s_s = _LATEST_S if record.s_index is None else (record.s_index - record.p_index) / RATE_HZ
    right = fired & (since_p_s >= -_EARLY_S) & (since_p_s <= max(s_s, _LATEST_S))
    false = bool((fired & (since_p_s < -_FALSE_S)).any())
    return (float(since_p_s[right][0]) if right.any() else None), false


def _scores(network: FloatNetwork, record: Record) -> NDArray[np.float32]:
    return 1.0 - network.probabilities(record.samples)[:, _NOISE]
