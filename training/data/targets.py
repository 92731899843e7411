"""What a network shall answer to a window, in the form in which it is trained."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.data.example import Example, Onset
from training.models.cred_labels import Onsets, bin_labels
from training.models.eqd_labels import pick_labels
from training.models.recipe import Recipe

Target = NDArray[np.float32]


def target_of(
    recipe: Recipe,
    window: Example,
    label: str,
    magnitude: float | None = None,
    *,
    as_published: bool = False,
) -> Target:
    """Return the target of one window, without the batch.

    Args:
        recipe: Of the network.
        window: With its onsets, in samples since its first.
        label: Kind of the window: earthquake, noise, P or S.
        magnitude: Of the event, where there is one.
        as_published: By the published rule.

    Raises:
        ValueError: The network has no target for such a window.
    """
    if recipe.task == "detection" and recipe.labels == ("earthquake",):
        return _bins(window, as_published=as_published)
    if recipe.task == "picking":
        arrivals = [_arrivals(window, phase) for phase in recipe.labels]
        return pick_labels(arrivals, as_published=as_published)
    if recipe.task == "regression":
        return np.array([_VALUES[recipe.labels[0]](window, magnitude)], np.float32)
    if label not in recipe.labels:
        raise ValueError(f"{recipe.name} answers {', '.join(recipe.labels)}, not {label!r}")
    return np.eye(len(recipe.labels), dtype=np.float32)[recipe.labels.index(label)]


def _bins(window: Example, *, as_published: bool) -> Target:
    """Return CRED's bins; a P before the window counts from its start, an S behind to its end."""
    length = float(len(window.samples))
    events = [
        Onsets(0.0 if o.p is None else o.p, length if o.s is None else o.s) for o in window.onsets
    ]
    return bin_labels(events, as_published=as_published)


def _arrivals(window: Example, phase: str) -> list[float]:
    def of(onset: Onset) -> float | None:
        return onset.p if phase == "P" else onset.s

    return [arrival for onset in window.onsets if (arrival := of(onset)) is not None]


def _magnitude(_: Example, magnitude: float | None) -> float:
    if magnitude is None:
        raise ValueError("an event without magnitude is no example of one")
    return magnitude


def _p_sample(window: Example, _: float | None) -> float:
    arrivals = _arrivals(window, "P")
    if not arrivals:
        raise ValueError("a window without P is no example of where P is")
    return arrivals[0]


_VALUES: Final[dict[str, Callable[[Example, float | None], float]]] = {
    "magnitude": _magnitude,
    "P": _p_sample,
}
