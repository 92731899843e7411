"""docs/dashboard.md says what there is."""

from pathlib import Path

from cloud.board import Board
from cloud.board.condition import ConditionConfig
from cloud.board.picture import Condition
from cloud.dashboard import build
from cloud.web import WebConfig, create_app


def test_every_path_is_in_the_documentation(project_root: Path) -> None:
    """A route that nobody can look up does not exist."""
    text = (project_root / "docs" / "dashboard.md").read_text()
    paths = create_app(Board(), lambda: 0).openapi()["paths"]

    assert [] == [path for path in paths if f"`{path}`" not in text]


def test_every_condition_and_limit_is_in_the_documentation(project_root: Path) -> None:
    """What makes a station degraded or offline is said with its number."""
    text = (project_root / "docs" / "dashboard.md").read_text()
    limits = ConditionConfig()

    assert [] == [condition for condition in Condition if f"| {condition} |" not in text]
    assert f"silent for {limits.silence_s:.0f} s" in text
    assert f"uncertain by {limits.clock_error_s} s" in text
    assert f"more than {limits.latency_s:.0f} s late" in text
    assert f"{limits.outbox_depth} or more messages waiting" in text
    assert f"{WebConfig().streams} streams are served" in text


def test_the_build_command_is_in_the_documentation(project_root: Path) -> None:
    """The command of the page that is missing is the one that the documentation gives."""
    text = (project_root / "docs" / "dashboard.md").read_text()

    assert f"python {Path(build.__file__).relative_to(project_root)}" in text
