"""Whose samples are kept, and where."""

from pathlib import Path

import pytest

from edge.archive.place import archive_folder, keeps_archive, kept
from edge.archive.reader import ArchiveReader
from edge.config import StationConfig
from edge.sources import SyntheticConfig
from edge.station import open_station

PLACE = {"network": "XX", "station": "KARA1", "latitude": 46.9, "longitude": 7.4}
SYNTHETIC = {"type": "synthetic", "latitude": 46.9, "longitude": 7.4, "duration_s": 40.0}
RECORDING = {"type": "openeew", "paths": "somewhere"}


def _config(source: dict[str, object], state: Path, **archive: object) -> StationConfig:
    return StationConfig.model_validate(
        {
            "station": PLACE,
            "source": source,
            "archive": archive,
            "state_dir": state,
            "detection": {"model": {"enabled": False}},
        }
    )


@pytest.mark.parametrize(
    ("source", "archive", "expected"),
    [
        (SYNTHETIC, {}, True),
        (RECORDING, {}, False),
        (SYNTHETIC, {"enabled": False}, False),
        (RECORDING, {"enabled": True}, True),
    ],
)
def test_a_sensor_is_kept_and_a_recording_is_not(
    tmp_path: Path, source: dict[str, object], archive: dict[str, object], *, expected: bool
) -> None:
    """Unless the operator says otherwise."""
    assert expected == keeps_archive(_config(source, tmp_path, **archive))


def test_it_lies_in_the_state_directory_or_where_it_is_told(tmp_path: Path) -> None:
    """A folder of one's own takes its place."""
    assert tmp_path / "archive" == archive_folder(_config(SYNTHETIC, tmp_path))
    disk = tmp_path / "disk"
    assert disk == archive_folder(_config(SYNTHETIC, tmp_path, folder=str(disk)))


def test_what_the_pipeline_gets_is_kept_as_long_as_the_context_lasts(tmp_path: Path) -> None:
    """Every sample, and whole counts of them."""
    config = _config(SYNTHETIC, tmp_path, keep_free_bytes=0)
    assert isinstance(config.source, SyntheticConfig)
    station = open_station(config)
    with kept(station) as running:
        for packet in running.source.packets():
            running.pipeline.push(packet)
        assert running.archive is not None
        assert running.health(0, 0).archive is not None

    blocks = list(ArchiveReader(archive_folder(config)).read(0, 2**62))
    entries = list(ArchiveReader(archive_folder(config)).entries(0, 2**62))
    assert running.pipeline.time_base.counters.samples_in == sum(len(b.samples) for b in blocks)
    assert all(piece.counts_per_m_s2 for entry in entries for piece in entry.pieces)


def test_without_an_archive_nothing_is_made(tmp_path: Path) -> None:
    """Neither a folder nor a health report."""
    station = open_station(_config(SYNTHETIC, tmp_path, enabled=False))
    with kept(station) as running:
        assert running.archive is None
        assert running.health(0, 0).archive is None
    assert [] == list(tmp_path.iterdir())
