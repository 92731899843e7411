"""From a spectrum to what a person wants to know: is it the sensor, or the site, and how bad?

A MEMS accelerometer hears nothing of a quiet site: its own noise lies 20 to 60 dB above even the
New High Noise Model around 1 Hz. So a site is judged by what it adds to the louder of the two,
between 0.7 and 11 Hz, where the detectors listen: 20 dB there hide one unit of magnitude.
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.messages.health import ComponentNoise, NoiseSpectrum, NoiseVerdict
from edge.noise.meter import NoiseMeter
from edge.noise.own import own_noise
from edge.noise.peterson import nhnm_db, nlnm_db
from edge.sources.base import SourceDescription

_HEARD_HZ: Final = (1.0, 2.0, 4.0, 8.0)
"""Octaves where the detectors listen."""
_SENSOR_DB: Final = 3.0
_QUIET_DB: Final = 10.0
_NOISY_DB: Final = 20.0
_IMPLAUSIBLE_DB: Final = -10.0
"""So far below its own noise no sensor is: the sensitivity or the profile is another one's."""


class NoiseReporter:
    """Tells what a meter has heard.

    Args:
        meter: Listens to the station.
        source: Channels and sensor.
        sensor: Name or file of the sensor's profile; the source's own where left out.
    """

    def __init__(
        self, meter: NoiseMeter, source: SourceDescription, sensor: str | None = None
    ) -> None:
        self._meter = meter
        self._channels = source.channels
        self._centres_hz = meter.centres_hz
        self._low_db = self._heard_db(_model(nlnm_db, meter.centres_hz))
        self._high_db = self._heard_db(_model(nhnm_db, meter.centres_hz))
        own = own_noise(source, sensor, meter.centres_hz)
        self._own_db = [None] * 3 if own is None else [self._heard_db(column) for column in own.T]
        self._newest: tuple[int, NoiseSpectrum | None] = (0, None)

    def report(self) -> NoiseSpectrum | None:
        """Return the noise of each component that is there; None before it is known."""
        if self._newest[0] != self._meter.segments:
            self._newest = (self._meter.segments, self._made())
        return self._newest[1]

    def _made(self) -> NoiseSpectrum | None:
        densities = self._meter.densities()
        if densities is None:
            return None
        there = [index for index in range(3) if not np.isnan(densities[:, index]).any()]
        return NoiseSpectrum(
            bands_hz=self._centres_hz,
            span_s=round(self._meter.span_s, 1),
            components=tuple(self._component(index, densities[:, index]) for index in there),
        )

    def _component(self, index: int, density: NDArray[np.float64]) -> ComponentNoise:
        level_db, own_db = self._heard_db(density), self._own_db[index]
        return ComponentNoise(
            channel=self._channels[index],
            levels_db=tuple(round(_decibels(one), 1) for one in density.tolist()),
            above_sensor_db=None if own_db is None else round(level_db - own_db, 1),
            above_nlnm_db=round(level_db - self._low_db, 1),
            above_nhnm_db=round(level_db - self._high_db, 1),
            verdict=verdict(level_db, self._high_db, own_db),
        )

    def _heard_db(self, density: NDArray[np.float64]) -> float:
        """Return the mean density over the octaves where the detectors listen, by their widths."""
        pairs = zip(density.tolist(), self._centres_hz, strict=True)
        heard = [(one * centre, centre) for one, centre in pairs if centre in _HEARD_HZ]
        return _decibels(sum(power for power, _ in heard) / sum(width for _, width in heard))


def verdict(level_db: float, high_db: float, own_db: float | None) -> NoiseVerdict:
    """Return in a word how a site is; all levels are where the detectors listen.

    Args:
        level_db: What was heard.
        high_db: The New High Noise Model.
        own_db: The sensor's own noise, if known.
    """
    if own_db is not None and level_db < own_db + _IMPLAUSIBLE_DB:
        return NoiseVerdict.IMPLAUSIBLE
    if own_db is not None and level_db < own_db + _SENSOR_DB:
        return NoiseVerdict.SENSOR
    added_db = level_db - max(high_db, -math.inf if own_db is None else own_db)
    if added_db < _QUIET_DB:
        return NoiseVerdict.QUIET
    return NoiseVerdict.NOISY if added_db < _NOISY_DB else NoiseVerdict.VERY_NOISY


def _model(
    model: Callable[[float], float | None], centres_hz: tuple[float, ...]
) -> NDArray[np.float64]:
    """Return a model's densities; NaN where it says nothing, which nobody listens to."""
    levels_db = [model(centre) for centre in centres_hz]
    return np.array([math.nan if db is None else 10 ** (db / 10) for db in levels_db])


def _decibels(density: float) -> float:
    return 10 * math.log10(max(density, 1e-30))
