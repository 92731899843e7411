"""Every exception that `cloud` raises on purpose.

    TremorError (edge.errors)
    ├── AuthorityError        the authority for stations' certificates cannot be used
    ├── BrokenMessageError    a station's message is none; it is counted and dropped
    ├── CommandSendingError   a command cannot be sent to stations
    ├── CommandUsageError     a command makes no sense (a ConfigError)
    ├── BrokerStartError      the embedded broker cannot listen
    ├── EnrolmentRefusedError a station gets no certificate
    ├── NoEventError          the demonstration was to end with an event, and none came
    ├── PickerError           the deep picker cannot pick at the moment
    ├── QueryError            a query of a web service gets no data
    │   ├── BadQueryError     it makes no sense
    │   ├── NoDataError       nothing fits it
    │   └── TooMuchError      the answer would be too large
    ├── ReleaseError          the repository for stations cannot be changed, signed or published
    ├── RepickError           an archive cannot be picked into a file
    ├── SimulationError       broker or centre of a simulation do not start
    ├── StoreError            the database cannot be opened
    ├── VelocityModelError    a velocity model cannot be read or makes no sense
    └── WebAddressError       the page cannot be served where it should

A broken trigger never raises here: the aggregator counts it and goes on.
"""

from pathlib import Path

from edge.errors import ConfigError, TremorError


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


class QueryError(TremorError):
    """A query of a web service that gets no data.

    Attributes:
        status: HTTP status.
        title: What HTTP calls it.
        reason: In a sentence.
    """

    status = 500
    title = "Internal Server Error"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class BadQueryError(QueryError):
    """The query makes no sense."""

    status = 400
    title = "Bad Request"


class TooMuchError(QueryError):
    """The answer would be too large."""

    status = 413
    title = "Request Entity Too Large"


class NoDataError(QueryError):
    """Nothing fits the query.

    Args:
        status: 204 or 404, as the client wishes.
    """

    title = "Not Found"

    def __init__(self, status: str) -> None:
        super().__init__("No data fits the query.")
        self.status = int(status)


class SimulationError(TremorError):
    """A simulation cannot be played.

    Attributes:
        reason: What does not start or work, and what to do.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"simulation: {reason}")


class PickerError(TremorError):
    """The deep picker cannot pick at the moment.

    Attributes:
        picker: Its name, or that of what it was to pick.
        reason: What happened, and what to do.
    """

    def __init__(self, picker: str, reason: str) -> None:
        self.picker = picker
        self.reason = reason
        super().__init__(f"picker {picker}: {reason}")


class ReleaseError(TremorError):
    """The repository of networks for stations cannot be changed, signed or published.

    Attributes:
        subject: File, role or setting.
        reason: What is wrong, value seen, what to do.
    """

    def __init__(self, subject: str, reason: str) -> None:
        self.subject = subject
        self.reason = reason
        super().__init__(f"release: {subject}: {reason}")


class RepickError(TremorError):
    """An archive cannot be picked into a file.

    Attributes:
        place: Archive or file.
        reason: What is wrong with it, and what to do.
    """

    def __init__(self, place: Path, reason: str) -> None:
        self.place = place
        self.reason = reason
        super().__init__(f"{place}: {reason}")


class CommandSendingError(TremorError):
    """A command cannot be sent to stations.

    Attributes:
        broker: Host and port.
        reason: What happened.
    """

    def __init__(self, broker: str, reason: str) -> None:
        self.broker = broker
        self.reason = reason
        super().__init__(f"broker at {broker}: {reason}; is [mqtt] of the centre's file right?")


class CommandUsageError(ConfigError):
    """What an operator wants of stations makes no sense.

    Attributes:
        reason: What is wrong, the value seen, what to give.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(None, [reason])


class AuthorityError(TremorError):
    """The authority for stations' certificates cannot be made, opened or used.

    Attributes:
        subject: File, folder or setting.
        reason: What is wrong, value seen, what to do.
    """

    def __init__(self, subject: str, reason: str) -> None:
        self.subject = subject
        self.reason = reason
        super().__init__(f"authority: {subject}: {reason}")


class EnrolmentRefusedError(TremorError):
    """A station gets no certificate.

    Attributes:
        told: What it is told; little to whoever showed no true secret.
        why: What the audit says.
        station: NETWORK/STATION, where a true secret shows whose it is.
    """

    def __init__(self, told: str, why: str | None = None, station: str | None = None) -> None:
        self.told = told
        self.why = why or told
        self.station = station
        super().__init__(self.why)


class RolloutError(TremorError):
    """A rollout cannot be started, changed or gone on with.

    Attributes:
        rollout: Its id.
        reason: What is wrong, the state seen, what to do.
    """

    def __init__(self, rollout: str, reason: str) -> None:
        self.rollout = rollout
        self.reason = reason
        super().__init__(f"rollout {rollout}: {reason}")
