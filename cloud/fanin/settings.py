"""What a worker is told: one line of JSON over the pair of sockets, so that no secret shows."""

import json

from pydantic import BaseModel, ConfigDict

from edge.mqtt import MqttConfig, Protocol


class WorkerSettings(BaseModel):
    """What a worker is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mqtt: MqttConfig
    client_id: str
    """The same over a restart: the broker keeps the worker's messages under it."""
    group: str
    json_logs: bool

    def to_line(self) -> bytes:
        """Return the line."""
        fields = self.model_dump(mode="json")
        if self.mqtt.password is not None:
            fields["mqtt"]["password"] = self.mqtt.password.get_secret_value()
        return json.dumps(fields).encode() + b"\n"

    def broker(self) -> MqttConfig:
        """Return the broker's settings; shared subscriptions exist in version 5 only."""
        return self.mqtt.model_copy(update={"protocol": Protocol.V5, "client_id": None})
