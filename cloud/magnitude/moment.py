"""Mw: the level of the displacement spectrum at long periods.

Brune (1970), Tectonic stress and the spectra of seismic shear waves from earthquakes, Journal of
Geophysical Research 75, 4997-5009 (correction 1971): the displacement spectrum is flat up to a
corner fc and falls with the square of the frequency beyond it,

    D(f) = C M0 G(R) exp(-pi f kappa) exp(-pi f R / (Q(f) c)) / (1 + (f / fc)^2)
    C = radiation * surface / (4 pi density c^3)        fc = 0.49 beta (stress drop / M0)^(1/3)

in SI units, with the average radiation of Boore and Boatwright (1984, Bulletin of the
Seismological Society of America 74, 1615-1621; S 0.55, P 0.52), a free surface that doubles the
amplitude, and by default the spreading and the Q of Ordaz and Singh (1992, Bulletin of the
Seismological Society of America 82, 24-43: 1/R to 100 km, then slower, Q = 273 f^0.66), for the
coast of Guerrero. Mw = 2/3 (log10(M0 / N m) - 9.1) (Hanks and Kanamori 1979, IASPEI 2013).

S is measured on both horizontal components, P on the vertical one where S is not in the record,
and frequencies count where the signal stands out of the noise before P. A cheap sensor often shows
nothing below the corner: then amplitude at high frequency alone leaves moment and stress drop open.
So all pairs of them are tried, weighted by how well they fit and by how likely the stress drop is
(median 4 MPa, Allmann and Shearer 2009, Journal of Geophysical Research 114, B01310); the value is
the mean of that posterior, and its width is part of the stated error.
"""

from dataclasses import dataclass
from math import hypot, pi
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.magnitude.config import MomentConfig
from cloud.magnitude.model import MagnitudeType, Refusal, StationMagnitude
from cloud.magnitude.record import Record, Stretch
from cloud.magnitude.spectra import Array, spectrum

RADIATION_S: Final = 0.55
RADIATION_P: Final = 0.52
FREE_SURFACE: Final = 2.0
_MAGNITUDES: Final = np.arange(1.0, 9.51, 0.05)
_STRESS_SIGMAS: Final = np.linspace(-2.5, 2.5, 21)
_KAPPA_SIGMAS: Final = np.linspace(-1.8, 1.8, 7)
_BIN_ERROR: Final = 0.25
"""Scatter of one bin's log10 amplitude about the model."""
_INDEPENDENT_SHARE: Final = 0.5
"""Neighbouring bins err alike: so much of them counts."""
_HIGHEST_HZ: Final = 15.0
_HIGHEST_OF_RATE: Final = 0.38
"""Beyond this share of the sampling rate the sensor's own filter shows."""
_LEAST_CYCLES: Final = 2.0
_LEAST_BINS: Final = 5


@dataclass(frozen=True, slots=True)
class _Phase:
    """What differs between P and S."""

    radiation: float
    speed_km_s: float
    q_share: float
    """Its Q over that of S: in a Poisson solid without loss in compression 9/4 (Aki & Richards)."""
    corner_share: float
    """Its corner over that of S."""
    components: tuple[int, ...]
    stretch: Stretch


def seismic_moment_nm(magnitude: Array) -> Array:
    """Return seismic moments in newton metres."""
    result: Array = 10.0 ** (1.5 * magnitude + 9.1)
    return result


def moment_station(record: Record, config: MomentConfig) -> StationMagnitude:
    """Return what one record says of Mw."""
    station = record.seismogram.station
    phase = _phase(record, config)
    refusal = _refusal(record, phase, config)
    if refusal is not None or phase is None:
        return StationMagnitude(station, MagnitudeType.MOMENT, refusal=refusal)
    frequencies, log_amplitude = _usable(record, phase, config)
    if len(frequencies) < _LEAST_BINS:
        refusal = Refusal.BAND if len(frequencies) else Refusal.NOISE
        return StationMagnitude(station, MagnitudeType.MOMENT, refusal=refusal)
    value, spread = _fit(frequencies, log_amplitude, record.hypocentral_km, phase, config)
    return StationMagnitude(
        station,
        MagnitudeType.MOMENT,
        value=value,
        uncertainty=hypot(spread, config.station_error),
        window_s=len(phase.stretch) / record.rate_hz,
        band_hz=(float(frequencies[0]), float(frequencies[-1])),
    )


def _phase(record: Record, config: MomentConfig) -> _Phase | None:
    """Return S, or P of a record that ends before S."""
    s, p = record.s_stretch(), record.p_stretch()
    horizontals = tuple(record.horizontals())
    if s is not None:
        return _Phase(RADIATION_S, config.vs_km_s, 1.0, 1.0, horizontals, s)
    if p is None or 0 not in record.components:
        return None
    ratio = config.vp_km_s / config.vs_km_s
    return _Phase(RADIATION_P, config.vp_km_s, 9 / 4, ratio, (0,), p)


