"""docs/dashboard.md says what there is."""

import re
from pathlib import Path

from cloud.board import Board
from cloud.board.limits import ConditionConfig
from cloud.board.picture import Condition
from cloud.config import ServiceConfig, load_service_config
from cloud.dashboard import build
from cloud.holdings import open_holdings
from cloud.web import Behind, WebConfig, create_app


def test_every_path_is_in_the_documentation(project_root: Path, tmp_path: Path) -> None:
    """A route that nobody can look up does not exist."""
    pages = [project_root / "docs" / name for name in ("dashboard.md", "aggregator.md")]
    text = "".join(page.read_text() for page in pages)
    with open_holdings(ServiceConfig(state_dir=tmp_path)) as holdings:
        behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, 1_000_000)
        paths = create_app(Board(), lambda: 0, behind=behind).openapi()["paths"]

    assert [] == [path for path in paths if f"`{path}`" not in text]


def test_the_files_of_the_documentation_are_read(project_root: Path, tmp_path: Path) -> None:
    """Every piece of a centre's file that the page shows is one that the centre takes."""
    page = (project_root / "docs" / "aggregator.md").read_text()
    pieces = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    for number, piece in enumerate(pieces):
        file = tmp_path / f"{number}.toml"
        file.write_text(piece)
        load_service_config(file)

    assert len(pieces) >= 3


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
