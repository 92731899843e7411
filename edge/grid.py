"""The one time grid that all detectors of all stations share."""

DETECTION_RATE_HZ = 32.0
"""Every stream is resampled to this rate, at whole multiples of 1/32 s since 1970."""

SAMPLE_NS = 31_250_000
HOP_SAMPLES = 8
HOP_NS = HOP_SAMPLES * SAMPLE_NS
"""A detector speaks once a hop; hops lie at whole quarters of a second since 1970."""
