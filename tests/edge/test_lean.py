"""What a running station does without: memory and time at the start are a board's scarcest."""

import subprocess
import sys

import pytest

_HEAVY = (
    *("rich", "scipy", "obspy", "tensorflow", "torch", "matplotlib", "pandas", "jinja2"),
    *("tuf", "securesystemslib", "cryptography", "urllib3"),
)


@pytest.mark.parametrize("entrance", ["edge.cli", "edge.agent", "edge.station"])
def test_agent_imports_nothing_heavy(entrance: str) -> None:
    """Neither the command line nor the agent brings along what only other commands need."""
    code = f"import sys, {entrance}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )

    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert set() == loaded & set(_HEAVY)


def test_structlog_comes_alone_but_rich_can_still_be_had() -> None:
    """Leaving it out at the start is no ban: tables and the live view use it."""
    code = "import edge, structlog, sys; assert 'rich' not in sys.modules; import rich.console"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert 0 == done.returncode, done.stderr
