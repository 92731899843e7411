"""Releases of this very kit go over the air onto a running station: real processes throughout."""

from pathlib import Path

from edge.config import ReplaySection
from edge.mqtt import MqttConfig
from edge.update.record import End
from tests.edge.software.builder import NEXT, offer, release_of
from tests.edge.software.field import Field
from tests.edge.update.field import served
from tests.updates import Release, station_config

QUICK = {
    "software": True,
    "software_free_bytes": 0,
    "every_s": 1.0,
    "quiet_s": 0.0,
    "healthy_s": 1.0,
    "deadline_s": 120.0,
}


def _station(folder: Path, release: Release, url: str, **changes: object) -> Field:
    config = station_config(folder, release.root, **{"url": url, **QUICK, **changes})
    broker = MqttConfig(port=1, retry_max_s=0.5)
    pace = ReplaySection(speed=4.0)
    return Field(folder, config.model_copy(update={"mqtt": broker, "replay": pace}))


async def test_a_good_release_is_committed(release: Release, tmp_path: Path) -> None:
    """Fetched, unpacked, rehearsed, on probation, committed; the process stays the same."""
    sha256 = offer(release, release_of())
    async with served(release.repository.folder) as url:
        station = _station(tmp_path, release, url)
        async with station.running() as process:
            record = await station.until(lambda record: record.committed is not None)
            assert process.returncode is None

    assert record.committed is not None
    assert (NEXT, sha256) == (record.committed.version, record.committed.sha256)
    assert record.last is not None
    assert End.COMMITTED is record.last.end
    assert record.candidate is None
