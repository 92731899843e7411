"""How the curves of a picker are read: the threshold of each phase, and how exact its picks are.

Both come from the validation part, by the function with which the centre picks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signal.peaks import SIGMAS_IN_WIDTH, find_peaks
from training.data.example import Example
from training.errors import ExportError
from training.score.picks import TOLERANCE_S, judge_picks

APART_S: Final = 0.5
"""Two picks of one phase that are nearer to each other are one."""
_THRESHOLDS: Final = tuple(round(0.05 * i, 2) for i in range(2, 19))
_NEARLY_BEST: Final = 0.005
_LEAST_PICKS: Final = 5


@dataclass(frozen=True, slots=True)
class PhaseReading:
    """How one phase is read off its curve.

    Attributes:
        threshold: Least height of a pick: the largest whose F1 is nearly the best.
        spread: Root mean square of pick error x sqrt(height) / standard deviation of the peak: a
            pick's standard error is this times the peak's standard deviation / sqrt(height).
        figures: By the names of cards.
    """

    threshold: float
    spread: float
    figures: Mapping[str, float]


def read_phase(
    phase: str, curves: NDArray[np.float32], examples: Sequence[Example], rate_hz: float
) -> PhaseReading:
    """Choose how a phase is read.

    Args:
        phase: P or S.
        curves: Of the phase for the validation windows, shape (n, samples).
        examples: The windows, with their onsets.
        rate_hz: Samples a second of the curves.

    Raises:
        ExportError: There are too few picks to judge by.
    """
    onsets = [[o.p if phase == "P" else o.s for o in one.onsets] for one in examples]
    arrivals = [[at / rate_hz for at in some if at is not None] for some in onsets]

    def picked(threshold: float) -> list[list[float]]:
        found = [find_peaks(curve, threshold, APART_S * rate_hz) for curve in curves]
        return [[peak.position / rate_hz for peak in peaks] for peaks in found]

    judged = {t: judge_picks(picked(t), arrivals) for t in _THRESHOLDS}
    best = max(metrics.f1 for metrics in judged.values())
    threshold = max(t for t, metrics in judged.items() if metrics.f1 >= best - _NEARLY_BEST)
    scores = []
    for curve, due in zip(curves, arrivals, strict=True):
        for peak in find_peaks(curve, threshold, APART_S * rate_hz):
            error_s = min((peak.position / rate_hz - at for at in due), key=abs, default=np.inf)
            if abs(error_s) <= TOLERANCE_S:
                sigma_s = peak.width / SIGMAS_IN_WIDTH / rate_hz
                scores.append(error_s * np.sqrt(peak.height) / sigma_s)
    if len(scores) < _LEAST_PICKS:
        raise ExportError(phase, f"{len(scores)} right picks on the validation part are too few")
    metrics = judged[threshold]
    spread = float(np.sqrt(np.mean(np.square(scores))))
    figures = {
        f"{phase} peaks, arrivals": float(metrics.arrivals),
        f"{phase} peaks, precision": metrics.precision,
        f"{phase} peaks, recall": metrics.recall,
        f"{phase} peaks, F1": metrics.f1,
        f"{phase} peaks, within 0.1 s": metrics.within_close.share,
        f"{phase} peaks, spread": spread,
    }
    return PhaseReading(threshold, spread, figures)
