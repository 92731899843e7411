"""A station's own alarm, told at once and retained: whoever comes later knows how it stands."""

from pydantic import Field

from edge.messages.base import Code, LocationCode, Message
from edge.timestamps import Timestamp


class Alarm(Message):
    """How a station's alarm stands."""

    network: Code
    station: Code
    location: LocationCode = "00"
    ringing: bool
    time: Timestamp | None = Field(
        default=None, description="When it began to ring last, by the data's clock"
    )
    trigger: str | None = Field(default=None, description="Id of the trigger that it rings for")
    onset: Timestamp | None = None
    pga_m_s2: float | None = Field(default=None, ge=0, description="Since the onset, when it began")
    jma_intensity: float | None = None
    exercise: bool = Field(default=False, description="A drill")
