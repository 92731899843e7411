"""Tags and markers are those of the station, not of this machine."""

import inspect
import typing

import pytest

from edge.cli import wheelhouse as command
from edge.wheelhouse import DEFAULT_LIMIT_MB, PLATFORMS, PYTHONS, Target

_PI = Target("aarch64", "3.13")


@pytest.mark.parametrize(
    ("file", "runs"),
    [
        ("a-1-py3-none-any.whl", True),
        ("a-1-py2.py3-none-any.whl", True),
        ("a-1-cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64.whl", True),
        ("a-1-cp313-cp313-manylinux_2_28_aarch64.whl", True),
        ("a-1-cp310-abi3-manylinux2014_aarch64.whl", True),
        ("a-1-cp313-cp313-linux_aarch64.whl", True),
        ("a-1-cp313-cp313-manylinux_2_34_aarch64.whl", False),
        ("a-1-cp313-cp313-manylinux_2_17_x86_64.whl", False),
        ("a-1-cp312-cp312-manylinux_2_17_aarch64.whl", False),
        ("a-1-cp313-cp313t-manylinux_2_17_aarch64.whl", False),
        ("a-1-cp313-cp313-musllinux_1_2_aarch64.whl", False),
        ("a-1-cp313-cp313-macosx_11_0_arm64.whl", False),
        ("a-1.tar.gz", False),
    ],
)
def test_wheel_fits_by_its_tags(file: str, *, runs: bool) -> None:
    """Processor, Python, ABI and C library must be those of the station or older."""
    assert runs == _PI.fits(file)


def test_old_names_of_the_c_library_are_known() -> None:
    """On x86-64 there are wheels from the time before aarch64."""
    assert Target("x86_64", "3.11").fits("a-1-cp311-cp311-manylinux1_x86_64.whl")
    assert not _PI.fits("a-1-cp313-cp313-manylinux1_aarch64.whl")


def test_markers_are_those_of_the_station() -> None:
    """Whatever Python and processor build the folder."""
    environment = Target("aarch64", "3.12").environment()

    assert ("aarch64", "3.12", "linux") == tuple(
        environment[key] for key in ("platform_machine", "python_version", "sys_platform")
    )


def test_command_offers_all_targets() -> None:
    """The command line has its own list, so that --help needs no package."""
    hints = typing.get_type_hints(command)

    assert PLATFORMS == typing.get_args(hints["platform"])
    assert PYTHONS == typing.get_args(hints["python"])


def test_command_has_the_same_limit() -> None:
    """The size that the module states."""
    assert DEFAULT_LIMIT_MB == inspect.signature(command).parameters["limit_mb"].default


def test_folder_name_says_what_it_is_for() -> None:
    """Processor and interpreter."""
    assert "aarch64-cp313" == _PI.name
