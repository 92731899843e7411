"""Ground and sensor noise, and what is no earthquake: the background of training examples.

All functions are deterministic for one generator, work at 32 Hz and return float64, shape (n, 3).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.record import RATE_HZ

Array = NDArray[np.float64]
Rng = np.random.Generator


def surrogate(noise: Array, length: int, rng: Rng) -> Array:
    """Return noise of any length with the spectrum of a recorded stretch and new phases.

    The components keep their phase relations (Theiler et al. 1992, Physica D 58, extended to
    several channels as by Prichard & Theiler 1994).
    """
    noise = noise - noise.mean(axis=0)
    taper = np.hanning(len(noise))[:, None]
    spectrum = np.abs(np.fft.rfft(noise * taper, axis=0)) / np.sqrt(np.mean(taper**2))
    phase = np.angle(np.fft.rfft(noise * taper, axis=0))
    old = np.fft.rfftfreq(len(noise))
    new = np.fft.rfftfreq(length)
    nearest = np.clip(np.searchsorted(old, new), 0, len(old) - 1)
    turn = rng.uniform(0, 2 * np.pi, (len(new), 1))
    values = spectrum[nearest] * np.exp(1j * (phase[nearest] + turn))
    return np.fft.irfft(values, n=length, axis=0) * np.sqrt(length / len(noise))


def coloured(length: int, rng: Rng) -> Array:
    """Return noise of a random MEMS sensor: white, with 1/f below a random corner, unit rms."""
    frequency = np.fft.rfftfreq(length, 1 / RATE_HZ)
    corner_hz = np.exp(rng.uniform(np.log(0.02), np.log(3.0)))
    shape = np.sqrt(1 + corner_hz / np.maximum(frequency, frequency[1]))
    white = rng.standard_normal((length, 3)) * rng.uniform(0.6, 1.6, 3)
    noise = np.fft.irfft(np.fft.rfft(white, axis=0) * shape[:, None], n=length, axis=0)
    return noise / noise.std()


def footsteps(length: int, rng: Rng) -> Array:
    """Return a person walking by: damped beats about twice a second, swelling and fading."""
    out = np.zeros((length, 3))
    period = rng.uniform(0.4, 0.8) * RATE_HZ
    count = int(rng.integers(2, 25))
    begin = rng.uniform(0, length)
    beat = _damped(rng.uniform(5, 14), rng.uniform(0.05, 0.2), rng)
    for k in range(count):
        swell = np.sin(np.pi * (k + 0.5) / count)
        place = begin + k * period + rng.normal(0, 0.05) * RATE_HZ
        _add(out, beat * swell * rng.uniform(0.6, 1.4), int(place))
    return out


def knock(length: int, rng: Rng) -> Array:
    """Return a door, a dropped thing, one to three knocks: short damped oscillations."""
    out = np.zeros((length, 3))
    place = rng.uniform(0, length)
    for _ in range(int(rng.integers(1, 4))):
        beat = _damped(rng.uniform(3, 15), np.exp(rng.uniform(np.log(0.04), np.log(0.4))), rng)
        _add(out, beat, int(place))
        place += rng.uniform(0.1, 1.5) * RATE_HZ
    return out


def vehicle(length: int, rng: Rng) -> Array:
    """Return a vehicle passing: band noise that swells and fades within 4 to 30 s."""
    duration = int(rng.uniform(4, 30) * RATE_HZ)
    frequency = np.fft.rfftfreq(duration, 1 / RATE_HZ)
    centre, width = rng.uniform(4, 14), rng.uniform(0.5, 4)
    band = np.exp(-0.5 * ((frequency - centre) / width) ** 2)
    white = np.fft.rfft(rng.standard_normal((duration, 3)), axis=0)
    passing = np.fft.irfft(white * band[:, None], n=duration, axis=0)
    swell = np.sin(np.pi * np.arange(duration) / duration) ** rng.uniform(1, 4)
    out = np.zeros((length, 3))
    burst = passing * swell[:, None] * rng.uniform(0.4, 1.0, 3)
    _add(out, burst / np.abs(burst).max(), int(rng.uniform(-duration / 2, length)))
    return out


def machine(length: int, rng: Rng) -> Array:
    """Return a machine that is switched on: a tone with harmonics, from one moment to another."""
    time_s = np.arange(length) / RATE_HZ
    begin = rng.uniform(0, length / RATE_HZ)
    running = (time_s > begin) & (time_s < begin + rng.uniform(3, 60))
    start = np.minimum((time_s - begin) / rng.uniform(0.2, 2.0), 1.0)
    tone_hz = rng.uniform(2, 15)
    out = np.zeros((length, 3))
    for k in (1, 2):
        wave = np.sin(2 * np.pi * (k * tone_hz * time_s)[:, None] + rng.uniform(0, 6.3, 3))
        out += wave * rng.uniform(0, 1, 3) * (k * tone_hz < RATE_HZ / 2)
    return out * (running * start)[:, None]


def glitch(length: int, rng: Rng) -> Array:
    """Return a wrong sample or a shift of the zero: faults of sensor and bus."""
    out = np.zeros((length, 3))
    for _ in range(int(rng.integers(1, 4))):
        place = int(rng.integers(0, length))
        component = int(rng.integers(0, 3))
        end = place + 1 if rng.random() < 0.6 else length
        out[place:end, component] += rng.choice([-1, 1])
    return out


TRANSIENTS: Sequence[Callable[[int, Rng], Array]] = (
    footsteps,
    knock,
    vehicle,
    machine,
    glitch,
)


def _damped(frequency_hz: float, decay_s: float, rng: Rng) -> Array:
    time_s = np.arange(int(6 * decay_s * RATE_HZ) + 3) / RATE_HZ
    phase = rng.uniform(0, 2 * np.pi, 3)
    wave = np.sin(2 * np.pi * frequency_hz * time_s[:, None] + phase)
    return np.asarray(wave * np.exp(-time_s / decay_s)[:, None] * rng.uniform(0.2, 1.0, 3))


def _add(out: Array, piece: Array, place: int) -> None:
    """Add a piece at a place; what lies outside falls away."""
    begin, end = max(place, 0), min(place + len(piece), len(out))
    if begin < end:
        out[begin:end] += piece[begin - place : end - place]
