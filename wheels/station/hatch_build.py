"""Metadata hook: what the station's wheel needs stands in the kit's own `pyproject.toml`."""

import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class StationMetadataHook(MetadataHookInterface):
    """Takes over the dependencies of every command, and those of the extra `edge`."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in what is dynamic.

        Args:
            metadata: The table `[project]`.
        """
        kit = tomllib.loads((Path(self.root).parents[1] / "pyproject.toml").read_text())["project"]
        metadata["dependencies"] = kit["dependencies"]
        metadata["optional-dependencies"] = {"edge": kit["optional-dependencies"]["edge"]}
