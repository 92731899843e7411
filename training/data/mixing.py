"""Examples for training: events of every strength in noise of every colour, and noise alone.

An example is a stretch of conditioned trace with its targets. Its parts come from recordings
(events, noise, hand motion) and from generators; the place of the P, strength, orientation, rate
and faults are drawn at random, so that no window teaches a network a habit of the collection.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from edge.grid import HOP_SAMPLES
from edge.packet import Samples
from edge.signal.conditioning import Conditioner, ConditioningConfig
from training.data.labels import Arrivals, hop_targets, unseen_from
from training.data.noise import TRANSIENTS, coloured, surrogate
from training.data.record import RATE_HZ, Record

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Event:
    """A waveform that begins before its P and is longer than its S, over little noise."""

    samples: Array
    p_index: float
    s_index: float | None


EventMaker = Callable[[np.random.Generator], Event]
"""Makes a synthetic event."""


class MixingConfig(BaseModel):
    """Shares and ranges of the mixture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    length_s: float = Field(default=80.0, gt=20, title="Length", description="Example, seconds")
    recorded_share: float = Field(
        default=0.15, title="Recorded", description="Share of recordings as they are"
    )
    noise_share: float = Field(
        default=0.40, title="Noise", description="Share of examples without an event"
    )
    synthetic_share: float = Field(
        default=0.4, title="Synthetic", description="Share of synthetic among the mixed events"
    )
    transient_share: float = Field(
        default=0.75, title="Transients", description="Share of noise examples with a disturbance"
    )
    disturbed_event_share: float = Field(
        default=0.20, title="Disturbed", description="Share of events after a disturbance"
    )
    snr_low: float = Field(
        default=2.5,
        gt=0,
        title="Weakest",
        description="Peak of the first 3 s of P over noise rms, on Z",
    )
    snr_asked: float = Field(
        default=0.0,
        ge=0,
        title="Weakest asked",
        description="Nothing is asked while a mixed event below this ratio is there",
    )
    snr_high: float = Field(default=300.0, gt=0, title="Strongest", description="Likewise")
    dropped_share: float = Field(
        default=0.08, title="Dropped", description="Share with missing horizontals"
    )
    stretch: float = Field(
        default=0.12, ge=0, lt=0.5, title="Stretch", description="Largest change of an event's rate"
    )


_SETTLE_S = 5.0
"""Nothing is asked while the filters settle."""

_FADE_S = 8.0
"""A recorded event fades out at its end over this time, seconds."""

_LEAST_SNR = 1.5
"""A recording whose P peaks below this is too weak to be scaled up."""


