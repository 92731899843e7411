"""Traces that tests write in the layouts of data sets: noise, and a burst from the P on."""

import numpy as np

from edge.packet import Samples
from training.data.recording import Description, Recording


def counts(length: int = 6000, p_index: int | None = 1500, seed: int = 1) -> np.ndarray:
    """Return whole numbers, shape (length, 3), whose columns can be told apart by their level."""
    rng = np.random.default_rng(seed)
    trace = rng.normal(0, 20, (length, 3))
    if p_index is not None:
        after = np.arange(length - p_index)
        burst = 4000 * np.exp(-after / 400) * np.sin(after / 4)
        trace[p_index:] += burst[:, None]
    return np.rint(trace + np.array([1000, 2000, 3000])).astype(np.int32)


def levels(samples: Samples) -> list[int]:
    """Return the level of each column in thousands."""
    return [round(float(column[:500].mean()) / 1000) for column in samples.T]


def recording(seed: int = 1, **changes: object) -> Recording:
    """Return a recording of 60 s at 100 Hz with P at 15 s and S at 20 s."""
    known: dict[str, object] = {
        "source": "made",
        "name": f"made-{seed}",
        "event": f"event-{seed}",
        "station": "XX.MADE",
        "part": "train",
        "rate_hz": 100.0,
        "category": "earthquake",
        "picks": "made",
        "p_index": 1500.0,
        "s_index": 2000.0,
    }
    about = Description(**(known | changes))  # type: ignore[arg-type]
    p_index = None if about.p_index is None else int(about.p_index)
    return Recording(about, counts(6000, p_index, seed).astype(np.float32))
