"""A bound on a process's memory: by a control group, as systemd does, else on its address space."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_UNIFIED = Path("/sys/fs/cgroup")
_NAME = "tremorkit-faults"
_LIBRARIES_BYTES = 1_500_000_000
"""Of address space, what the libraries map and threads reserve without ever using it."""


@contextmanager
def memory_limit(size_bytes: int) -> Iterator[tuple[str, ...]]:
    """Give the words that start a program under a limit; skips where no limit can be set.

    Args:
        size_bytes: Of memory that is really used.
    """
    group = _group(size_bytes)
    if group is not None:
        enter = f'echo $$ > {group}/cgroup.procs && exec "$@"'
        try:
            yield ("sh", "-c", enter, "sh")
        finally:
            with suppress(OSError):
                group.rmdir()
        return
    if shutil.which("prlimit") is None:
        pytest.skip("a memory limit needs control groups (root) or prlimit")
    yield ("prlimit", f"--as={size_bytes + _LIBRARIES_BYTES}")


def _group(size_bytes: int) -> Path | None:
    """Return a new control group with a limit, of either version; None without the rights."""
    name = f"{_NAME}-{os.getpid()}"
    for group, file in (
        (_UNIFIED / name, "memory.max"),
        (_UNIFIED / "memory" / name, "memory.limit_in_bytes"),
    ):
        try:
            group.mkdir()
            if (group / file).exists():  # else it is a folder like any other
                (group / file).write_text(str(size_bytes))
                return group
            group.rmdir()
        except OSError:
            continue
    return None