class Mixer:
    """Draws examples from recordings of one part of the data."""

    def __init__(
        self,
        records: Sequence[Record],
        conditioning: ConditioningConfig,
        config: MixingConfig,
        make_event: EventMaker | None = None,
    ) -> None:
        self._config = config
        self._conditioning = conditioning
        self._make_event = make_event
        self._length = round(config.length_s * RATE_HZ)
        self._length -= self._length % HOP_SAMPLES
        self._in_units = [r for r in records if r.source == "openeew"]
        self._events = [e for r in records if (e := event_of(r)) is not None]
        self._noises = [
            r.samples[: r.noise_end].astype(np.float64)
            for r in records
            if r.source != "hand_motion" and r.noise_end >= 20 * RATE_HZ
        ]
        self._motions = [r.samples.astype(np.float64) for r in records if r.source == "hand_motion"]
        if not self._events or not self._noises:
            raise ValueError("no recorded event or no recorded noise to mix examples from")

    @property
    def hops(self) -> int:
        """Number of hops in an example."""
        return self._length // HOP_SAMPLES

    def draw(self, rng: np.random.Generator) -> tuple[Samples, NDArray[np.float32]]:
        """Return one example: conditioned samples (n, 3) and targets (hops, 4)."""
        kind = rng.random()
        if kind < self._config.recorded_share and self._in_units:
            samples, target = self._recorded(rng)
        elif kind < self._config.recorded_share + self._config.noise_share:
            samples, target = self._quiet(rng)
        else:
            samples, target = self._mixed(rng)
        samples = self._turn(samples, rng)
        target[: round(_SETTLE_S * RATE_HZ / HOP_SAMPLES), 3] = 0.0
        conditioner = Conditioner(self._conditioning, RATE_HZ)
        return conditioner(samples.astype(np.float32)), target

    def _recorded(self, rng: np.random.Generator) -> tuple[Array, NDArray[np.float32]]:
        """Return a stretch of a record as it is, picked or not."""
        record = self._in_units[rng.integers(len(self._in_units))]
        spare = len(record.samples) - self._length
        if spare <= 0:
            return self._quiet(rng)
        begin = int(rng.integers(0, spare))
        if record.p_index is not None and rng.random() < 0.7:
            before = rng.uniform(8 * RATE_HZ, self._length - 6 * RATE_HZ)
            begin = int(np.clip(record.p_index - before, 0, spare))
        samples = record.samples[begin : begin + self._length].astype(np.float64)
        if record.p_index is None:
            target = hop_targets(self.hops, None)
            unseen_from(target, (record.noise_end - begin) / RATE_HZ)
            return samples, target
        p_s = (record.p_index - begin) / RATE_HZ
        s_s = None if record.s_index is None else (record.s_index - begin) / RATE_HZ
        target = hop_targets(self.hops, Arrivals(p_s, s_s, np.inf))
        return samples, target

    def _quiet(self, rng: np.random.Generator) -> tuple[Array, NDArray[np.float32]]:
        samples = self._noise(rng)
        if rng.random() < self._config.transient_share:
            samples = samples + self._disturbance(rng, _rms(samples))
        return samples, hop_targets(self.hops, None)

    def _mixed(self, rng: np.random.Generator) -> tuple[Array, NDArray[np.float32]]:
        noise = self._noise(rng)
        event = self._event(rng)
        p_at = int(rng.uniform(8 * RATE_HZ, self._length - 4 * RATE_HZ))
        placed = np.zeros_like(noise)
        begin = p_at - int(event.p_index)
        first = max(0, -begin)
        piece = event.samples[first : self._length - begin]
        placed[begin + first : begin + first + len(piece)] = piece
        rms = _rms(noise)
        low, high = np.log(self._config.snr_low), np.log(self._config.snr_high)
        peak = np.abs(placed[p_at : p_at + int(3 * RATE_HZ), 0]).max()
        snr = np.exp(rng.uniform(low, high))
        placed *= snr * _rms(noise[:, :1]) / max(peak, 1e-30)
        p_s = (begin + event.p_index) / RATE_HZ
        s_s = None if event.s_index is None else (begin + event.s_index) / RATE_HZ
        end_s = _end_of(placed, rms) if begin + len(event.samples) > 0 else np.inf
        target = hop_targets(self.hops, Arrivals(p_s, s_s, end_s))
        if snr < self._config.snr_asked:
            target[target[:, 0] == 0] = 0.0
        if rng.random() < self._config.disturbed_event_share:
            disturbance = self._disturbance(rng, rms)
            disturbance[max(0, p_at - int(RATE_HZ)) :] = 0.0
            noise = noise + disturbance
        return noise + placed, target

    def _noise(self, rng: np.random.Generator) -> Array:
        if rng.random() < 0.15:
            return coloured(self._length, rng)
        noise = self._noises[rng.integers(len(self._noises))]
        spare = len(noise) - self._length
        if spare > 0 and rng.random() < 0.75:
            begin = int(rng.integers(0, spare))
            return noise[begin : begin + self._length]
        return surrogate(noise, self._length, rng)

    def _event(self, rng: np.random.Generator) -> Event:
        if self._make_event is not None and rng.random() < self._config.synthetic_share:
            event = self._make_event(rng)
        else:
            event = self._events[rng.integers(len(self._events))]
        return stretched(event, 1 + rng.uniform(-1, 1) * self._config.stretch)

    def _disturbance(self, rng: np.random.Generator, rms: float) -> Array:
        strength = rms * np.exp(rng.uniform(np.log(2), np.log(300)))
        if self._motions and rng.random() < 0.15:
            motion = self._motions[rng.integers(len(self._motions))]
            out = np.zeros((self._length, 3))
            piece = motion[: self._length] - motion[0]
            begin = int(rng.integers(0, self._length - len(piece) + 1))
            out[begin : begin + len(piece)] = piece / max(np.abs(piece).max(), 1e-30)
            return out * strength
        make = TRANSIENTS[rng.integers(len(TRANSIENTS))]
        return make(self._length, rng) * strength

    def _turn(self, samples: Array, rng: np.random.Generator) -> Array:
        """Turn and flip as stations are mounted, and drop horizontals that a station lacks."""
        angle = rng.uniform(0, 2 * np.pi)
        north, east = samples[:, 1], samples[:, 2]
        turned = np.stack(
            [
                samples[:, 0] * rng.choice([-1.0, 1.0]),
                np.cos(angle) * north - np.sin(angle) * east,
                np.sin(angle) * north + np.cos(angle) * east,
            ],
            axis=1,
        )
        if rng.random() < self._config.dropped_share:
            missing = [1, 2] if rng.random() < 0.5 else [int(rng.integers(1, 3))]
            turned[:, missing] = np.nan
        return turned


