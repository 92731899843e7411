"""Every exception that `training` raises on purpose.

TremorError (edge.errors)
└── TrainingError
    ├── DataError      recordings are missing or not as their description says
    ├── RunError       a run folder cannot be continued or quantised
    └── ExportError    a network does not pass the gates of the exporter
"""

from pathlib import Path

from edge.errors import TremorError


class TrainingError(TremorError):
    """Base of what the trainer raises on purpose."""


class DataError(TrainingError):
    """Recordings are missing or not as their description says."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class RunError(TrainingError):
    """A run folder cannot be continued or quantised."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        self.reason = reason
        super().__init__(f"run {folder}: {reason}")


class ExportError(TrainingError):
    """A network does not pass the gates of the exporter."""

    def __init__(self, network: str, reason: str) -> None:
        self.network = network
        self.reason = reason
        super().__init__(f"{network} is not exported: {reason}")
