"""MQTT topics: `tremor/v1/<network>/<station>/<kind>` and `tremor/v1/event/<event id>`."""

ROOT = "tremor/v1"
ALL_STATIONS = f"{ROOT}/+/+/+"
ALL_EVENTS = f"{ROOT}/event/+"
ALL_ALARMS = f"{ROOT}/alarm/+"
"""The centre's alarms on stations; a station's own alarm is a kind of its topics."""

STATION_WRITES = ("state", "health", "trigger", "alarm", "reply", "waveform/+")
"""Kinds that a station publishes, and nobody else."""
STATION_READS = ("command",)
"""Kinds that a station subscribes to; the centre publishes them."""


def station_topic(network: str, station: str, kind: str) -> str:
    """Return the topic on which a station publishes `state`, `trigger` and so on."""
    return f"{ROOT}/{network}/{station}/{kind}"


def event_topic(event_id: str) -> str:
    """Return the retained topic of one event."""
    return f"{ROOT}/event/{event_id}"


def alarm_topic(alarm_id: str) -> str:
    """Return the retained topic of one of the centre's alarms on stations."""
    return f"{ROOT}/alarm/{alarm_id}"


def split_station_topic(topic: str) -> tuple[str, str, str] | None:
    """Return network, station and kind of a station's topic, or None for any other topic."""
    parts = topic.split("/")
    if len(parts) != len(ROOT.split("/")) + 3 or "/".join(parts[:2]) != ROOT:
        return None
    network, station, kind = parts[2:]
    return network, station, kind
