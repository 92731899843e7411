"""Whether a station keeps an archive, where, and keeping it while the station runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from edge.config import StationConfig
from edge.station import Station


def archive_folder(config: StationConfig) -> Path:
    """Return the root of a station's SDS tree, whether it is kept or not."""
    return config.archive.folder or config.state_dir / "archive"


def keeps_archive(config: StationConfig) -> bool:
    """Tell whether a station keeps its samples: a sensor's, unless told otherwise."""
    if config.archive.enabled is not None:
        return config.archive.enabled
    return "paths" not in type(config.source).model_fields


@contextmanager
def kept(station: Station) -> Iterator[Station]:
    """Keep a station's samples, where it is set up so, as long as the context lasts.

    Raises:
        MissingExtraError: The package that writes miniSEED is not installed.
    """
    if not keeps_archive(station.config):
        yield station
        return
    from edge.archive.archive import Archive  # noqa: PLC0415 - needs pymseed

    config = station.config
    archive = Archive(
        archive_folder(config), config.archive, config.station, station.source.describe()
    )
    station.pipeline.taps.append(archive.push)
    try:
        yield replace(station, archive=archive)
    finally:
        archive.close()
