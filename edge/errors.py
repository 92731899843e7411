"""Every exception that `edge` raises on purpose.

    TremorError
    ├── ConfigError          a setting is wrong; says file, key, value and the nearest valid name
    ├── MissingExtraError    a command needs an optional part of the kit
    ├── SourceError          a source cannot deliver at all (no such file, no such device)
    ├── PacketError          one packet, record or line is broken; the source goes on
    ├── BundleError          a model bundle is refused
    ├── RuntimeUnavailableError   no inference runtime for this network on this machine
    ├── ArithmeticProofError this processor computes wrong; nothing that it says can be believed
    ├── OutboxError          the outbox cannot keep a message
    ├── ExplainError         nothing is kept of a time that is to be explained
    ├── CommandError         a command cannot be done; whoever sent it is told why
    ├── WatchError           a running agent cannot be watched
    ├── ChangesError         changes of the configuration from afar cannot be kept, read or made
    ├── WheelhouseError      a folder of wheels for stations cannot be built
    ├── ProvisionError       a card or an image for a station cannot be made
    ├── FlashError           an image cannot be written to a card
    ├── AlarmError           an action of the local alarm cannot be done; all else goes on
    ├── UpdateError          a network over the air cannot be looked for, fetched or kept; try later
    ├── UpdateRefusedError   a network over the air is refused for good
    ├── EnrolError           a station gets no certificate now; try later
    ├── EnrolRefusedError    the centre refuses a station a certificate
    └── PublishRefusedError  the broker acknowledged a message only to refuse it

Each carries its data as attributes, so that a caller never has to parse the text.
"""

from pathlib import Path


class TremorError(Exception):
    """Base of every error that the kit raises on purpose."""


class ConfigError(TremorError):
    """A configuration is wrong.

    Attributes:
        path: The file, or None where the value came from an option.
        problems: One text a problem: key path, value seen, what to do.
    """

    def __init__(self, path: Path | None, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        where = f"{path}: " if path is not None else ""
        super().__init__("\n".join(f"{where}{problem}" for problem in problems))


class MissingExtraError(TremorError):
    """A command needs packages of an extra that is not installed."""

    def __init__(self, extra: str, package: str) -> None:
        self.extra = extra
        self.package = package
        super().__init__(
            f"this needs {package!r}, which is not installed; "
            f"mend it with: pip install 'tremorkit[{extra}]'"
        )


class SourceError(TremorError):
    """A source cannot deliver: what, where, and what to do."""

    def __init__(self, source: str, place: str, reason: str) -> None:
        self.source = source
        self.place = place
        self.reason = reason
        super().__init__(f"source {source!r} at {place}: {reason}")


class PacketError(TremorError):
    """One packet, record or line is broken; it is counted and dropped, the source goes on."""

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        self.reason = reason
        super().__init__(f"{place}: {reason}")


class BundleError(TremorError):
    """A model bundle is refused; the station goes on with STA/LTA alone."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"model bundle {path}: {reason}")


class RuntimeUnavailableError(TremorError):
    """No installed inference runtime can run this network."""

    def __init__(self, wanted: str, tried: dict[str, str]) -> None:
        self.wanted = wanted
        self.tried = tried
        reasons = "; ".join(f"{name}: {why}" for name, why in tried.items())
        super().__init__(f"no runtime for {wanted} ({reasons or 'none tried'})")


class ArithmeticProofError(TremorError):
    """This processor computes wrong.

    Attributes:
        difference: Largest difference between a filter and what it should give; inputs are about 1.
    """

    def __init__(self, difference: float) -> None:
        self.difference = difference
        super().__init__(
            f"matrix products are wrong on this processor (a filter is off by {difference:.3g}): "
            "its BLAS does not fit it; set OPENBLAS_CORETYPE, such as ARMV8, or install another "
            "NumPy. A station would trigger on nothing"
        )


class OutboxError(TremorError):
    """The outbox cannot keep a message on disk."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"outbox {path}: {reason}")


class PublishRefusedError(TremorError):
    """The broker has a message and refuses it, for want of rights or of room."""

    def __init__(self, topic: str, reason: str) -> None:
        self.topic = topic
        self.reason = reason
        super().__init__(f"the broker refuses a message on {topic}: {reason}")


class ExplainError(TremorError):
    """What the station saw at a time cannot be told: nothing is kept of it."""


class CommandError(TremorError):
    """A command cannot be done; whoever sent it is told why."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"{name}: {reason}")


class WheelhouseError(TremorError):
    """A folder of wheels for stations cannot be built: which part, why, what to do."""

    def __init__(self, subject: str, reason: str) -> None:
        self.subject = subject
        self.reason = reason
        super().__init__(f"wheelhouse: {subject}: {reason}")


class ProvisionError(TremorError):
    """A card or an image for a station cannot be made: which part, why, what to do."""

    def __init__(self, subject: str, reason: str) -> None:
        self.subject = subject
        self.reason = reason
        super().__init__(f"provision: {subject}: {reason}")


class FlashError(TremorError):
    """An image cannot be written to a device: which, why, what to do.

    Attributes:
        reasons: One text a problem.
    """

    def __init__(self, device: str, reasons: list[str]) -> None:
        self.device = device
        self.reasons = reasons
        super().__init__("\n".join(f"flash: {device}: {reason}" for reason in reasons))


class ChangesError(TremorError):
    """Changes of the configuration from afar cannot be kept, read or made.

    Attributes:
        path: The file that keeps them, or None where it is the change itself.
    """

    def __init__(self, path: Path | None, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} {reason}" if path is not None else reason)


class AlarmError(TremorError):
    """An action of the local alarm cannot be done; detection and the other actions go on."""

    def __init__(self, action: str, reason: str) -> None:
        self.action = action
        self.reason = reason
        super().__init__(f"alarm.{action}: {reason}")


class WatchError(TremorError):
    """A running agent cannot be watched: where it was looked for, and why."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class UpdateError(TremorError):
    """An update cannot go on now; the station runs what it ran, and tries again later.

    Attributes:
        stage: `clock`, `lock`, `repository`, `files` or `settings`.
        reason: What, value seen, what to do.
    """

    def __init__(self, stage: str, reason: str) -> None:
        self.stage = stage
        self.reason = reason
        super().__init__(f"update: {stage}: {reason}")


class UpdateRefusedError(TremorError):
    """A network over the air is refused for good, by what it is."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"update refused: {reason}")


class EnrolError(TremorError):
    """A station gets no certificate now; it detects on, and tries again later.

    Attributes:
        stage: `token`, `clock`, `files`, `authority`, `centre` or `answer`.
        reason: What, value seen, what to do.
    """

    def __init__(self, stage: str, reason: str) -> None:
        self.stage = stage
        self.reason = reason
        super().__init__(f"enrolment: {stage}: {reason}")


class EnrolRefusedError(TremorError):
    """The centre refuses a station a certificate.

    Attributes:
        reason: In the centre's words.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"enrolment refused by the centre: {reason}")
