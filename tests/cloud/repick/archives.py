"""SDS trees of made-up earthquakes, written by ObsPy."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from cloud.seismogram import COMPONENTS, Seismogram
from edge.archive.sds import path_of

_COUNTS_PER_M_S2 = 1e5


def write_sds(
    folder: Path, records: Sequence[Seismogram], components: str = COMPONENTS, location: str = "00"
) -> None:
    """Write seismograms as counts, a file a channel and day.

    Args:
        folder: Root of the tree.
        records: Each within one day.
        components: Last letters of the channels, for vertical, north, east.
        location: Code.
    """
    for record in records:
        network, station = record.station.split(".")
        day = datetime.fromtimestamp(record.start_ns / 1e9, UTC).date()
        for i, letter in enumerate(components):
            counts = record.acceleration_m_s2[:, i] * _COUNTS_PER_M_S2
            header = {
                "network": network,
                "station": station,
                "location": location,
                "channel": f"HN{letter}",
                "sampling_rate": record.rate_hz,
                "starttime": UTCDateTime(ns=record.start_ns),
            }
            path = path_of(folder, (network, station, location, f"HN{letter}"), day)
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = Stream([Trace(np.rint(counts).astype(np.int32), header)])
            with path.open("ab") as file:
                stream.write(file, format="MSEED", encoding="STEIM2", reclen=512)
