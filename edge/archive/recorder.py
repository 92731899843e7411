"""From chunks to miniSEED records: codes, stated rate, headers; for the archive and for servers."""

from typing import Final

import numpy as np

from edge.archive.chunk import Chunk
from edge.archive.config import ArchiveFormat
from edge.archive.counts import Counted, to_counts
from edge.archive.marks import marks_of
from edge.archive.records import Codes, Stretch, fits_version_2, pack
from edge.config import StationSection
from edge.sources.base import SourceDescription
from edge.timestamps import ns_to_seconds

_SAMPLES_OFF: Final = 0.25
"""A stated rate is kept as long as it puts no sample of a chunk further off than this, so that
programs which join records see one trace and not one for each record."""
_DIGITS: Final = 7


class Recorder:
    """Makes one station's records, chunk after chunk.

    Args:
        station: Its codes.
        source: Channels, nominal rate and sensitivity.
        form: Version of miniSEED; codes too long for version 2 are written in version 3.

    Attributes:
        codes: Network, station, location and channel of Z, N and E.
        form: The version that is written.
    """

    def __init__(
        self, station: StationSection, source: SourceDescription, form: ArchiveFormat
    ) -> None:
        self.codes = tuple(codes_of(station, channel) for channel in source.channels)
        fits = all(fits_version_2(codes) for codes in self.codes)
        self.form = form if fits else ArchiveFormat.MINISEED_3
        self._counts_per_m_s2 = source.counts_per_m_s2 or (None, None, None)
        self._rate_hz = source.nominal_rate_hz

    def records(self, chunk: Chunk) -> dict[int, tuple[list[bytes], Counted]]:
        """Return the records of each component of a chunk, and what is stored in them.

        Raises:
            PacketError: miniSEED has no room for the codes or the time.
        """
        self._rate_hz = _stated_rate_hz(chunk, self._rate_hz)
        samples = np.concatenate([block.samples for block in chunk.blocks])
        error_s = max(block.clock.error_s for block in chunk.blocks)
        made = {}
        for index in chunk.components:
            counted = to_counts(samples[:, index], self._counts_per_m_s2[index])
            codes = self.codes[index]
            stretch = Stretch(codes, chunk.start_ns, self._rate_hz, counted.stored, error_s)
            made[index] = pack(stretch, self.form, marks_of(chunk, index)), counted
        return made


def codes_of(station: StationSection, channel: str) -> Codes:
    """Return the codes of a channel as SDS and source identifiers can have them."""
    network, name = station.network.replace("_", "-"), station.station.replace("_", "-")
    return network, name, station.location, channel


def _stated_rate_hz(chunk: Chunk, stated_hz: float) -> float:
    """Return the rate to state: the last one where it is right enough, else the chunk's own."""
    true_hz = chunk.count / ns_to_seconds(chunk.end_ns - chunk.start_ns)
    if abs(stated_hz / true_hz - 1) * chunk.count <= _SAMPLES_OFF:
        return stated_hz
    return float(f"{true_hz:.{_DIGITS}g}")
