"""All that a wheel needs, at the versions of the lock."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from edge.errors import WheelhouseError
from edge.wheelhouse.lock import Lock
from edge.wheelhouse.target import Target
from edge.wheelhouse.unneeded import needed
from edge.wheelhouse.wheel import Wheel

Fetch = Callable[[Sequence[str], Target, Path], None]
"""Downloads pins such as `numpy==2.5.5` for a target into a folder."""
Say = Callable[[str], None]
"""Tells a person how far the work is."""


class Closure:
    """Wheels that need each other; grows a round at a time until nothing is missing.

    Args:
        target: What the wheels are for.
        lock: Which versions.
        folder: Where the files lie.
        fetch: How they get there.
        station: Leave out what a station never imports.
    """

    def __init__(
        self, target: Target, lock: Lock, folder: Path, fetch: Fetch, *, station: bool = False
    ) -> None:
        self._target = target
        self._lock = lock
        self._folder = folder
        self._fetch = fetch
        self._station = station
        self._wheels: dict[NormalizedName, Wheel] = {}
        self._met: set[tuple[NormalizedName, str]] = set()

    def add(self, wheel: Wheel) -> None:
        """Take a wheel that lies in the folder already."""
        self._wheels[wheel.name] = wheel

    def complete(self, wanted: Iterable[Requirement], whose: str, say: Say) -> list[Wheel]:
        """Fetch what is wanted, and what that needs.

        Args:
            wanted: Where to begin.
            whose: Who wants it, for errors.
            say: Told before each round.

        Returns:
            All wheels, by file name.

        Raises:
            WheelhouseError: The lock lacks a package, or a wheel cannot be had.
        """
        open_needs = [(requirement, whose) for requirement in wanted]
        while open_needs:
            missing = sorted({self._pin(*need) for need in open_needs if self._lacks(need[0])})
            if missing:
                packages = "package" if len(missing) == 1 else "packages"
                say(f"{len(missing)} {packages}: {', '.join(missing)}")
                self._fetch(missing, self._target, self._folder)
                self._take_new(missing)
            open_needs = [further for need in open_needs for further in self._needs(need[0])]
        return sorted(self._wheels.values(), key=lambda wheel: wheel.path.name)

    def _lacks(self, requirement: Requirement) -> bool:
        return canonicalize_name(requirement.name) not in self._wheels

    def _pin(self, requirement: Requirement, whose: str) -> str:
        version = self._lock.version(requirement, whose)
        return f"{canonicalize_name(requirement.name)}=={version}"

    def _take_new(self, pins: Sequence[str]) -> None:
        found = {w.name: w for w in map(Wheel.read, sorted(self._folder.glob("*.whl")))}
        for pin in pins:
            name = canonicalize_name(pin.partition("==")[0])
            if name not in found:
                raise WheelhouseError(pin, f"pip brought no wheel of it to {self._folder}")
            self._wheels[name] = found[name]

    def _needs(self, met: Requirement) -> list[tuple[Requirement, str]]:
        """Return what a requirement brings in that was not looked at yet, each with its cause."""
        wheel = self._wheels[canonicalize_name(met.name)]
        fresh = [e for e in ("", *sorted(met.extras)) if (wheel.name, e) not in self._met]
        self._met.update((wheel.name, extra) for extra in fresh)
        if not fresh:
            return []
        asked = wheel.needs(self._target, fresh)
        wanted = needed(wheel.name, asked) if self._station else asked
        return [(requirement, wheel.path.name) for requirement in wanted]
