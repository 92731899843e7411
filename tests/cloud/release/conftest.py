"""A repository with one network, made once."""

import copy
import shutil
from pathlib import Path

import pytest

from cloud.release.repository import Repository
from tests.updates import Release, bundle_of


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("release")
    release = Release(folder / "repository")
    release.offer(bundle_of(folder, 2))
    return release


@pytest.fixture
def release(_made: Release, tmp_path: Path) -> Release:
    """Return a published repository with the network loudness 2; it may be changed."""
    folder = tmp_path / "repository"
    shutil.copytree(_made.repository.folder, folder)
    own = copy.copy(_made)
    own.repository = Repository(folder)
    return own
