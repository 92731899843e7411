"""The page's own logic, tested by Node's test runner: `*.test.ts` beside this file."""

import subprocess
from pathlib import Path

from cloud.dashboard import build


def test_the_typescript_units_pass(project_root: Path) -> None:
    """Formats, geodesy, store, clock and labels do what their tests say."""
    tests = sorted(Path(__file__).parent.glob("*.test.ts"))
    done = subprocess.run(
        [build.find_node(), "--test", "--test-reporter=tap", *tests],
        cwd=project_root,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert len(tests) > 0
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "# fail 0" in done.stdout
