"""A repository made once, and copies of it: keys and signatures take a while."""

import copy
import shutil
from pathlib import Path

import pytest

from cloud.release.repository import Repository
from edge.update import child, settings_part
from tests.updates import Release, bundle_of


class Offered:
    """A repository that offers one network to all.

    Attributes:
        release: The repository.
        good: The network.
        sha256: Its hash.
    """

    def __init__(self, release: Release, good: Path, sha256: str) -> None:
        self.release = release
        self.good = good
        self.sha256 = sha256


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Offered:
    folder = tmp_path_factory.mktemp("updates")
    release = Release(folder / "repository")
    good = bundle_of(folder / "good", 2)
    return Offered(release, good, release.offer(good).sha256)


@pytest.fixture
def offered(_made: Offered, tmp_path: Path) -> Offered:
    """Return a repository that offers a good network, version 2, to all; it may be changed."""
    folder = tmp_path / "repository"
    shutil.copytree(_made.release.repository.folder, folder)
    release = copy.copy(_made.release)
    release.repository = Repository(folder)
    return Offered(release, _made.good, _made.sha256)


@pytest.fixture
def no_preflight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every network pass its preflight at once: a process of its own takes seconds."""
    monkeypatch.setattr(child, "run_child", lambda *_: {})


@pytest.fixture(scope="session")
def _bare(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return Release(tmp_path_factory.mktemp("settings") / "repository")


@pytest.fixture
def trusted(_bare: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """Return a repository that offers nothing yet; settings on trial are looked at at once."""
    monkeypatch.setattr(settings_part, "_LOOK_S", 0.001)
    folder = tmp_path / "repository"
    shutil.copytree(_bare.repository.folder, folder)
    release = copy.copy(_bare)
    release.repository = Repository(folder)
    return release
