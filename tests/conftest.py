"""Fixtures that every test may use."""

from pathlib import Path

import pytest

_PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def project_root() -> Path:
    """Return the root of the checkout."""
    return _PROJECT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real recordings; skips where a checkout has none."""
    folder = _PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}")
    return folder
