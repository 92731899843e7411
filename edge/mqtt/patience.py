"""Waiting longer than configured, where the line is slow.

On a line that takes five seconds and loses every third packet, no answer comes within the usual
time, and connecting again and again only adds to the load. So each attempt that ended for want of
an answer doubles the times that are waited, up to eight times what the configuration says, and a
connection that held halves them.
"""

from typing import Final

from edge.mqtt.config import MqttConfig

MOST: Final = 8.0
"""Times the configured waiting."""
STEADY_S: Final = 60.0
"""A connection that held so long says that the waiting was long enough."""


class Patience:
    """How long is waited for a broker.

    Args:
        config: The times of a line that is not slow.
    """

    def __init__(self, config: MqttConfig) -> None:
        self._config = config
        self._factor = 1.0

    @property
    def config(self) -> MqttConfig:
        """The configuration with the times that are to be waited now."""
        if self._factor == 1.0:
            return self._config
        return self._config.model_copy(
            update={
                "connect_timeout_s": self._config.connect_timeout_s * self._factor,
                "ack_timeout_s": self._config.ack_timeout_s * self._factor,
            }
        )

    def unanswered(self) -> None:
        """Take note that nothing came in time."""
        self._factor = min(2 * self._factor, MOST)

    def held(self, seconds: float) -> None:
        """Take note that a connection held so long."""
        if seconds >= STEADY_S:
            self._factor = max(self._factor / 2, 1.0)
