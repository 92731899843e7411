"""Synthetic events for training, from the station's own generator."""

import numpy as np

from edge.sources.synthetic_waveform import Arrivals, GroundMotionConfig, synthesise
from training.data.mixing import Event
from training.data.record import RATE_HZ

_BEFORE_P_S = 1.0
_LENGTH_S = 80.0
_SPREAD = 1.6
"""Source and site parameters vary by up to this factor either way."""


def make_event(rng: np.random.Generator) -> Event:
    """Return an earthquake of random size, distance, source and site."""
    magnitude = rng.uniform(3.0, 7.5)
    distance_km = float(np.exp(rng.uniform(np.log(8.0), np.log(250.0))))
    s_minus_p_s = distance_km / rng.uniform(7.5, 9.0)
    p_s = _BEFORE_P_S
    plain = GroundMotionConfig()
    config = plain.model_copy(
        update={
            "stress_drop_mpa": plain.stress_drop_mpa * _factor(rng) ** 2,
            "kappa_s": plain.kappa_s * _factor(rng),
            "q0": plain.q0 * _factor(rng),
        }
    )
    samples = synthesise(
        magnitude,
        distance_km,
        Arrivals(p_s, p_s + s_minus_p_s),
        RATE_HZ,
        int(_LENGTH_S * RATE_HZ),
        rng,
        config,
    )
    return Event(samples.astype(np.float64), p_s * RATE_HZ, (p_s + s_minus_p_s) * RATE_HZ)


def _factor(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(-np.log(_SPREAD), np.log(_SPREAD))))
