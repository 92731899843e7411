"""Files that came with the agent to begin with: stations, settings, systems, services."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from edge.errors import ConfigError
from edge.resources import firmware_configs


@dataclass(frozen=True, slots=True)
class Example:
    """One file."""

    name: str
    path: Path

    @property
    def title(self) -> str:
        """What its first line says it is."""
        first, *_ = self.text.splitlines()
        return first.lstrip("# ").split(". ")[0].rstrip(".")

    @property
    def text(self) -> str:
        """The whole file."""
        return self.path.read_text()


def examples() -> list[Example]:
    """Return what came with the agent: stations by their source, settings, systems, units."""
    stations = sorted(firmware_configs("stations").glob("*.toml"))
    settings = sorted(firmware_configs("settings").glob("*.toml"))
    systems = sorted(firmware_configs("images").glob("*.toml"))
    units = sorted(firmware_configs("systemd").glob("*.service"))
    files = [Example(one.stem, one) for one in [*stations, *settings, *systems]]
    return files + [Example(one.name, one) for one in units]


def find_example(name: str) -> Example:
    """Return an example by its name.

    Raises:
        ConfigError: There is none of that name; says which there are.
    """
    known = {example.name: example for example in examples()}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    raise ConfigError(None, [f"no example {name!r}; {meant}"])
