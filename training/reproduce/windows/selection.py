"""Which recordings of a data set a published protocol uses."""

from dataclasses import dataclass

import numpy as np

from training.data.pool import Recordings, Rows
from training.data.recording import Description


@dataclass(frozen=True, slots=True)
class Selection:
    """Limits; what is not known of a recording does not leave it out."""

    earthquakes: int | None = None
    """At most so many, drawn at random."""
    noises: int | None = None
    farthest_km: float | None = None
    least_snr_db: float | None = None
    least_p_s: float = 0.0
    """Recorded before P."""
    least_s_minus_p_s: float = 0.0

    def rows(self, recordings: Recordings, seed: int) -> Rows:
        """Return the rows that are used, ascending."""
        earthquakes: list[int] = []
        noises: list[int] = []
        for row in range(len(recordings)):
            about, _ = recordings.facts(row)
            if about.category == "noise":
                noises.append(row)
            elif about.p_index is not None and self._allows(about):
                earthquakes.append(row)
        rng = np.random.default_rng(seed)
        chosen = [*_some(earthquakes, self.earthquakes, rng), *_some(noises, self.noises, rng)]
        return np.array(sorted(chosen), np.int64)

    def _allows(self, about: Description) -> bool:
        p, s = about.p_index, about.s_index
        least_gap = self.least_s_minus_p_s * about.rate_hz
        return (
            not _above(about.distance_km, self.farthest_km)
            and not _above(self.least_snr_db, about.snr_db)
            and (p is None or p >= self.least_p_s * about.rate_hz)
            and (p is None or s is None or s - p > least_gap or not least_gap)
        )


def _above(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value > limit


def _some(rows: list[int], most: int | None, rng: np.random.Generator) -> list[int]:
    if most is None or len(rows) <= most:
        return rows
    return [rows[i] for i in rng.choice(len(rows), most, replace=False)]
