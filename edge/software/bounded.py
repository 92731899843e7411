"""Bounds itself in memory, time and rank, and becomes another program: it cannot lift them.

python -m edge.software.bounded MEMORY_MB LIMIT_S PROGRAM ARGUMENT...
"""

import os
import sys

from edge.update.child import bound_self


def main() -> None:
    """Bound this process, and become the program."""
    memory_mb, limit_s, *line = sys.argv[1:]
    bound_self(int(memory_mb), float(limit_s))
    os.execv(line[0], line)  # noqa: S606 - a release's interpreter


if __name__ == "__main__":
    main()
