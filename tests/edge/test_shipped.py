"""Bundles that came with the agent are found by name, the newest first."""

from pathlib import Path

import pytest

from edge.bundle import shipped
from edge.bundle.shipped import find_bundle, shipped_bundle, shipped_bundles
from edge.errors import BundleError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of bundles that stands for the agent's own."""
    names = ("cred-2", "tremor_stream-9", "tremor_stream-10", "tremor_stream-2", "volcano_tcn-1")
    for name in names:
        (tmp_path / f"{name}.tremor").touch()
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    return tmp_path


def test_newest_is_by_number_not_by_letter(folder: Path) -> None:
    """Version 10 comes after version 9."""
    assert folder / "tremor_stream-10.tremor" == shipped_bundle()


def test_a_station_runs_tremor_stream_whatever_else_is_there(folder: Path) -> None:
    """More bundles in the folder change nothing for a station that asks for none."""
    (folder / "zzz-99.tremor").touch()

    assert "tremor_stream-10.tremor" == shipped_bundle().name


@pytest.mark.parametrize(
    ("wanted", "file"),
    [("cred", "cred-2"), ("tremor_stream", "tremor_stream-10"), ("tremor_stream-2",) * 2],
)
def test_name_means_the_newest_unless_it_has_a_version(
    wanted: str, file: str, folder: Path
) -> None:
    """`cred` is the newest of them, `tremor_stream-2` that very one."""
    assert folder / f"{file}.tremor" == find_bundle(Path(wanted))


@pytest.mark.parametrize("path", ["mine.tremor", "models/cred", "/models/cred-2.tremor"])
def test_path_is_left_alone(path: str, folder: Path) -> None:
    """What has a separator or a suffix is a file."""
    assert Path(path) == find_bundle(Path(path))


def test_unknown_name_lists_what_is_there(folder: Path) -> None:
    """With the nearest name first."""
    with pytest.raises(BundleError, match="did you mean 'cred'") as caught:
        find_bundle(Path("crde"))

    assert "cred, tremor_stream, volcano_tcn" in str(caught.value)


def test_empty_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without models says so."""
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)

    assert [] == shipped_bundles()
    with pytest.raises(BundleError, match="no bundle was installed"):
        shipped_bundle()
