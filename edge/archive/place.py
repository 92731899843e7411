"""Whether a station keeps an archive, and where."""

from pathlib import Path

from edge.config import StationConfig


def archive_folder(config: StationConfig) -> Path:
    """Return the root of a station's SDS tree, whether it is kept or not."""
    return config.archive.folder or config.state_dir / "archive"


def keeps_archive(config: StationConfig) -> bool:
    """Tell whether a station keeps its samples: a sensor's, unless told otherwise."""
    if config.archive.enabled is not None:
        return config.archive.enabled
    return "paths" not in type(config.source).model_fields
