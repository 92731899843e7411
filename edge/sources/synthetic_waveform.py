"""Strong motion of an earthquake at a station, by the stochastic method. Arrays out, NumPy only.

Boore (2003, Pure and Applied Geophysics 160, 635-676): white noise under an envelope is given
the amplitude spectrum of a Brune (1970) omega-square source after geometric spreading,
anelastic attenuation Q(f) and the site's kappa. P and S are two such windows; P is weaker by
the ratio of the wave speeds cubed (far-field radiation, Aki & Richards 2002, eq. 4.32).

Unlike Boore's the spectral filter is of minimum phase, so nothing moves before the onset; a
network that learns from these traces would otherwise learn the filter's precursors.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from edge.packet import Samples

Spectrum = NDArray[np.float64]
Wave = Literal["P", "S"]

RADIATION_S: Final = 0.55
"""Average radiation pattern of S over the focal sphere (Boore & Boatwright 1984)."""
RADIATION_P: Final = 0.52
"""The same for P."""
FREE_SURFACE: Final = 2.0
"""Amplification by the free surface."""
ENVELOPE_EXPONENT: Final = 1.253
"""Boore (2003): 0.05 of the peak at five times the time of the peak."""
RISE_RANGE: Final = (0.25, 0.9)
"""Time of a direct wave's peak in source durations (one over the corner of S), at random."""
CODA_PEAK: Final = 0.4
"""Time of the scattered waves' peak in durations of strong shaking (Boore 2003: 2 x 0.2)."""
DIRECT_ENERGY: Final = 0.75
"""Share of the direct wave in a phase's energy; so MEMS records rise to their P peak in 0.5 s."""
CRUSTAL_CROSSOVER_KM: Final = 100.0
"""Beyond it guided waves spread as one over the root of the distance."""
S_VERTICAL: Final = 0.45
"""Vertical part of S, relative to one horizontal; MEMS records show 0.48 of the larger one."""
P_CODA: Final = 0.6
"""Scattered part of P, the same on each component."""
_SPECTRAL_FLOOR: Final = 1e-5
_TAIL_S: Final = 16.0


class GroundMotionConfig(BaseModel):
    """Earthquake, path and site; the defaults suit the Mexican subduction zone."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    stress_drop_mpa: float = Field(
        default=10.0, gt=0, title="Stress drop", description="Of the Brune source, megapascal"
    )
    density_kg_m3: float = Field(
        default=2800.0, gt=0, title="Density", description="At the source, kg per cubic metre"
    )
    vp_km_s: float = Field(
        default=6.2, gt=0, title="P speed", description="At the source, km per second"
    )
    vs_km_s: float = Field(
        default=3.6, gt=0, title="S speed", description="At the source, km per second"
    )
    q0: float = Field(
        default=273.0,
        gt=0,
        title="Q at 1 Hz",
        description="Quality factor at 1 Hz (Ordaz & Singh 1992 for the Guerrero coast)",
    )
    q_exponent: float = Field(
        default=0.66, ge=0, le=1, title="Q exponent", description="Power of frequency in Q(f)"
    )
    kappa_s: float = Field(
        default=0.04, ge=0, title="Kappa", description="High-frequency decay at the site, seconds"
    )
    site_amplification: float = Field(
        default=1.2, gt=0, title="Site", description="Amplification of soil and building over rock"
    )
    p_amplitude: float = Field(
        default=0.35,
        gt=0,
        title="P amplitude",
        description="P relative to theory for a homogeneous half-space; fitted to MEMS records",
    )
    scatter_ln: float = Field(
        default=0.5,
        ge=0,
        title="Scatter",
        description="Standard deviation of the natural logarithm of the amplitude, station by"
        " station",
    )


DEFAULT_MOTION: Final = GroundMotionConfig()


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Where in a trace the phases begin, in seconds after its first sample; may be negative."""

    p_s: float
    s_s: float


def seismic_moment_nm(magnitude: float) -> float:
    """Return the seismic moment in newton metres (Hanks & Kanamori 1979)."""
    return float(10 ** (1.5 * magnitude + 9.1))


