"""One station close up."""

from pydantic import Field

from cloud.board.latency import Percentiles
from cloud.board.picture import StationView


class StationDetail(StationView):
    """One station as it stands, with what is known of it beyond its last messages."""

    reports: Percentiles = Field(description="From the time of a health report to its arrival")
    trigger_messages: Percentiles = Field(
        description="From the sending of a trigger's revision to its arrival"
    )
    nlnm_db: tuple[float | None, ...] = Field(
        description="Peterson's New Low Noise Model at the octaves of its spectrum, "
        "dB rel. 1 (m/s2)^2/Hz"
    )
    nhnm_db: tuple[float | None, ...] = Field(description="The New High Noise Model there")
    normal_noise_m_s2: float | None = Field(
        description="Rms noise of the noisiest tenth of the hours of the last week, m/s2"
    )
    disk_full_days: float | None = Field(description="Days until its disk is full, as it goes")
