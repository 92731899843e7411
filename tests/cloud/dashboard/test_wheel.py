"""The build hook: a wheel carries the page, an editable install does not wait for it."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("hatchling", reason="Hatch builds in an environment of its own")


@pytest.fixture
def hook(project_root: Path) -> ModuleType:
    """Return the hook's module, loaded as Hatch loads it."""
    spec = importlib.util.spec_from_file_location("hatch_build", project_root / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("version", "expected"), [("standard", ["built"]), ("editable", [])], ids=str
)
def test_only_a_real_wheel_builds_the_page(
    hook: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    version: str,
    expected: list[str],
) -> None:
    """A developer's install needs no npm; a wheel is never without its page."""
    built: list[str] = []
    fake = ModuleType("fake")
    fake.build = lambda: built.append("built")  # type: ignore[attr-defined]
    monkeypatch.setattr(hook, "_load_build", lambda _: fake)
    dashboard = hook.DashboardBuildHook(str(tmp_path), {}, None, None, str(tmp_path), "wheel")
    dashboard.initialize(version, {})

    assert expected == built


def test_the_script_is_loaded_by_its_path(hook: ModuleType, project_root: Path) -> None:
    """The package is not installed while it is built: its path is all there is."""
    module = hook._load_build(project_root / "cloud" / "dashboard" / "build.py")

    assert callable(module.build)