def corner_frequency_hz(magnitude: float, config: GroundMotionConfig = DEFAULT_MOTION) -> float:
    """Return the corner frequency of S (Brune 1970; constant as in Boore 2003, SI units)."""
    moment = seismic_moment_nm(magnitude)
    stress_pa = config.stress_drop_mpa * 1e6
    return float(0.49 * config.vs_km_s * 1e3 * (stress_pa / moment) ** (1 / 3))


def phase_corner_hz(magnitude: float, phase: Wave, config: GroundMotionConfig) -> float:
    """Return the corner frequency of a phase: that of P is higher by the ratio of the speeds."""
    corner_hz = corner_frequency_hz(magnitude, config)
    return corner_hz * config.vp_km_s / config.vs_km_s if phase == "P" else corner_hz


def spreading_per_m(distance_km: float) -> float:
    """Return the geometric spreading: 1/R in the crust, slower beyond its crossover."""
    near_km = min(distance_km, CRUSTAL_CROSSOVER_KM)
    beyond = math.sqrt(CRUSTAL_CROSSOVER_KM / max(distance_km, CRUSTAL_CROSSOVER_KM))
    return beyond / (near_km * 1e3)


def acceleration_spectrum(
    frequencies_hz: Spectrum,
    magnitude: float,
    distance_km: float,
    phase: Wave = "S",
    config: GroundMotionConfig = DEFAULT_MOTION,
) -> Spectrum:
    """Return the Fourier amplitude spectrum of acceleration of one phase, m/s.

    Args:
        frequencies_hz: Shape (m,).
        magnitude: Moment magnitude.
        distance_km: Hypocentral distance.
        phase: "P" or "S".
        config: Source, path and site.
    """
    is_p = phase == "P"
    speed = (config.vp_km_s if is_p else config.vs_km_s) * 1e3
    radiation = RADIATION_P if is_p else RADIATION_S
    corner = phase_corner_hz(magnitude, phase, config)
    scale = radiation * FREE_SURFACE * config.site_amplification * spreading_per_m(distance_km)
    scale *= seismic_moment_nm(magnitude) / (4 * math.pi * config.density_kg_m3 * speed**3)
    safe = np.maximum(frequencies_hz, 1e-3)
    source = (2 * math.pi * safe) ** 2 / (1 + (safe / corner) ** 2)
    quality = config.q0 * np.maximum(safe, 1.0) ** config.q_exponent
    decay = distance_km * 1e3 / (quality * speed) + config.kappa_s
    return np.asarray(scale * source * np.exp(-math.pi * safe * decay))


def duration_s(magnitude: float, distance_km: float, config: GroundMotionConfig) -> float:
    """Return the duration of strong shaking: source, path and soil (Boore 2003, eq. 8)."""
    return 1 / corner_frequency_hz(magnitude, config) + 0.08 * distance_km + 1.5


def envelope(times_s: Spectrum, peak_s: float) -> Spectrum:
    """Return the Saragoni & Hart (1974) envelope of unit energy, with Boore's (2003) exponent.

    Args:
        times_s: Seconds since the onset, shape (n,); the envelope is zero before it.
        peak_s: When it peaks.

    Returns:
        Shape (n,); the integral of its square over time is 1.
    """
    scaled = np.maximum(times_s, 0.0) / peak_s
    twice = 2 * ENVELOPE_EXPONENT
    energy = peak_s * math.exp(twice) * math.gamma(twice + 1) / twice ** (twice + 1)
    return np.asarray((scaled * np.exp(1 - scaled)) ** ENVELOPE_EXPONENT / math.sqrt(energy))


