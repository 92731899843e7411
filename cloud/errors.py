"""Every exception that `cloud` raises on purpose.

    TremorError (edge.errors)
    ├── BrokenMessageError    a station's message is none; it is counted and dropped
    ├── BrokerStartError      the embedded broker cannot listen
    ├── NoEventError          the demonstration was to end with an event, and none came
    ├── StoreError            the database cannot be opened
    ├── VelocityModelError    a velocity model cannot be read or makes no sense
    └── WebAddressError       the page cannot be served where it should

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


class StoreError(TremorError):
    """The centre's database cannot be opened."""

    def __init__(self, where: str, reason: str) -> None:
        self.where = where
        self.reason = reason
        super().__init__(f"database {where}: {reason}")


class WebAddressError(TremorError):
    """The page cannot be served at its address."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host = host
        self.port = port
        self.reason = reason
        super().__init__(
            f"page at {host}:{port}: {reason}; choose another port, 0 for any that is free"
        )


class NoEventError(TremorError):
    """The demonstration was to end with one event, and none came."""

    def __init__(self, reason: str, details: list[str]) -> None:
        self.reason = reason
        self.details = details
        super().__init__("\n".join([f"no event: {reason}", *details]))
