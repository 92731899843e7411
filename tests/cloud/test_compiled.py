"""Compiled functions are kept on disk, and run where nothing can be kept."""

import subprocess
import sys
from pathlib import Path

import pytest

from cloud.compiled import compiled, is_compiled

MODULE = '''"""A module with a compiled function."""
from cloud.compiled import compiled

@compiled
def double(value: float) -> float:
    return 2 * value
'''


def _run(folder: Path, code: str, **environment: str) -> str:
    root = str(Path(__file__).parents[2])
    path = {"PYTHONPATH": f"{folder}:{root}", "PATH": "/usr/bin:/bin", **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], env=path, capture_output=True, text=True, check=False
    )
    assert "" == done.stderr
    return done.stdout.strip()


def test_a_second_process_reads_what_the_first_compiled(tmp_path: Path) -> None:
    """The cache is hit at the second start: nothing is compiled again."""
    (tmp_path / "doubling.py").write_text(MODULE)
    code = (
        "from doubling import double; double(2.0);"
        "print(sum(double.stats.cache_hits.values()), sum(double.stats.cache_misses.values()))"
    )

    assert ["0 1", "1 0"] == [_run(tmp_path, code, HOME=str(tmp_path)) for _ in range(2)]


def test_without_a_place_for_the_cache_it_still_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only installation and a user without a home: each process compiles for itself."""
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])

    def double(value: float) -> float:
        return 2 * value

    function = compiled(double)

    assert is_compiled(function)
    assert 5.0 == function(2.5)
