"""Profiles are found in a checkout and in an installed wheel."""

from pathlib import Path

import pytest

from edge import resources


@pytest.mark.parametrize("inside", ["edge/firmware_configs", "firmware_configs"])
def test_profiles_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    """Inside the package in a wheel, beside it in a checkout."""
    folder = tmp_path / inside / "sensors"
    folder.mkdir(parents=True)
    (tmp_path / "edge").mkdir(exist_ok=True)
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "edge")

    assert folder == resources.firmware_configs("sensors")
