"""The short-lived process: what it takes, what it refuses, what it costs."""

import os
from pathlib import Path

import pytest

from edge.update.record import Phase
from edge.update.updater import Report, UpdateRun
from tests.updates import BASE, MemoryFetcher, Release, bundle_of, station_config


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Return a repository without models."""
    return Release(tmp_path / "repository")


def look(release: Release, folder: Path, **changes: object) -> tuple[Report, MemoryFetcher]:
    """Let a station look once."""
    folder.mkdir(exist_ok=True)
    fetcher = MemoryFetcher(release.repository.folder)
    config = station_config(folder, release.root, **changes)
    report = UpdateRun(config, BASE, fetcher).run()
    return report, fetcher


def test_a_first_install_takes_eight_requests(release: Release, tmp_path: Path) -> None:
    """From nothing to a network that is proven on this processor, ready for the shadow."""
    bundle = bundle_of(tmp_path / "b")
    release.offer(bundle)

    report, fetcher = look(release, tmp_path / "s")

    candidate = report.record.candidate
    assert candidate is not None, report
    assert (Phase.SHADOW, "loudness", 2) == (candidate.phase, candidate.name, candidate.version)
    kept = tmp_path / "s/state/update/models" / f"{candidate.sha256}.tremor"
    assert bundle.read_bytes() == kept.read_bytes()
    assert 8 >= fetcher.requests, fetcher.asked


def test_an_idle_look_is_one_request_without_content(release: Release, tmp_path: Path) -> None:
    """Nothing changed: one question, no byte of an answer, and nothing is written."""
    look(release, tmp_path / "s")
    record = (tmp_path / "s/state/update/record.json").stat().st_mtime_ns

    report, fetcher = look(release, tmp_path / "s")

    assert report.unchanged
    assert (1, 0) == (fetcher.requests, fetcher.received)
    assert record == (tmp_path / "s/state/update/record.json").stat().st_mtime_ns


@pytest.mark.usefixtures("no_preflight")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_fetched_belongs_to_the_agent(release: Release, tmp_path: Path) -> None:
    """A technician types sudo; the agent must read and replace all of it afterwards."""
    release.offer(bundle_of(tmp_path / "b"))
    state = tmp_path / "s/state"
    state.mkdir(parents=True)
    os.chown(state, 12345, 12345)

    look(release, tmp_path / "s")

    strangers = [path for path in state.rglob("*") if path.lstat().st_uid != 12345]
    assert [] == strangers
