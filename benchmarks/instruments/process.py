"""What memory a running process has, by Linux's own books."""

from pathlib import Path

_MB = 1e6


def memory_mb(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process, and what of it is its own alone, MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    own = kib["Private_Clean"] + kib["Private_Dirty"]
    return kib["Rss"] * 1024 / _MB, own * 1024 / _MB
