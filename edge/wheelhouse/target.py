"""What the wheels are for: processor, Python and C library of a station.

Markers and tags are those of the target, never of the machine that builds: pip itself evaluates
the markers of what it downloads for the Python that it runs under.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, get_args

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

Platform = Literal["aarch64", "x86_64"]
PythonVersion = Literal["3.11", "3.12", "3.13"]
PLATFORMS: Final[tuple[str, ...]] = get_args(Platform)
PYTHONS: Final[tuple[str, ...]] = get_args(PythonVersion)

_OLDEST_GLIBC: Final = {"aarch64": 17, "x86_64": 5}
"""Minor version of the first glibc 2 that manylinux names for the processor (PEP 600)."""
_NEWEST_GLIBC: Final = 28
"""Ubuntu 20.04 on a Jetson has 2.31, Raspberry Pi OS 12 has 2.36: 2.28 runs on all of them."""
_OLD_NAMES: Final = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


@dataclass(frozen=True)
class Target:
    """A kind of station."""

    platform: Platform = "aarch64"
    """What `uname -m` says there."""
    python: PythonVersion = "3.13"
    """That of the system; 3.13 is that of Raspberry Pi OS 13 (Trixie)."""

    @property
    def interpreter(self) -> str:
        """Return the tag of the interpreter, such as cp313."""
        return "cp" + self.python.replace(".", "")

    @property
    def name(self) -> str:
        """Return what a folder for it may be called."""
        return f"{self.platform}-{self.interpreter}"

    @cached_property
    def platform_tags(self) -> tuple[str, ...]:
        """Return the platform tags that run there, the newest C library first."""
        tags = []
        for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC[self.platform] - 1, -1):
            tags.append(f"manylinux_2_{minor}_{self.platform}")
            if minor in _OLD_NAMES:
                tags.append(f"{_OLD_NAMES[minor]}_{self.platform}")
        return (*tags, f"linux_{self.platform}")

    @cached_property
    def tags(self) -> frozenset[Tag]:
        """Return all wheel tags that run there."""
        major, minor = map(int, self.python.split("."))
        own = cpython_tags((major, minor), platforms=self.platform_tags)
        pure = compatible_tags((major, minor), self.interpreter, self.platform_tags)
        return frozenset([*own, *pure])

    def fits(self, wheel: str) -> bool:
        """Tell whether a wheel, by its file name, runs there."""
        try:
            *_, tags = parse_wheel_filename(wheel)
        except InvalidWheelFilename:
            return False
        return not self.tags.isdisjoint(tags)

    def environment(self) -> dict[str, str]:
        """Return the values of the markers there (PEP 508)."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.platform,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }

    def pip_arguments(self) -> list[str]:
        """Return what makes `pip download` choose wheels for it, whatever it runs under."""
        platforms = [word for tag in self.platform_tags for word in ("--platform", tag)]
        return [
            "--only-binary=:all:",
            "--implementation=cp",
            f"--python-version={self.python}",
            *platforms,
        ]
