"""Listens to a station's noise as long as it runs."""

from dataclasses import replace

from edge.noise.meter import NoiseMeter
from edge.noise.report import NoiseReporter
from edge.station import Station


def noise_heard(station: Station) -> Station:
    """Return a station that tells its noise in health."""
    source = station.source.describe()
    meter = NoiseMeter(source.nominal_rate_hz)
    sensor = getattr(station.config.source, "sensor", None)
    station.pipeline.taps.append(meter.push)
    return replace(station, noise=NoiseReporter(meter, source, sensor))