def event_of(record: Record) -> Event | None:
    """Cut the event out of a record, or None where none stands clear of the noise."""
    if record.p_index is None:
        return None
    p = int(record.p_index)
    begin = max(0, p - int(RATE_HZ))
    whole = record.samples.astype(np.float64)
    whole = _slow_removed(whole)
    noise = whole[max(0, p - int(20 * RATE_HZ)) : p - int(0.5 * RATE_HZ)]
    peak = np.abs(whole[p : p + int(3 * RATE_HZ)]).max(initial=0.0)
    if len(noise) < 2 * RATE_HZ or peak < 2 * _LEAST_SNR * noise.std():
        return None
    samples = whole[begin : p + int(75 * RATE_HZ)]
    after_start, before_end = np.arange(len(samples)), np.arange(len(samples), 0, -1)
    ramp = np.clip((after_start / RATE_HZ - 0.2) / 0.5, 0, 1)
    ramp *= np.clip(before_end / RATE_HZ / _FADE_S, 0, 1)
    s_index = None if record.s_index is None else record.s_index - begin
    return Event(samples * ramp[:, None], record.p_index - begin, s_index)


def stretched(event: Event, factor: float) -> Event:
    """Return the event slower (factor above 1) or faster: other sizes, rates and soils."""
    length = int(len(event.samples) * factor)
    places = np.arange(length) / factor
    old = np.arange(len(event.samples))
    samples = np.stack([np.interp(places, old, column) for column in event.samples.T], axis=1)
    s_index = None if event.s_index is None else event.s_index * factor
    return Event(samples, event.p_index * factor, s_index)


def _slow_removed(samples: Array) -> Array:
    """Take out the mean of four seconds around: gravity, tilt and drift."""
    width = int(4 * RATE_HZ)
    kernel = np.ones(width) / width
    padded = np.pad(samples, ((width // 2, width - width // 2 - 1), (0, 0)), mode="edge")
    slow = np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)
    return samples - slow


def _rms(samples: Array) -> float:
    """Return the rms above about 1 Hz, by first differences of two samples' distance."""
    return float(max(np.std(samples[2:] - samples[:-2]) / np.sqrt(2), 1e-30))


def _end_of(event: Array, noise_rms: float) -> float:
    """Return when the event sinks below a fifth of the noise for good, seconds."""
    power = np.square(event).mean(axis=1)
    window = int(2 * RATE_HZ)
    smooth = np.sqrt(np.convolve(power, np.ones(window) / window, mode="same"))
    loud = np.flatnonzero(smooth > 0.2 * noise_rms)
    return float((loud[-1] + window) / RATE_HZ) if len(loud) else 0.0
