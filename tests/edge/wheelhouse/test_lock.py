"""The lock gives each target one version of each package."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from edge.errors import WheelhouseError
from edge.wheelhouse.lock import Lock, kit_lock
from edge.wheelhouse.target import PYTHONS, Target
from edge.wheelhouse.wheel import Wheel
from tests.edge.wheelhouse.wheels import write_wheel

_LINES = """\
# a comment
numpy==1.26.4 ; python_full_version < '3.12'
numpy==2.5.5 ; python_full_version >= '3.12'
ml-dtypes==0.6.0
"""


def _lock(tmp_path: Path, text: str = _LINES, python: str = "3.13") -> Lock:
    path = tmp_path / "constraints.txt"
    path.write_text(text)
    return Lock.read(path, Target("aarch64", python))


@pytest.mark.parametrize(("python", "version"), [("3.11", "1.26.4"), ("3.13", "2.5.5")])
def test_markers_choose_the_version(python: str, version: str, tmp_path: Path) -> None:
    """By the station's Python, not by the one that reads."""
    lock = _lock(tmp_path, python=python)

    assert Version(version) == lock.version(Requirement("numpy>=1"), "a test")


def test_name_is_found_in_any_spelling(tmp_path: Path) -> None:
    """ml_dtypes and ml-dtypes are one package."""
    assert Version("0.6.0") == _lock(tmp_path).version(Requirement("ml_dtypes"), "a test")


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [("absent", "does not have it"), ("numpy<2", r"has 2\.5\.5")],
)
def test_lock_that_does_not_do_is_told_with_who_needs_what(
    wanted: str, reason: str, tmp_path: Path
) -> None:
    """The error names package, cause and remedy."""
    with pytest.raises(WheelhouseError, match=rf"wheel\.whl needs .*{reason}.*anew"):
        _lock(tmp_path).version(Requirement(wanted), "wheel.whl")


@pytest.mark.parametrize("line", ["numpy>=2", "numpy", "numpy==2.*", "numpy==1,==2", "!!"])
def test_line_that_is_no_version_is_told_with_its_number(line: str, tmp_path: Path) -> None:
    """A lock that leaves a choice is none."""
    with pytest.raises(WheelhouseError, match="line 2"):
        _lock(tmp_path, f"# first\n{line}\n")


def test_missing_lock_is_told(tmp_path: Path) -> None:
    """No traceback of the system."""
    with pytest.raises(WheelhouseError, match="cannot be read"):
        Lock.read(tmp_path / "none", Target())


@pytest.mark.parametrize("python", PYTHONS)
def test_lock_of_the_kit_has_what_a_station_needs(python: str, project_root: Path) -> None:
    """Each package that pyproject.toml names for the station, in a version that it allows."""
    import tomllib  # noqa: PLC0415 - this test alone

    project = tomllib.loads((project_root / "pyproject.toml").read_text())["project"]
    lock = Lock.read(kit_lock(), Target("aarch64", python))

    for line in [*project["dependencies"], *project["optional-dependencies"]["edge"]]:
        lock.version(Requirement(line), "the kit")


def test_extra_of_a_wheel_brings_its_needs(tmp_path: Path) -> None:
    """Without the extra they are not needed; markers are the station's."""
    path = write_wheel(
        tmp_path,
        "kit",
        needs=["a", "b ; extra == 'edge'", "c ; platform_machine == 'riscv64'", "d ; extra == 'x'"],
    )
    wheel = Wheel.read(path)

    assert ["a"] == [r.name for r in wheel.needs(Target())]
    assert ["a", "b"] == [r.name for r in wheel.needs(Target(), ["edge"])]


@pytest.mark.parametrize("name", ["a-1-py3-none-any.whl", "a.whl"])
def test_file_that_is_no_wheel_is_told(name: str, tmp_path: Path) -> None:
    """By its name or by its content."""
    (tmp_path / name).write_bytes(b"nothing")

    with pytest.raises(WheelhouseError, match="no readable wheel"):
        Wheel.read(tmp_path / name)
