"""What a running process costs, by Linux's own books."""

import os
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_MB = 1e6


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process and its threads so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / _TICKS_A_SECOND


def memory_mb(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process, and what of it is its own alone, MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    own = kib["Private_Clean"] + kib["Private_Dirty"]
    return kib["Rss"] * 1024 / _MB, own * 1024 / _MB
