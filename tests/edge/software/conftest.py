"""A repository made once, and copies of it: keys and signatures take a while."""

import copy
import shutil
from pathlib import Path

import pytest

from cloud.release.repository import Repository
from tests.updates import Release


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return Release(tmp_path_factory.mktemp("software") / "repository")


@pytest.fixture
def release(_made: Release, tmp_path: Path) -> Release:
    """Return an empty repository; it may be changed."""
    folder = tmp_path / "repository"
    shutil.copytree(_made.repository.folder, folder)
    release = copy.copy(_made)
    release.repository = Repository(folder)
    return release
