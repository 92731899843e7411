"""ML: the amplitude that a Wood-Anderson seismograph would have written.

Richter (1935), An instrumental earthquake magnitude scale, Bulletin of the Seismological Society
of America 25, 1-32, in the form of the IASPEI working group on magnitude (2013): the seismograph
with a period of 0.8 s, damping 0.7 and gain 2080 (poles -5.49779 +- 5.60886i rad/s and two zeros
at 0 for displacement), and

    ML = log10(A / nm) + 1.11 log10(R / km) + 0.00189 R / km - 2.09

with A the amplitude over the gain and R the hypocentral distance, which is the attenuation of
Hutton and Boore (1987), The ML scale in southern California, Bulletin of the Seismological
Society of America 77, 2074-2094; at 100 km one millimetre on the paper is ML 3. Each horizontal
component gives one value, the station's is their mean. ML saturates near 7, as the seismograph
does not see periods much longer than its own.

A MEMS sensor's noise becomes displacement at long periods, so the record is high-passed as low as
its noise allows.
"""

from math import log10
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.magnitude.config import LocalConfig
from cloud.magnitude.model import MagnitudeType, Refusal, StationMagnitude
from cloud.magnitude.record import Record, Stretch
from cloud.magnitude.spectra import Array, respond

POLES_RAD_S: Final = (-5.49779 + 5.60886j, -5.49779 - 5.60886j)
_CORNERS_HZ: Final = (0.1, 0.2, 0.4, 0.8)
_HIGHPASS_ORDER: Final = 4
_AFTER_S_S: Final = 20.0
_AFTER_S_S_A_KM: Final = 0.2
_LEAST_AFTER_S_S: Final = 5.0
_NM: Final = 1e9


class WoodAnderson:
    """Transfer function from acceleration (m/s2) to the paper over the gain (m).

    Args:
        corner_hz: Of a Butterworth high-pass of order 4 before it.
    """

    def __init__(self, corner_hz: float) -> None:
        angles = np.pi * (2 * np.arange(_HIGHPASS_ORDER) + _HIGHPASS_ORDER + 1)
        self._highpass = 2 * np.pi * corner_hz * np.exp(1j * angles / (2 * _HIGHPASS_ORDER))

    def __call__(self, s: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the response at s = i 2 pi f; the zeros cancel the double integration."""
        response = np.ones_like(s)
        for pole in POLES_RAD_S:
            response /= s - pole
        for pole in self._highpass:
            response *= s / (s - pole)
        return response


def local_station(record: Record, config: LocalConfig) -> StationMagnitude:
    """Return what one record says of ML."""
    stretch = _stretch(record)
    refusal = _refusal(record, stretch, config)
    if refusal is not None:
        return StationMagnitude(record.seismogram.station, MagnitudeType.LOCAL, refusal=refusal)
    for corner_hz in _CORNERS_HZ:
        peaks = _peaks(record, stretch, corner_hz)
        if peaks is not None and _stand_out(peaks, config):
            values = [local_magnitude(a, record.hypocentral_km) for a in peaks[:, 0]]
            return StationMagnitude(
                record.seismogram.station,
                MagnitudeType.LOCAL,
                value=float(np.mean(values)) + config.offset,
                uncertainty=config.station_error,
                window_s=len(stretch) / record.rate_hz,
                band_hz=(corner_hz, record.rate_hz / 2),
            )
    return StationMagnitude(record.seismogram.station, MagnitudeType.LOCAL, refusal=Refusal.NOISE)


def local_magnitude(amplitude_m: float, hypocentral_km: float) -> float:
    """Return ML of one component.

    Args:
        amplitude_m: Largest amplitude on the paper, zero to peak, over the gain, m.
        hypocentral_km: Distance of the source.
    """
    distance = 1.11 * log10(hypocentral_km) + 0.00189 * hypocentral_km
    return log10(amplitude_m * _NM) + distance - 2.09


def _stretch(record: Record) -> Stretch:
    after_s = _AFTER_S_S + _AFTER_S_S_A_KM * record.hypocentral_km
    last = record.s + round(after_s * record.rate_hz)
    return Stretch(max(0, record.p), min(last, len(record.acceleration)))


def _refusal(record: Record, stretch: Stretch, config: LocalConfig) -> Refusal | None:
    if not config.nearest_km <= record.hypocentral_km <= config.farthest_km:
        return Refusal.DISTANCE
    if not record.horizontals():
        return Refusal.NO_COMPONENT
    if stretch.last - record.s < _LEAST_AFTER_S_S * record.rate_hz:
        return Refusal.SHORT
    return record.flaw(stretch)


def _stand_out(peaks: Array, config: LocalConfig) -> bool:
    """Return whether the earthquake stands out of the noise on every component."""
    signal, noise = peaks.T
    return bool(((signal > 0) & (signal >= config.least_signal_to_noise * noise)).all())


def _peaks(record: Record, stretch: Stretch, corner_hz: float) -> Array | None:
    """Return shape (components, 2): largest amplitudes of the earthquake and of the noise."""
    first = record.noise.first
    samples = record.acceleration[first : stretch.last, record.horizontals()]
    paper = np.abs(respond(samples, record.rate_hz, WoodAnderson(corner_hz)))
    settled = round(1 / corner_hz * record.rate_hz)
    noise = paper[settled : len(record.noise)]
    if len(noise) < settled:
        return None
    peaks: Array = np.stack([paper[stretch.first - first :].max(0), noise.max(0)], axis=1)
    return peaks
