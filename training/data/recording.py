"""A recording at its own rate and in its own unit: the one form into which every reader reads.

`Record` (training.data.record) is what a recording becomes at the station's detection rate; the
published networks want the original rate and unit, so readers go no further than this.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.messages.clock import ClockSource, ClockState
from edge.packet import Block, Samples
from edge.signal.resample import Resampler
from training.data.record import RATE_HZ, Part, Record
from training.errors import BrokenRecordError

Category = Literal["earthquake", "noise", "unlabelled"]
Quantity = Literal["acceleration", "velocity", "unknown"]
Picks = Literal["analyst", "automatic", "theoretical", "made", "none"]

_GUARD_S = 1.0
"""Kept away from the P when what comes before is called noise, seconds."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch with a class of its own, as volcano observatories label."""

    begin: int
    end: int
    """Sample after the last."""
    label: str


@dataclass(frozen=True, slots=True)
class Description:
    """What is known about a recording; indices are sample positions, whole or not."""

    source: str
    """Data set, for instance `stead`."""
    name: str
    """Unique in its data set."""
    event: str
    """Earthquake, or the recording's own name where there is none: the unit of the split."""
    station: str
    """NETWORK.STATION where known."""
    part: Part
    rate_hz: float
    unit: str = "counts"
    quantity: Quantity = "unknown"
    category: Category = "unlabelled"
    picks: Picks = "none"
    start_ns: int | None = None
    p_index: float | None = None
    s_index: float | None = None
    end_index: float | None = None
    """End of the coda."""
    magnitude: float | None = None
    distance_km: float | None = None
    snr_db: float | None = None
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """Contiguous samples and what is known about them."""

    about: Description
    samples: Samples
    """Shape (n, 3): Z, N, E, float32; a component that is missing is NaN throughout."""


def checked(recording: Recording) -> Recording:
    """Return the recording if its description can be true of its samples.

    Raises:
        BrokenRecordError: It cannot.
    """
    about, n = recording.about, len(recording.samples)
    if recording.samples.ndim != 2 or recording.samples.shape[1] != 3 or n == 0:
        raise BrokenRecordError(about.name, "wrong shape", str(recording.samples.shape))
    if not (np.isfinite(about.rate_hz) and about.rate_hz > 0):
        raise BrokenRecordError(about.name, "no sampling rate", str(about.rate_hz))
    for phase, index in (("P", about.p_index), ("S", about.s_index)):
        if index is not None and not 0 <= index < n:
            raise BrokenRecordError(about.name, f"{phase} outside the trace", f"{index} of {n}")
    if about.p_index is not None and about.s_index is not None and about.s_index < about.p_index:
        raise BrokenRecordError(about.name, "S before P", f"{about.s_index} < {about.p_index}")
    if about.category == "earthquake" and about.p_index is None and about.s_index is None:
        raise BrokenRecordError(about.name, "an earthquake without P or S")
    if not np.isfinite(recording.samples).any():
        raise BrokenRecordError(about.name, "no finite sample")
    return recording


def at_rate(recording: Recording, rate_hz: float) -> Recording:
    """Return the recording at another rate, by the station's own resampler.

    Args:
        recording: At any rate.
        rate_hz: Whose sampling interval is a whole number of nanoseconds.
    """
    about = recording.about
    if about.rate_hz == rate_hz:
        return recording
    block = Block(
        start_ns=0,
        rate_hz=about.rate_hz,
        samples=np.nan_to_num(recording.samples, nan=0.0),
        clock=ClockState(source=ClockSource.FREE_RUN, error_s=0.0),
        arrival_ns=0,
        continues=False,
    )
    resampled = Resampler(rate_hz).push(block)
    if resampled is None:
        raise BrokenRecordError(about.name, "too short to resample", f"{len(block.samples)}")
    samples = resampled.samples.copy()
    samples[:, _missing(recording.samples)] = np.nan
    return Recording(_moved(about, rate_hz), samples)


def to_record(recording: Recording) -> Record:
    """Return the recording as `tremor_stream` trains on it: acceleration at the detection rate.

    Velocity is differentiated, so that all records are proportional to ground acceleration.
    """
    about = recording.about
    if about.quantity == "velocity":
        slope = np.gradient(recording.samples.astype(np.float64), 1 / about.rate_hz, axis=0)
        recording = replace(recording, samples=slope.astype(np.float32))
    resampled = at_rate(recording, RATE_HZ)
    p_index, n = resampled.about.p_index, len(resampled.samples)
    noise_end = 0 if p_index is None else max(0, int(p_index - _GUARD_S * RATE_HZ))
    return Record(
        source=about.source,
        event=about.event,
        station=about.station,
        part=about.part,
        samples=resampled.samples,
        noise_end=n if about.category == "noise" else noise_end,
        p_index=p_index,
        s_index=resampled.about.s_index,
        magnitude=about.magnitude,
        distance_km=about.distance_km,
        in_m_s2=about.unit == "m/s2",
    )


def _missing(samples: Samples) -> NDArray[np.bool_]:
    return np.asarray(~np.isfinite(samples).any(axis=0))


def _moved(about: Description, rate_hz: float) -> Description:
    scale = rate_hz / about.rate_hz

    def move(index: float | None) -> float | None:
        return None if index is None else index * scale

    return replace(
        about,
        rate_hz=rate_hz,
        p_index=move(about.p_index),
        s_index=move(about.s_index),
        end_index=move(about.end_index),
        segments=tuple(
            Segment(round(s.begin * scale), round(s.end * scale), s.label) for s in about.segments
        ),
    )
