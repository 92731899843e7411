"""Made records: an earthquake of known magnitude under the noise of a MEMS sensor."""

import numpy as np

from cloud.seismogram import Seismogram
from edge.sources.synthetic_waveform import Arrivals, GroundMotionConfig, synthesise
from edge.timestamps import seconds_to_ns

ORIGIN_NS = 1_700_000_000 * 1_000_000_000
DEPTH_KM = 15.0
LEAD_S = 40.0
VP_KM_S, VS_KM_S = 6.2, 3.6
MEMS_NOISE_M_S2 = 5e-4
PLAIN = GroundMotionConfig(stress_drop_mpa=4.0, site_amplification=1.0)
"""What the fit takes for granted."""


def times_ns(hypocentral_km: float) -> tuple[int, int]:
    """Return the onsets of P and S."""
    p_s, s_s = (hypocentral_km / speed for speed in (VP_KM_S, VS_KM_S))
    return ORIGIN_NS + seconds_to_ns(p_s), ORIGIN_NS + seconds_to_ns(s_s)


def epicentral(hypocentral_km: float) -> float:
    """Return the epicentral distance."""
    return float(np.sqrt(hypocentral_km**2 - DEPTH_KM**2))


def record_of(
    magnitude: float,
    hypocentral_km: float,
    *,
    seed: int = 1,
    rate_hz: float = 100.0,
    noise_m_s2: float = MEMS_NOISE_M_S2,
    after_s_s: float = 60.0,
    motion: GroundMotionConfig = PLAIN,
    lead_s: float = LEAD_S,
) -> Seismogram:
    """Return a station's record from `lead_s` before the origin on."""
    rng = np.random.default_rng(seed)
    p_s, s_s = hypocentral_km / VP_KM_S, hypocentral_km / VS_KM_S
    count = round((lead_s + s_s + after_s_s) * rate_hz)
    onsets = Arrivals(lead_s + p_s, lead_s + s_s)
    ground = synthesise(magnitude, hypocentral_km, onsets, rate_hz, count, rng, motion)
    level = np.array([9.81, 0.1, -0.2])
    samples = ground + noise_m_s2 * rng.standard_normal((count, 3)) + level
    start_ns = ORIGIN_NS - seconds_to_ns(lead_s)
    return Seismogram(f"XX.S{seed:02d}", start_ns, rate_hz, samples.astype(np.float32))
