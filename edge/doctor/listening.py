"""Some seconds of a sensor: does it deliver, at its rate, on every axis, and feel gravity?"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.errors import SourceError
from edge.finding import WantingError
from edge.noise.glance import noise_at_a_glance
from edge.packet import Packet
from edge.sources.base import Source
from edge.sources.live import LiveSource
from edge.timestamps import ns_to_seconds

STANDARD_GRAVITY_M_S2 = 9.80665
_GRAVITY_REMOVED_M_S2 = 1.0
"""A mean below this is no gravity: the source takes it out, or the sensor cannot feel it."""
_GRAVITY_TOLERANCE = 0.1
_RATE_TOLERANCE = 0.08
"""Cheap sensors are off by 5 % and that is corrected; more is another setting."""
_FEWEST_SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """What came from a sensor."""

    packets: int
    samples: NDArray[np.float32]
    """Shape (n, 3), m/s2."""
    span_s: float
    """From the first packet's last sample to the last packet's; their samples are what it took."""
    in_span: int
    """Samples that came in the span."""
    clipped: int
    """Packets with a sample at full scale."""

    @property
    def rate_hz(self) -> float:
        """Samples a second, as they came."""
        return self.in_span / self.span_s if self.span_s > 0 else 0.0


def listen(source: Source, seconds: float) -> Heard:
    """Return what comes from a source within some seconds, of its own clock and of ours.

    Raises:
        SourceError: The source fails.
    """
    packets: list[Packet] = []
    alarm = threading.Timer(seconds, source.interrupt if isinstance(source, LiveSource) else _no)
    alarm.daemon = True
    alarm.start()
    try:
        for packet in source.packets():
            packets.append(packet)
            if _span_s(packets) >= seconds:
                break
    finally:
        alarm.cancel()
    samples = [packet.samples for packet in packets]
    return Heard(
        packets=len(packets),
        samples=np.concatenate(samples) if samples else np.empty((0, 3), np.float32),
        span_s=_span_s(packets),
        in_span=sum(len(one) for one in samples[1:]),
        clipped=sum(packet.clipped for packet in packets),
    )


def examine(heard: Heard, channels: Sequence[str], nominal_rate_hz: float) -> str:
    """Return in a sentence what was heard.

    Args:
        heard: Some seconds of samples.
        channels: Names of the columns.
        nominal_rate_hz: What the source claims.

    Raises:
        WantingError: Something is wrong; the text says what, and what to do.
    """
    if len(heard.samples) < _FEWEST_SAMPLES:
        raise WantingError(
            f"{len(heard.samples)} samples came in all; is the sensor wired and powered, and is no "
            "other program (a running agent?) reading it"
        )
    problems = [*_axes(heard, channels), *_rate(heard, nominal_rate_hz), *_gravity(heard)]
    if heard.clipped == heard.packets:
        problems.append("every packet is at full scale: set a larger range_g, or look at the wires")
    if problems:
        raise WantingError("; ".join(problems))
    told = ", ".join(
        f"{channel} {np.nanstd(column, dtype=np.float64):.2g}"
        for channel, column in zip(channels, heard.samples.T, strict=True)
        if not np.isnan(column).all()
    )
    return f"{heard.rate_hz:.2f} Hz, {heard.packets} packets; rms about the mean, m/s2: {told}"


def _axes(heard: Heard, channels: Sequence[str]) -> list[str]:
    missing = np.isnan(heard.samples).all(axis=0)
    stuck = ~missing & (np.ptp(np.nan_to_num(heard.samples), axis=0) == 0)
    told = [
        f"{channel} never changed: a dead axis, or a wire that is loose"
        for channel, still in zip(channels, stuck, strict=True)
        if still
    ]
    if missing.all():
        told.append("no component delivers a number")
    return told


def _rate(heard: Heard, nominal_rate_hz: float) -> list[str]:
    off = heard.rate_hz / nominal_rate_hz - 1
    if heard.span_s <= 0 or abs(off) <= _RATE_TOLERANCE:
        return []
    problem = (
        f"{heard.rate_hz:.1f} samples a second come instead of {nominal_rate_hz:g}: samples are "
        "lost on the way, or the sensor is set to another rate"
    )
    return [problem]


def _gravity(heard: Heard) -> list[str]:
    if np.isnan(heard.samples).any():
        return []
    felt = float(np.linalg.norm(np.mean(heard.samples, axis=0, dtype=np.float64)))
    off = abs(felt / STANDARD_GRAVITY_M_S2 - 1)
    if felt < _GRAVITY_REMOVED_M_S2 or off <= _GRAVITY_TOLERANCE:
        return []
    problem = (
        f"gravity reads {felt:.2f} m/s2 instead of 9.81: range_g or the sensitivity is not what "
        "the sensor is set to, and every magnitude would be wrong"
    )
    return [problem]


def _span_s(packets: Sequence[Packet]) -> float:
    if not packets:
        return 0.0
    return ns_to_seconds(packets[-1].last_sample_ns - packets[0].last_sample_ns)


def _no() -> None:
    """Do nothing: a recording ends by itself."""


def hear_source(source: Source, seconds: float) -> str:
    """Listen to a source and say what was heard.

    Raises:
        WantingError: Something is wrong with it.
    """
    description = source.describe()
    try:
        heard = listen(source, seconds)
    except SourceError as error:
        raise WantingError(str(error)) from error
    found = examine(heard, description.channels, description.nominal_rate_hz)
    noise = noise_at_a_glance(heard.samples, description)
    return found if noise is None else f"{found}; {noise}"
