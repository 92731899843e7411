"""Build hook: a wheel carries the built page; an editable install leaves it to `build.py`."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardBuildHook(BuildHookInterface):
    """Builds `cloud/dashboard/static` before the wheel's files are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page where it is not up to date.

        Args:
            version: `standard` or `editable`.
            build_data: What else to tell Hatch; not needed.
        """
        del build_data
        if version != "editable":
            _load_build(Path(self.root) / "cloud" / "dashboard" / "build.py").build()


def _load_build(path: Path) -> ModuleType:
    """Import the script by its path: the package itself is not installed while it is built."""
    spec = importlib.util.spec_from_file_location("tremorkit_dashboard_build", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
