"""Some seconds of a sensor: in a sentence, is it the sensor or the site that is heard?"""

from typing import Final

import numpy as np

from edge.messages import ClockSource, ClockState
from edge.noise.meter import NoiseMeter
from edge.noise.report import NoiseReporter
from edge.packet import Block, Samples
from edge.sources.base import SourceDescription

_SEGMENT_S: Final = 4.0
_NOBODYS: Final = ClockState(source=ClockSource.FREE_RUN, error_s=0.0)


def noise_at_a_glance(samples: Samples, source: SourceDescription) -> str | None:
    """Return how far each component lies above the sensor's own noise, with a word for it.

    Args:
        samples: As they came, shape (n, 3), m/s2.
        source: Rate, channels and sensor.

    Returns:
        None where there are less than four seconds of samples.
    """
    meter = NoiseMeter(source.nominal_rate_hz, _SEGMENT_S)
    samples = np.ascontiguousarray(samples, np.float32)
    meter.push(Block(0, source.nominal_rate_hz, samples, _NOBODYS, 0, continues=False))
    report = NoiseReporter(meter, source).report()
    if report is None:
        return None
    told = []
    for one in report.components:
        above = one.above_sensor_db
        distance = "" if above is None else f" {above:+.0f} dB of the sensor's own"
        told.append(f"{one.channel}{distance} ({one.verdict.value})")
    return "noise, 0.7 to 11 Hz: " + ", ".join(told)
