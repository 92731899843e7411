"""What a network of the zoo is trained on: the recordings of one part, at the network's rate.

Recordings lie in memory, or in a memory map (`training.data.store`) where a data set is larger.
The pool knows where in them an event or noise can be found; `training.data.windows` draws from it.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from training.data.recording import Description, Recording, at_rate
from training.data.store import WaveformStore

Rows = NDArray[np.int64]
Positions = NDArray[np.float64]
As = Literal["acceleration", "as-recorded"]
"""Velocity is differentiated to acceleration, which MEMS stations measure, or left as it is."""

_DESCRIBED: Final = 20_000
"""Descriptions kept in memory, about 20 MB."""
_GUARD_S: Final = 1.0
_GUARD_AUTOMATIC_S: Final = 8.0
"""Kept away from the P when what comes before is called noise, by the picks' quality, seconds."""


class Recordings(Protocol):
    """A sequence of recordings, in memory or not."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __getitem__(self, row: int) -> Recording:
        """Return one."""

    def facts(self, row: int) -> tuple[Description, int]:
        """Return description and length of one, without its samples where these are on disk."""


class MappedRecordings:
    """Some recordings of a data set on disk, each read when it is asked for.

    Args:
        store: The data set, at the network's rate.
        rows: Which of its recordings.
        quantity: What becomes of velocity.
    """

    def __init__(self, store: WaveformStore, rows: Rows, quantity: As = "acceleration") -> None:
        self._store, self._rows, self._quantity = store, rows, quantity
        # The same few thousand are asked for again and again; of millions not all are kept.
        self._describe = lru_cache(_DESCRIBED)(store.describe)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: int) -> Recording:
        place = int(self._rows[row])
        recording = Recording(self._describe(place), self._store.samples_of(place))
        return brought(recording, recording.about.rate_hz, self._quantity)

    def facts(self, row: int) -> tuple[Description, int]:
        """Return description and length of a recording, without its samples."""
        place = int(self._rows[row])
        return self._describe(place), int(self._store.index[place]["length"])


class LoadedRecordings:
    """Recordings in memory."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._recordings = tuple(recordings)

    def __len__(self) -> int:
        return len(self._recordings)

    def __getitem__(self, row: int) -> Recording:
        return self._recordings[row]

    def facts(self, row: int) -> tuple[Description, int]:
        """Return description and length of a recording."""
        recording = self._recordings[row]
        return recording.about, len(recording.samples)


class JoinedRecordings:
    """The recordings of several data sets, one after another."""

    def __init__(self, parts: Sequence[Recordings]) -> None:
        self._parts = tuple(parts)
        self._ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, row: int) -> Recording:
        part, within = self._place(row)
        return part[within]

    def facts(self, row: int) -> tuple[Description, int]:
        """Return description and length of a recording."""
        part, within = self._place(row)
        return part.facts(within)

    def _place(self, row: int) -> tuple[Recordings, int]:
        number = int(np.searchsorted(self._ends, row, side="right"))
        return self._parts[number], row - (int(self._ends[number - 1]) if number else 0)


@dataclass(frozen=True, slots=True)
class FeatureSequence:
    """Rows of features of one record with the class of each, as volcano networks learn from."""

    name: str
    source: str
    features: NDArray[np.float32]
    """Shape (T, 48), normalised."""
    labels: NDArray[np.int64]
    """Shape (T,); -1 where nothing is asked."""


class Pool:
    """Recordings of one part, all at one rate, and where their events and noise are.

    Attributes:
        recordings: Samples and descriptions; empty for a pool of sequences alone.
        sequences: Of features that were computed elsewhere.
        events: Rows with a P.
        noises: Rows with a stretch before any event.
        p, s: Samples, shape (n,); NaN where not known.
        noise_end: Samples before this one are noise, shape (n,).
        lengths: Samples, shape (n,).
        magnitude: Shape (n,); NaN where not known.
        sources: Number of recordings by data set.
        fingerprint: SHA-256 of what is known about the recordings and of the sequences.
    """

    def __init__(
        self,
        recordings: Recordings | Sequence[Recording] = (),
        sequences: Sequence[FeatureSequence] = (),
    ) -> None:
        if not isinstance(recordings, MappedRecordings | JoinedRecordings | LoadedRecordings):
            recordings = LoadedRecordings(recordings)
        self.recordings: Recordings = recordings
        self.sequences = tuple(sequences)
        digest = hashlib.sha256()
        facts = np.empty((len(recordings), 5))
        sources: Counter[str] = Counter()
        for row in range(len(recordings)):
            about, length = recordings.facts(row)
            facts[row] = (
                _or_nan(about.p_index),
                _or_nan(about.s_index),
                _noise_end(about, length),
                length,
                _or_nan(about.magnitude),
            )
            sources[about.source] += 1
            digest.update(f"{about.source} {about.name} {facts[row].tolist()}".encode())
        for sequence in self.sequences:
            sources[sequence.source] += 1
            digest.update(np.ascontiguousarray(sequence.features).tobytes())
            digest.update(np.ascontiguousarray(sequence.labels).tobytes())
        self.p, self.s = facts[:, 0], facts[:, 1]
        self.noise_end = facts[:, 2].astype(np.int64)
        self.lengths = facts[:, 3].astype(np.int64)
        self.magnitude = facts[:, 4]
        self.events: Rows = np.flatnonzero(np.isfinite(self.p))
        self.noises: Rows = np.flatnonzero(self.noise_end > 0)
        self.sources = dict(sorted(sources.items()))
        self.fingerprint = digest.hexdigest()

    def __len__(self) -> int:
        return len(self.recordings) + len(self.sequences)


def brought(recording: Recording, rate_hz: float, quantity: As) -> Recording:
    """Return a recording at a network's rate and in its quantity.

    Raises:
        BrokenRecordError: It is too short to be resampled.
    """
    about = recording.about
    if quantity == "acceleration" and about.quantity == "velocity":
        slope = np.gradient(recording.samples.astype(np.float64), 1 / about.rate_hz, axis=0)
        about = replace(about, quantity="acceleration", unit=f"{about.unit}/s")
        recording = Recording(about, slope.astype(np.float32))
    return at_rate(recording, rate_hz)


def _noise_end(about: Description, length: int) -> int:
    """Return how many samples from the first are noise for certain."""
    if about.category == "noise":
        return length
    if about.p_index is None:
        return 0
    guard_s = _GUARD_AUTOMATIC_S if about.picks in {"automatic", "theoretical"} else _GUARD_S
    return max(0, int(about.p_index - guard_s * about.rate_hz))


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
