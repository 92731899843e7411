"""The entities of a station: which message they read, and the template that reads it.

A template is Home Assistant's: Jinja with the message as `value_json`. What a message does not
know is null there and becomes `None`, which Home Assistant shows as unknown; a template that
renders nothing leaves a sensor of numbers, and a binary sensor, as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from edge.messages import NoiseVerdict

_STALE_S: Final = 60
"""Six health reports: after that a number is old."""
_SHAKES_S: Final = 30
"""A trigger that got no last word is over after that."""

_WORST_FIRST: Final = [str(verdict) for verdict in reversed(list(NoiseVerdict))]
_ON_OFF: Final = "{{{{ 'ON' if {} else 'OFF' }}}}"


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity."""

    key: str
    """Part of its unique id; never changed."""
    platform: str
    """`sensor` or `binary_sensor`."""
    name: str
    kind: str
    """The last part of the topic that it reads."""
    template: str
    options: Mapping[str, object] = field(default_factory=dict)
    """What else Home Assistant wants to know."""


def _diagnostic(**options: object) -> dict[str, object]:
    return {"entity_category": "diagnostic", **options}


def _of_health(**options: object) -> dict[str, object]:
    return _diagnostic(state_class="measurement", expire_after=_STALE_S, **options)


ENTITIES: Final[tuple[Entity, ...]] = (
    Entity(
        "shaking", "binary_sensor", "Trigger", "trigger",
        "{% if not value_json.exercise %}"
        "{{ 'OFF' if value_json.status == 'retracted' else 'ON' }}{% endif %}",
        {"device_class": "vibration", "off_delay": _SHAKES_S},
    ),
    Entity(
        "last_trigger", "sensor", "Last trigger", "trigger",
        "{% if not value_json.exercise %}{{ value_json.onset }}"
        "{% elif this.state in ['unknown', 'unavailable'] %}{{ none }}"
        "{% else %}{{ this.state }}{% endif %}",
        {"device_class": "timestamp"},
    ),
    Entity(
        "intensity", "sensor", "JMA intensity", "trigger",
        "{% if not value_json.exercise and value_json.jma_intensity is not none %}"
        "{{ value_json.jma_intensity }}{% endif %}",
        {"state_class": "measurement", "suggested_display_precision": 1},
    ),
    Entity(
        "pga", "sensor", "Peak acceleration", "trigger",
        "{% if not value_json.exercise and value_json.pga_m_s2 is not none %}"
        "{{ value_json.pga_m_s2 }}{% endif %}",
        {
            "state_class": "measurement",
            "unit_of_measurement": "m/s²",
            "suggested_display_precision": 3,
        },
    ),
    Entity(
        "noise", "sensor", "Noise", "health",
        "{% if value_json.noise %}"
        "{{ (value_json.noise | map(attribute='rms_m_s2') | max * 1000) | round(3) }}"
        "{% else %}{{ none }}{% endif %}",
        _of_health(unit_of_measurement="mm/s²"),
    ),
    Entity(
        "site", "sensor", "Site", "health",
        "{% if value_json.spectrum %}"
        "{% set words = value_json.spectrum.components | map(attribute='verdict') | list %}"
        f"{{{{ {_WORST_FIRST} | select('in', words) | first | default(none) }}}}"
        "{% else %}{{ none }}{% endif %}",
        _diagnostic(device_class="enum", options=_WORST_FIRST, expire_after=_STALE_S),
    ),
    Entity(
        "latency", "sensor", "Latency", "health",
        "{{ value_json.latency_s }}",
        _of_health(device_class="duration", unit_of_measurement="s", suggested_display_precision=1),
    ),
    Entity(
        "clock_error", "sensor", "Clock error", "health",
        "{% if value_json.clock %}{{ (value_json.clock.error_s * 1000) | round(1) }}"
        "{% else %}{{ none }}{% endif %}",
        _of_health(device_class="duration", unit_of_measurement="ms"),
    ),
    Entity(
        "rate", "sensor", "Sampling rate", "health",
        "{{ value_json.sampling_rate_hz }}",
        _of_health(
            device_class="frequency", unit_of_measurement="Hz", suggested_display_precision=2
        ),
    ),
    Entity(
        "temperature", "sensor", "Sensor temperature", "health",
        "{{ value_json.temperature_c }}",
        _of_health(device_class="temperature", unit_of_measurement="°C"),
    ),
    Entity(
        "outbox", "sensor", "Waiting for the broker", "health",
        "{{ value_json.outbox_depth }}",
        _of_health(),
    ),
    Entity(
        "triggers", "sensor", "Triggers", "health",
        "{{ value_json.triggers }}",
        _diagnostic(state_class="total_increasing", expire_after=_STALE_S),
    ),
    Entity(
        "quality", "binary_sensor", "Samples", "health",
        _ON_OFF.format("value_json.quality"),
        _diagnostic(device_class="problem", expire_after=_STALE_S),
    ),
    Entity(
        "connection", "binary_sensor", "Connection", "state",
        _ON_OFF.format("value_json.online"),
        # It says itself that the station is away, so it must not be unavailable then.
        _diagnostic(device_class="connectivity", availability=[]),
    ),
)  # fmt: skip

ALARM: Final = Entity(
    "alarm", "binary_sensor", "Alarm", "alarm",
    _ON_OFF.format("value_json.ringing"),
    {"device_class": "safety"},
)  # fmt: skip
"""Only of a station with an alarm."""