def _refusal(record: Record, phase: _Phase | None, config: MomentConfig) -> Refusal | None:
    if phase is None:
        return Refusal.SHORT
    if record.hypocentral_km > config.farthest_km:
        return Refusal.DISTANCE
    return record.flaw(phase.stretch)


def _usable(record: Record, phase: _Phase, config: MomentConfig) -> tuple[Array, Array]:
    """Return the frequencies that stand out of the noise, Hz, and log10 of acceleration there."""
    columns = list(phase.components)
    part = record.acceleration[phase.stretch.first : phase.stretch.last, columns]
    rest = record.acceleration[record.noise.first : record.noise.last, columns]
    signal, noise = spectrum(part, record.rate_hz), spectrum(rest, record.rate_hz)
    longer = (len(part) / len(rest)) ** 0.5
    background = longer * np.interp(
        np.log(signal.frequencies_hz), np.log(noise.frequencies_hz), noise.amplitude
    )
    lowest_hz = _LEAST_CYCLES * record.rate_hz / min(len(part), len(rest))
    highest_hz = min(_HIGHEST_HZ, _HIGHEST_OF_RATE * record.rate_hz)
    inside = (signal.frequencies_hz >= lowest_hz) & (signal.frequencies_hz <= highest_hz)
    # Few lines make a low bin, so one may be quiet by chance: its neighbours speak for it too.
    edged = np.pad(background, 1, mode="edge")
    background = np.maximum(background, np.maximum(edged[:-2], edged[2:]))
    stands_out = signal.amplitude >= config.least_signal_to_noise * background
    counts = _longest_run(inside & stands_out & (signal.amplitude > 0))
    power = np.square(signal.amplitude[counts]) - np.square(background[counts])
    # One horizontal component of two has half of the power.
    missing = 2.0 if phase.radiation == RADIATION_S and len(columns) == 1 else 1.0
    return signal.frequencies_hz[counts], np.log10(power * missing) / 2


def _longest_run(counts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the longest stretch of bins that count, one bin in it may be missing at a time."""
    bridged = counts.copy()
    bridged[1:-1] |= counts[:-2] & counts[2:]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], bridged, [False]]).astype(int)))
    if not len(edges):
        return counts
    longest = int(np.argmax(edges[1::2] - edges[::2]))
    result = np.zeros_like(counts)
    result[edges[2 * longest] : edges[2 * longest + 1]] = True
    return result & counts


def _fit(
    frequencies: Array,
    log_amplitude: Array,
    distance_km: float,
    phase: _Phase,
    config: MomentConfig,
) -> tuple[float, float]:
    """Return mean and standard deviation of the posterior of Mw."""
    stress = config.stress_drop_mpa * 10 ** (config.stress_drop_decades * _STRESS_SIGMAS)
    kappa = np.clip(config.kappa_s + config.kappa_error_s * _KAPPA_SIGMAS, 0, None)
    moment = seismic_moment_nm(_MAGNITUDES)
    corner = 0.49 * config.vs_km_s * 1e3 * np.cbrt(stress[:, np.newaxis] * 1e6 / moment)
    corner *= phase.corner_share
    # Shapes: magnitudes on axis 1, stress drops on 0, frequencies on the last.
    falling = 1 + np.square(frequencies / corner[..., np.newaxis])
    source = np.log10(moment[:, np.newaxis]) - np.log10(falling)
    residual = log_amplitude - _path(frequencies, distance_km, phase, config) - source
    decay = np.log10(np.e) * pi * kappa[:, np.newaxis] * frequencies
    log_weight = np.empty((len(kappa), *corner.shape))
    for number, loss in enumerate(decay):
        misfit = np.square((residual + loss) / _BIN_ERROR).sum(axis=-1)
        log_weight[number] = -_INDEPENDENT_SHARE * misfit / 2
    log_weight -= np.square(_STRESS_SIGMAS)[:, np.newaxis] / 2
    log_weight -= np.square(_KAPPA_SIGMAS)[:, np.newaxis, np.newaxis] / 2
    weight = np.exp(log_weight - log_weight.max()).sum(axis=(0, 1))
    weight /= weight.sum()
    mean = float((weight * _MAGNITUDES).sum())
    return mean, float(np.sqrt((weight * np.square(_MAGNITUDES - mean)).sum()))


def _path(frequencies: Array, distance_km: float, phase: _Phase, config: MomentConfig) -> Array:
    """Return log10 of acceleration from a moment of 1 N m with a corner beyond all frequencies."""
    speed = phase.speed_km_s * 1e3
    near_km = min(distance_km, config.crossover_km)
    spreading = (near_km / max(distance_km, near_km)) ** 0.5 / (near_km * 1e3)
    scale = phase.radiation * FREE_SURFACE * config.site_amplification * spreading
    scale /= 4 * pi * config.density_kg_m3 * speed**3
    q = phase.q_share * config.q0 * frequencies**config.q_exponent
    loss = pi * frequencies * distance_km / (q * phase.speed_km_s)
    result: Array = np.log10(scale * np.square(2 * pi * frequencies)) - np.log10(np.e) * loss
    return result
