"""From chunks to miniSEED records: codes, stated rate, headers; for the archive and for servers."""

import numpy as np

from edge.archive.chunk import Chunk
from edge.archive.config import ArchiveFormat
from edge.archive.counts import Counted, to_counts
from edge.archive.marks import marks_of
from edge.archive.rate import StatedRate
from edge.archive.records import Codes, Stretch, fits_version_2, pack
from edge.config import StationSection
from edge.sources.base import SourceDescription
from edge.timestamps import ns_to_seconds


class Recorder:
    """Makes one station's records, chunk after chunk.

    Args:
        station: Its codes.
        source: Channels, nominal rate and sensitivity.
        form: Version of miniSEED; codes too long for version 2 are written in version 3.

    Attributes:
        codes: Network, station, location and channel of Z, N and E.
        form: The version that is written.
        rate: Chooses the rate that records state.
    """

    def __init__(
        self, station: StationSection, source: SourceDescription, form: ArchiveFormat
    ) -> None:
        self.codes = tuple(codes_of(station, channel) for channel in source.channels)
        fits = all(fits_version_2(codes) for codes in self.codes)
        self.form = form if fits else ArchiveFormat.MINISEED_3
        self._counts_per_m_s2 = source.counts_per_m_s2 or (None, None, None)
        self.rate = StatedRate(source.nominal_rate_hz)

    def records(self, chunk: Chunk) -> dict[int, tuple[list[bytes], Counted]]:
        """Return the records of each component of a chunk, and what is stored in them.

        Raises:
            PacketError: miniSEED has no room for the codes or the time.
        """
        span_s = ns_to_seconds(chunk.end_ns - chunk.start_ns)
        rate_hz = self.rate.update(chunk.count, span_s)
        samples = np.concatenate([block.samples for block in chunk.blocks])
        error_s = max(block.clock.error_s for block in chunk.blocks)
        made = {}
        for index in chunk.components:
            counted = to_counts(samples[:, index], self._counts_per_m_s2[index])
            stretch = Stretch(self.codes[index], chunk.time_ns, rate_hz, counted.stored, error_s)
            made[index] = pack(stretch, self.form, marks_of(chunk, index)), counted
        return made


def codes_of(station: StationSection, channel: str) -> Codes:
    """Return the codes of a channel as SDS and source identifiers can have them."""
    network, name = station.network.replace("_", "-"), station.station.replace("_", "-")
    return network, name, station.location, channel
