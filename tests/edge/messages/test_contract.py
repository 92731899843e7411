"""The wire contract: what every reader and writer may count on."""

import json

import pytest
from pydantic import ValidationError

from edge.messages import (
    ClockSource,
    ClockState,
    DetectorReport,
    Event,
    EventStatus,
    Health,
    Message,
    Phase,
    State,
    Trigger,
    TriggerStatus,
)
from edge.messages.topics import event_topic, split_station_topic, station_topic

_CLOCK = ClockState(source=ClockSource.NTP, offset_s=0.001, error_s=0.01, age_s=64.0)
_TRIGGER = Trigger(
    id="XX.KARA1.00-20200130T065133.25Z",
    revision=2,
    status=TriggerStatus.UPDATE,
    network="XX",
    station="KARA1",
    channels=("HNZ", "HNN", "HNE"),
    latitude=46.9,
    longitude=7.4,
    onset=1_580_367_093_250_000_000,
    onset_uncertainty_s=0.05,
    phase=Phase.P,
    probabilities={"noise": 0.1, "P": 0.8, "S": 0.1},
    detectors=(DetectorReport(name="sta_lta", version="1", score=9.0, threshold=6.0, fired=True),),
    window_s=2.0,
    pga_m_s2=0.05,
    clock=_CLOCK,
    sent=1_580_367_095_500_000_000,
)
_EVENT = Event(
    id="tk20200130abc",
    revision=0,
    status=EventStatus.DECLARED,
    origin_time=1_580_367_089_000_000_000,
    latitude=46.8,
    longitude=7.5,
    depth_km=10.0,
    horizontal_uncertainty_km=4.0,
    stations=("XX.KARA1",),
    first_published=1_580_367_095_600_000_000,
    published=1_580_367_095_600_000_000,
)
_HEALTH = Health(
    network="XX",
    station="KARA1",
    time=1_580_367_095_600_000_000,
    packets=10,
    packets_dropped=0,
    gaps=0,
    outbox_depth=0,
    triggers=0,
)
_MESSAGES = {
    "trigger": _TRIGGER,
    "event": _EVENT,
    "health": _HEALTH,
    "state": State(online=False, network="XX", station="KARA1"),
}


@pytest.mark.parametrize("kind", _MESSAGES)
def test_message_survives_the_wire(kind: str) -> None:
    """What is read equals what was written."""
    message = _MESSAGES[kind]

    assert message == type(message).from_wire(message.to_wire())


@pytest.mark.parametrize("kind", _MESSAGES)
def test_unknown_field_is_ignored(kind: str) -> None:
    """A newer writer's extra field does not stop an older reader."""
    message: Message = _MESSAGES[kind]
    wire = json.loads(message.to_wire()) | {"from_the_future": {"a": 1}}

    assert message == type(message).from_wire(json.dumps(wire))


_LIES = {
    "latitude beyond the pole": {"latitude": 91.0},
    "negative acceleration": {"pga_m_s2": -0.1},
    "infinite uncertainty": {"onset_uncertainty_s": float("inf")},
    "unknown phase": {"phase": "PKiKP"},
    "revision below zero": {"revision": -1},
    "no clock": {"clock": None},
    "station code with a slash": {"station": "A/B"},
    "station code with a wildcard": {"station": "+"},
    "empty id": {"id": ""},
    "time that is none": {"onset": "noon"},
}


@pytest.mark.parametrize("lie", _LIES)
def test_impossible_trigger_is_refused(lie: str) -> None:
    """A trigger with an impossible value never becomes a message."""
    wire = json.loads(_TRIGGER.to_wire()) | _LIES[lie]

    with pytest.raises(ValidationError):
        Trigger.from_wire(json.dumps(wire))


def test_messages_cannot_be_changed() -> None:
    """A message that was validated stays valid."""
    with pytest.raises(ValidationError):
        _TRIGGER.revision = 3  # type: ignore[misc]


def test_topics_are_those_of_the_contract() -> None:
    """Stations and events have their fixed places."""
    assert "tremor/v1/XX/KARA1/trigger" == station_topic("XX", "KARA1", "trigger")
    assert "tremor/v1/event/tk1" == event_topic("tk1")


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("tremor/v1/XX/KARA1/health", ("XX", "KARA1", "health")),
        ("tremor/v1/event/tk1", None),
        ("tremor/v2/XX/KARA1/health", None),
        ("other/v1/XX/KARA1/health", None),
        ("tremor/v1/XX/KARA1/waveform/7", None),
    ],
)
def test_station_topics_are_told_from_others(
    topic: str, expected: tuple[str, str, str] | None
) -> None:
    """Only network, station and kind make a station topic."""
    assert expected == split_station_topic(topic)
