"""The kit's lock: one version of each package, tested together.

It lies beside `edge` in a checkout, and inside it in a wheel, so that an installed agent knows the
versions that belong to it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from edge.errors import WheelhouseError
from edge.wheelhouse.target import Target

NAME = "constraints.txt"
_PACKAGE = Path(__file__).resolve().parents[1]


def kit_lock() -> Path:
    """Return the lock that came with the kit."""
    installed = _PACKAGE / NAME
    return installed if installed.is_file() else _PACKAGE.parent / NAME


@dataclass(frozen=True)
class Lock:
    """Versions for one target."""

    path: Path
    sha256: str
    pins: Mapping[NormalizedName, Version]

    @classmethod
    def read(cls, path: Path, target: Target) -> Self:
        """Read the pins that hold for a target.

        Args:
            path: Lines `name==version ; marker`, as `uv pip compile --universal` writes them.
            target: Decides the markers.

        Raises:
            WheelhouseError: The file cannot be read, or a line is not one exact version.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise WheelhouseError(str(path), f"the lock cannot be read ({error})") from error
        pins: dict[NormalizedName, Version] = {}
        for number, line in enumerate(content.decode().splitlines(), 1):
            text = line.partition("#")[0].strip()
            if text:
                name, version, holds = _pin(text, f"{path}, line {number}", target)
                if holds:
                    pins[name] = version
        return cls(path, hashlib.sha256(content).hexdigest(), pins)

    def version(self, wanted: Requirement, whose: str) -> Version:
        """Return the version that stands for a requirement.

        Args:
            wanted: Of a package.
            whose: That package, for the error.

        Raises:
            WheelhouseError: The lock does not have it, or has one that does not do.
        """
        version = self.pins.get(canonicalize_name(wanted.name))
        if version is None:
            raise WheelhouseError(
                wanted.name,
                f"{whose} needs it and {self.path} does not have it; write the lock anew",
            )
        if not wanted.specifier.contains(version, prereleases=True):
            raise WheelhouseError(
                wanted.name,
                f"{whose} needs {wanted}, {self.path} has {version}; write the lock anew",
            )
        return version


def _pin(text: str, where: str, target: Target) -> tuple[NormalizedName, Version, bool]:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise WheelhouseError(where, f"{text!r} is no requirement ({error})") from error
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version:
        raise WheelhouseError(where, f"{text!r} is not one exact version, name==version")
    marker = requirement.marker
    holds = marker is None or marker.evaluate(target.environment())
    return canonicalize_name(requirement.name), Version(specifiers[0].version), holds
