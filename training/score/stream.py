"""What detectors are run over: one station's packets, to be replayed any number of times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edge.grid import DETECTION_RATE_HZ
from edge.messages.clock import ClockSource, ClockState
from edge.packet import Block, Packet, Samples
from edge.signal.resample import Resampler
from edge.sources.base import SourceDescription, channel_codes
from edge.sources.openeew import OpenEewConfig
from edge.timebase import TimeBase
from edge.timestamps import NANOSECONDS_PER_SECOND
from training.score.truth import Truth

START_NS = 1_577_836_800 * NANOSECONDS_PER_SECOND
"""2020-01-01: when a made stream begins."""

_CLOCK = ClockState(source=ClockSource.FREE_RUN, error_s=0.0)
_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Stream:
    """One station's packets."""

    name: str
    description: SourceDescription
    packets: Sequence[Packet]

    @property
    def hours(self) -> float:
        """Data in the stream."""
        return sum(len(p.samples) / p.nominal_rate_hz for p in self.packets) / _SECONDS_AN_HOUR

    @property
    def start_ns(self) -> int:
        """About when the first sample was taken."""
        first = self.packets[0]
        span = (len(first.samples) - 1) / first.nominal_rate_hz
        return first.last_sample_ns - round(span * NANOSECONDS_PER_SECOND)


def read_stream(truth: Truth) -> Stream:
    """Return a record of an event as its station sent it.

    Raises:
        SourceError: The record cannot be read at all.
    """
    source = OpenEewConfig(paths=(truth.folder,)).open()
    name = f"{truth.event}/{truth.station}"
    return Stream(name, source.describe(), tuple(source.packets()))


def made_stream(name: str, samples: Samples, rate_hz: float, packet_s: float = 1.0) -> Stream:
    """Return samples as a station would send them, over a wire without delay.

    Args:
        name: Of the stream.
        samples: Shape (n, 3): Z, N, E; NaN where a component is missing.
        rate_hz: Sampling rate.
        packet_s: Length of a packet.
    """
    step = max(1, round(packet_s * rate_hz))
    packets = tuple(
        _packet(samples[begin : begin + step], begin, rate_hz)
        for begin in range(0, len(samples), step)
    )
    description = SourceDescription(
        type="made",
        place=name,
        sensor="none",
        nominal_rate_hz=rate_hz,
        channels=channel_codes(rate_hz),
    )
    return Stream(name, description, packets)


def detection_blocks(stream: Stream, rate_hz: float = DETECTION_RATE_HZ) -> Iterator[Block]:
    """Yield the stream after the station's own time base and resampler, as detectors get it."""
    time_base = TimeBase(stream.description.nominal_rate_hz)
    resampler = Resampler(rate_hz)
    for packet in stream.packets:
        yield from _resampled(resampler, time_base.push(packet))
    yield from _resampled(resampler, time_base.flush())


def _resampled(resampler: Resampler, blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        resampled = resampler.push(block)
        if resampled is not None:
            yield resampled


def _packet(samples: Samples, begin: int, rate_hz: float) -> Packet:
    last = begin + len(samples) - 1
    time_ns = START_NS + round(last / rate_hz * NANOSECONDS_PER_SECOND)
    return Packet(
        samples=np.asarray(samples, np.float32),
        last_sample_ns=time_ns,
        arrival_ns=time_ns,
        nominal_rate_hz=rate_hz,
        clock=_CLOCK,
    )
