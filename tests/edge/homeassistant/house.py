"""A Home Assistant as far as templates and topics go: it renders as that one does."""

import json
import re
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

UNKNOWN = "None"
"""What Home Assistant shows as unknown."""
_ENVIRONMENT = ImmutableSandboxedEnvironment()
_TOPIC = re.compile(
    r"(?P<component>\w+)/(?:(?P<node_id>[a-zA-Z0-9_-]+)/)?(?P<object_id>[a-zA-Z0-9_-]+)/config"
)


class This:
    """The entity as it was."""

    def __init__(self, state: str = "unknown") -> None:
        self.state = state


class House:
    """Knows one device by its discovery message, and the states of its entities."""

    def __init__(self, topic: str, payload: bytes, prefix: str = "homeassistant") -> None:
        match = _TOPIC.fullmatch(topic.removeprefix(f"{prefix}/"))
        assert match is not None, topic
        assert "device" == match["component"]
        self.message: dict[str, Any] = json.loads(payload)
        self.components: dict[str, dict[str, Any]] = self.message["components"]
        self.states: dict[str, str] = dict.fromkeys(self.components, "unknown")
        self.available: bool | None = None

    def take(self, topic: str, payload: bytes) -> None:
        """Take a message as every entity of its topic does."""
        for one in self.message["availability"]:
            if one["topic"] == topic:
                self.available = "online" == self.render(one["value_template"], payload)
        for key, component in self.components.items():
            if component["state_topic"] == topic:
                told = self.render(component["value_template"], payload, self.states[key])
                self.states[key] = told or self.states[key]  # an empty one is ignored

    @staticmethod
    def render(template: str, payload: bytes, state: str = "unknown") -> str:
        """Render a template with a message."""
        value = json.loads(payload)
        made = _ENVIRONMENT.from_string(template)
        return made.render(value_json=value, value=payload.decode(), this=This(state)).strip()
