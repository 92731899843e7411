"""What a station knows of its own clock: every block of samples and every trigger carries it."""

from enum import StrEnum

from pydantic import Field

from edge.messages.base import Message


class ClockSource(StrEnum):
    """Where the time comes from, best first."""

    GNSS_PPS = "gnss-pps"
    NTP = "ntp"
    RTC = "rtc"
    FREE_RUN = "free-run"


class ClockState(Message):
    """The clock's state at one moment."""

    source: ClockSource = Field(description="Where the time comes from")
    offset_s: float = Field(
        default=0.0, description="Correction that was added to the device's own time, seconds"
    )
    error_s: float = Field(ge=0, description="Estimated error of a sample time, one sigma, seconds")
    age_s: float | None = Field(
        default=None, ge=0, description="Seconds since the last synchronisation, if known"
    )
    keeper: str | None = Field(
        default=None, description="Who says so: chrony, gpsd or kernel; None where the device does"
    )

    def with_error(self, error_s: float) -> "ClockState":
        """Return the same state with another estimated error; every block of samples asks."""
        return ClockState(
            source=self.source,
            offset_s=self.offset_s,
            error_s=error_s,
            age_s=self.age_s,
            keeper=self.keeper,
        )
