"""Every exception that `cloud` raises on purpose.

    TremorError (edge.errors)
    ├── BrokenMessageError    a station's message is none; it is counted and dropped
    ├── BrokerStartError      the embedded broker cannot listen
    └── VelocityModelError    a velocity model cannot be read or makes no sense

A broken trigger never raises here: the aggregator counts it and goes on.
"""

from edge.errors import TremorError


class VelocityModelError(TremorError):
    """A velocity model is refused.

    Attributes:
        place: File, or name of the model, and line or row where known.
        reason: What is wrong, the value seen, what to do.
    """

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        self.reason = reason
        super().__init__(f"velocity model {place}: {reason}")


class BrokerStartError(TremorError):
    """The embedded broker cannot listen where it was told to."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host = host
        self.port = port
        self.reason = reason
        super().__init__(f"broker at {host}:{port}: {reason}")


class BrokenMessageError(TremorError):
    """A message of a station is broken; it is counted and dropped, the reader goes on."""

    def __init__(self, topic: str, reason: str) -> None:
        self.topic = topic
        self.reason = reason
        super().__init__(f"message on {topic}: {reason}")
