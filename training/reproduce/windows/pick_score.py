"""What picks are worth: as the pickers' authors count, and with misses as misses."""

import numpy as np
from numpy.typing import NDArray

from training.data.windows import WindowExamples
from training.models.recipe import Recipe
from training.reproduce.result import Measure
from training.reproduce.windows.scores import FIRED, Array, Counts, share_measure
from training.score.counts import Proportion
from training.score.picks import PickMetrics, curve_picks, judge_picks

_FORGIVEN_S = 2.0
"""Errors beyond this are set to zero by the authors before anything is computed."""
_NEAR_S = 1.0
"""Within this a pick counts as right to them."""

Errors = NDArray[np.float64]


class PickScore:
    """Picks of each phase of a network."""

    def __init__(self, recipe: Recipe) -> None:
        self._phases, self._rate_hz = recipe.labels, recipe.input.rate_hz
        self._tops: dict[str, list[float]] = {phase: [] for phase in recipe.labels}
        self._picks: dict[str, list[list[float]]] = {phase: [] for phase in recipe.labels}
        self._arrivals: dict[str, list[list[float]]] = {phase: [] for phase in recipe.labels}

    def add(self, outputs: Array, windows: WindowExamples) -> None:
        """Take curves, shape (n, samples, phases)."""
        for number, phase in enumerate(self._phases):
            curves = outputs[..., number]
            self._tops[phase] += (curves.argmax(axis=1) / self._rate_hz).tolist()
            self._picks[phase] += [curve_picks(curve, FIRED, self._rate_hz) for curve in curves]
            for example in windows.examples:
                samples = [o.p if phase == "P" else o.s for o in example.onsets]
                known = [sample / self._rate_hz for sample in samples if sample is not None]
                self._arrivals[phase].append(known)

    def measures(self) -> dict[str, Measure]:
        """Return the figures of each phase."""
        found: dict[str, Measure] = {}
        for phase in self._phases:
            found |= self._published(phase)
            found |= _honest(phase, judge_picks(self._picks[phase], self._arrivals[phase]))
        return found

    def confusion(self) -> Counts:
        """Return nothing."""
        return ()

    def _published(self, phase: str) -> dict[str, Measure]:
        """Return the authors' figures of the highest point of each curve, and the plain ones."""
        pairs = zip(self._tops[phase], self._arrivals[phase], strict=True)
        errors = np.array([top - arrivals[0] for top, arrivals in pairs if arrivals])
        shown = published_errors(errors)
        n, near = len(shown), int((np.abs(errors) <= _NEAR_S).sum())
        if not n:
            return {}
        spread = shown - shown.mean()
        return {
            f"{phase} mae": Measure(value=float(np.abs(spread).mean()), of=n),
            f"{phase} sigma": Measure(value=float(shown.std()), of=n),
            f"{phase} near": share_measure(Proportion(int((np.abs(shown) <= _NEAR_S).sum()), n)),
            f"{phase} top near": share_measure(Proportion(near, len(errors))),
            f"{phase} top mae": Measure(value=float(np.abs(errors).mean()), of=len(errors)),
        }


def published_errors(errors: Errors) -> Errors:
    """Return errors as the authors keep them: the last one lost, those over 2 s set to zero.

    So a pick that is 20 s off counts as a perfect one.

    Args:
        errors: Pick less arrival, s, in the order of the windows.
    """
    kept = errors[:-1].copy()
    kept[np.abs(kept) > _FORGIVEN_S] = 0.0
    return kept


def _honest(phase: str, metrics: PickMetrics) -> dict[str, Measure]:
    made = Proportion(metrics.matched, metrics.picks)
    return {
        f"{phase} honest precision": share_measure(made),
        f"{phase} honest recall": share_measure(metrics.within_tolerance),
        f"{phase} honest close": share_measure(metrics.within_close),
        f"{phase} honest f1": Measure(value=100 * metrics.f1, of=metrics.arrivals),
        f"{phase} honest mae": Measure(value=metrics.mae_s, of=len(metrics.errors_s)),
    }
