"""Made records of a volcano: noise with a louder, lower hum where the earthquake is."""

import numpy as np

from edge.timestamps import seconds_to_ns
from training.data.recording import Description, Recording, Segment

RATE_HZ = 50.0
SECONDS = 60
EARTHQUAKE_S = (25.0, 40.0)


def made_record(event: str, station: str, start_s: float | None, seed: int = 0) -> Recording:
    """Return a vertical record with one earthquake, marked by segments.

    Args:
        event: Its earthquake.
        station: Where.
        start_s: Time of the first sample; None where nobody knows.
        seed: Of the noise.
    """
    rng = np.random.default_rng((seed, sum(map(ord, event + station))))
    count = round(SECONDS * RATE_HZ)
    trace = rng.standard_normal(count)
    begin, end = (round(second * RATE_HZ) for second in EARTHQUAKE_S)
    trace[begin:end] += 20 * np.sin(2 * np.pi * 4 * np.arange(end - begin) / RATE_HZ)
    samples = np.full((count, 3), np.nan, np.float32)
    samples[:, 0] = 100 * trace
    marks = ((0, begin, "BGN"), (begin, end, "Equ"), (end, count, "BGN"))
    about = Description(
        source="made",
        name=f"{event}-{station}",
        event=event,
        station=station,
        part="train",
        rate_hz=RATE_HZ,
        quantity="velocity",
        category="earthquake",
        picks="made",
        start_ns=None if start_s is None else seconds_to_ns(start_s),
        p_index=float(begin),
        segments=tuple(Segment(*mark) for mark in marks),
    )
    return Recording(about, samples)
