"""miniSEED as a station sends it, written by ObsPy."""

import io

import numpy as np
from obspy import Stream, Trace, UTCDateTime

START = UTCDateTime("2026-03-14T06:52:00Z")


def trace(
    channel: str = "HNZ",
    start: UTCDateTime = START,
    seconds: float = 20.0,
    station: str = "A",
    rate_hz: float = 100.0,
) -> Trace:
    """Return a component of noise in counts."""
    generator = np.random.default_rng(abs(hash((channel, station))) % 1000)
    samples = generator.integers(-1000, 1000, round(seconds * rate_hz)).astype(np.int32)
    header = {
        "network": "XX",
        "station": station,
        "location": "00",
        "channel": channel,
        "sampling_rate": rate_hz,
        "starttime": start,
    }
    return Trace(samples, header)


def miniseed(*traces: Trace, encoding: str = "STEIM2") -> bytes:
    """Return the records of traces, 512 bytes each."""
    buffer = io.BytesIO()
    Stream(list(traces)).write(buffer, format="MSEED", encoding=encoding, reclen=512)
    return buffer.getvalue()
