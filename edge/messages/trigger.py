"""A trigger: one station saw something begin. One id for its whole life, revisions counted."""

from enum import StrEnum

from pydantic import Field

from edge.messages.base import Code, Latitude, LocationCode, Longitude, Message
from edge.messages.clock import ClockState
from edge.timestamps import Timestamp


class TriggerStatus(StrEnum):
    """Where a trigger stands in its life."""

    PRELIMINARY = "preliminary"
    UPDATE = "update"
    FINAL = "final"
    RETRACTED = "retracted"


class Phase(StrEnum):
    """The seismic phase that an onset is taken for."""

    P = "P"
    S = "S"
    UNKNOWN = "unknown"


class QualityFlag(StrEnum):
    """What is wrong with the data under a trigger."""

    CLIPPED = "clipped"
    GAP = "gap"
    MISSING_COMPONENT = "missing-component"
    STUCK = "stuck"
    TILT = "tilt"
    STEP = "step"


class DetectorReport(Message):
    """What one detector saw at this trigger, whether it fired or not."""

    name: str = Field(description="sta_lta, or the model's name")
    version: str = Field(description="Version of the detector or model bundle")
    sha256: str | None = Field(default=None, description="Hash of the model bundle")
    scheme: str | None = Field(default=None, description="Quantisation: int8, int16 or float32")
    score: float = Field(description="Ratio of STA to LTA, or the network's highest probability")
    threshold: float = Field(description="The score at which this detector fires")
    fired: bool = Field(description="The score reached the threshold")
    time: Timestamp | None = Field(default=None, description="When it fired, if it did")


class GrownDisplacement(Message):
    """Peak vertical displacement of a longer stretch since the onset; P alone up to S."""

    window_s: float = Field(gt=0, description="Length of the stretch, s")
    pd_m: float = Field(ge=0)


class Trigger(Message):
    """A detected onset at one station, with the ground motion measured since."""

    id: str = Field(min_length=1, max_length=64, description="Stays the same through all revisions")
    revision: int = Field(ge=0, description="Counts up from 0; the highest one seen holds")
    status: TriggerStatus
    network: Code
    station: Code
    location: LocationCode = "00"
    channels: tuple[str, ...] = Field(description="SEED channel codes, vertical first")
    latitude: Latitude
    longitude: Longitude
    elevation_m: float = 0.0
    onset: Timestamp
    onset_uncertainty_s: float = Field(ge=0)
    phase: Phase
    probabilities: dict[str, float] = Field(
        default_factory=dict, description="The network's noise, P and S at onset; empty without one"
    )
    detectors: tuple[DetectorReport, ...] = ()
    window_s: float = Field(ge=0, description="Seconds of data since the onset in this revision")
    pga_m_s2: float | None = Field(default=None, ge=0)
    pgv_m_s: float | None = Field(default=None, ge=0)
    pd_m: float | None = Field(default=None, ge=0, description="Peak vertical displacement of P")
    pd_growth: tuple[GrownDisplacement, ...] = Field(
        default=(), max_length=16, description="The same over longer windows, once they are whole"
    )
    tau_c_s: float | None = Field(default=None, ge=0)
    jma_intensity: float | None = None
    mmi: float | None = None
    clock: ClockState
    quality: tuple[QualityFlag, ...] = ()
    exercise: bool = Field(default=False, description="A drill; can never make a real event")
    sent: Timestamp
