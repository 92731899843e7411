"""The wire contract: one pydantic model a message, and the topics they travel on."""

from edge.messages.alarm import Alarm
from edge.messages.base import Message
from edge.messages.clock import ClockSource, ClockState
from edge.messages.event import (
    Arrival,
    Ellipsoid,
    Event,
    EventMethod,
    EventStatus,
    MagnitudeEstimate,
    StationShaking,
)
from edge.messages.health import (
    AlarmHealth,
    ArchiveHealth,
    ComponentNoise,
    Health,
    NoiseLevel,
    NoiseSpectrum,
    NoiseVerdict,
    ThresholdHealth,
)
from edge.messages.state import ModelIdentity, State
from edge.messages.trigger import (
    DetectorReport,
    GrownDisplacement,
    Phase,
    QualityFlag,
    Trigger,
    TriggerStatus,
)

__all__ = [
    "Alarm",
    "AlarmHealth",
    "ArchiveHealth",
    "Arrival",
    "ClockSource",
    "ClockState",
    "ComponentNoise",
    "DetectorReport",
    "Ellipsoid",
    "Event",
    "EventMethod",
    "EventStatus",
    "GrownDisplacement",
    "Health",
    "MagnitudeEstimate",
    "Message",
    "ModelIdentity",
    "NoiseLevel",
    "NoiseSpectrum",
    "NoiseVerdict",
    "Phase",
    "QualityFlag",
    "State",
    "StationShaking",
    "ThresholdHealth",
    "Trigger",
    "TriggerStatus",
]
