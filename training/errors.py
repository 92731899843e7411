"""Every exception that `training` raises on purpose.

TremorError (edge.errors)
└── TrainingError
    ├── DataError      recordings are missing or not as their description says
    ├── BrokenRecordError   one row or record is broken; it is counted and dropped
    ├── RecipeError    a file of training parameters is missing or wrong
    ├── RunError       a run folder cannot be continued or quantised
    ├── DivergedError  the loss of a training is no number any more
    ├── UnknownNetworkError  no network of the zoo has this name
    ├── ReproductionError  a published protocol cannot be run
    └── ExportError    a network does not pass the gates of the exporter
"""

from pathlib import Path

from edge.errors import TremorError


class TrainingError(TremorError):
    """Base of what the trainer raises on purpose."""


class DataError(TrainingError):
    """Recordings are missing or not as their description says."""

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class BrokenRecordError(TrainingError):
    """One row or record is broken: counted, told once, dropped; the reader goes on."""

    def __init__(self, place: str, reason: str, seen: str = "") -> None:
        self.place = place
        self.reason = reason
        self.seen = seen
        super().__init__(f"{place}: {reason}" + (f" ({seen})" if seen else ""))


class RecipeError(TrainingError):
    """A file of training parameters is missing or wrong."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"recipe {path}: {reason}")


class RunError(TrainingError):
    """A run folder cannot be continued or quantised."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        self.reason = reason
        super().__init__(f"run {folder}: {reason}")


class DivergedError(TrainingError):
    """The loss of a training is no number any more."""

    def __init__(self, network: str, epoch: int, step: int, learning_rate: float) -> None:
        self.network = network
        self.epoch = epoch
        self.step = step
        self.learning_rate = learning_rate
        super().__init__(
            f"training of {network} diverged: the loss is no number in epoch {epoch}, step {step}; "
            f"name another folder and a lower --learning-rate than {learning_rate:g}"
        )


class ExportError(TrainingError):
    """A network does not pass the gates of the exporter."""

    def __init__(self, network: str, reason: str) -> None:
        self.network = network
        self.reason = reason
        super().__init__(f"{network} is not exported: {reason}")


class ReproductionError(TrainingError):
    """A published protocol cannot be run."""

    def __init__(self, network: str, reason: str) -> None:
        self.network = network
        self.reason = reason
        super().__init__(f"{network} is not reproduced: {reason}")


class UnknownNetworkError(TrainingError):
    """No network of the zoo has this name."""

    def __init__(self, name: str, known: tuple[str, ...], nearest: str | None) -> None:
        self.name = name
        self.known = known
        self.nearest = nearest
        meant = f"; did you mean {nearest!r}?" if nearest else ""
        super().__init__(f"no network is called {name!r}{meant} There are: {', '.join(known)}")