def minimum_phase(amplitude: Spectrum) -> NDArray[np.complex128]:
    """Return the causal spectrum with this amplitude, by folding its cepstrum.

    Args:
        amplitude: Positive, shape (m,), of a real transform of length 2 (m - 1).
    """
    length = 2 * (len(amplitude) - 1)
    floor = _SPECTRAL_FLOOR * amplitude.max()
    cepstrum = np.fft.irfft(np.log(np.maximum(amplitude, floor)), length)
    cepstrum[1 : length // 2] *= 2
    cepstrum[length // 2 + 1 :] = 0
    return np.asarray(np.exp(np.fft.rfft(cepstrum)))


def synthesise(
    magnitude: float,
    distance_km: float,
    arrivals: Arrivals,
    rate_hz: float,
    count: int,
    rng: np.random.Generator,
    config: GroundMotionConfig = DEFAULT_MOTION,
) -> Samples:
    """Return one station's ground acceleration, without any noise.

    Args:
        magnitude: Moment magnitude.
        distance_km: Hypocentral distance.
        arrivals: Onsets of P and S relative to the first sample.
        rate_hz: Sampling rate.
        count: Number of samples.
        rng: Source of all chance; the same state gives the same trace.
        config: Source, path and site.

    Returns:
        Shape (count, 3), float32, m/s2, columns Z, N, E.
    """
    factor = math.exp(config.scatter_ln * rng.standard_normal())
    azimuth = rng.uniform(0, 2 * math.pi)
    shape = _Window(magnitude, distance_km, rate_hz, count, config)
    p_motion = _p_motion(shape.noise("P", arrivals.p_s, 4, rng), rng)
    sv, sh, s_vertical = shape.noise("S", arrivals.s_s, 3, rng)
    vertical = config.p_amplitude * p_motion[0] + S_VERTICAL * s_vertical
    radial = config.p_amplitude * p_motion[1] + sv
    transverse = config.p_amplitude * p_motion[2] + sh
    north = math.cos(azimuth) * radial - math.sin(azimuth) * transverse
    east = math.sin(azimuth) * radial + math.cos(azimuth) * transverse
    trace = factor * np.stack([vertical, north, east], axis=1)
    return np.asarray(trace, dtype=np.float32)


def _p_motion(
    signals: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Spectrum, Spectrum, Spectrum]:
    """Return vertical, radial and transverse motion: a wave that arrives steeply, and its coda."""
    direct, coda_vertical, coda_radial, coda_transverse = signals
    steepness = rng.uniform(0.1, 0.5)
    vertical = math.sqrt(1 - P_CODA**2) * direct + P_CODA * coda_vertical
    return vertical, P_CODA * coda_radial - steepness * direct, P_CODA * coda_transverse


class _Window:
    """Makes filtered noise of one earthquake at one station."""

    def __init__(
        self,
        magnitude: float,
        distance_km: float,
        rate_hz: float,
        count: int,
        config: GroundMotionConfig,
    ) -> None:
        self._magnitude = magnitude
        self._distance_km = distance_km
        self._rate_hz = rate_hz
        self._count = count
        self._config = config
        self._length = 1 << math.ceil(math.log2(count + _TAIL_S * rate_hz))
        self._strong_s = duration_s(magnitude, distance_km, config)

    def noise(
        self, phase: Wave, onset_s: float, signals: int, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return independent signals of one phase, shape (signals, count), m/s2.

        The direct wave lasts about as long as the source radiates; scattering draws a part of
        the energy out into a coda.
        """
        times = np.arange(self._length) / self._rate_hz - onset_s
        corner_hz = corner_frequency_hz(self._magnitude, self._config)
        rise_s = rng.uniform(*RISE_RANGE) / corner_hz
        direct = envelope(times, rise_s) ** 2
        coda = envelope(times, rise_s + CODA_PEAK * self._strong_s) ** 2
        window = np.sqrt((DIRECT_ENERGY * direct + (1 - DIRECT_ENERGY) * coda) / self._rate_hz)
        white = rng.standard_normal((signals, self._length)) * window
        frequencies = np.fft.rfftfreq(self._length, 1 / self._rate_hz)
        amplitude = acceleration_spectrum(
            frequencies, self._magnitude, self._distance_km, phase, self._config
        )
        spectrum = np.fft.rfft(white, axis=1) * minimum_phase(amplitude)
        return np.fft.irfft(spectrum, self._length, axis=1)[:, : self._count] * self._rate_hz
