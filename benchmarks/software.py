"""What a release of the agent's software costs a station: disk, processor time, the start.

    python benchmarks/software.py [--wheelhouse DIR] [--runs 7] [--json FILE]

Without a wheelhouse, one of the same make is made up: 40 MB in 2,600 files of 65 kB. In each run, in
turn: the launcher finds the release in charge and would become it, the launcher of a station that
takes no software, and as a floor an interpreter that imports nothing; each a process of its own.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cloud.release.adding import Said, read_what
from edge import __version__
from edge.software.archive import here, open_archive
from edge.software.install import unpack, unpacked_bytes
from edge.software.releases import WHOLE, trouble_with
from edge.update.disk import Disk

_FILES, _FILE_BYTES, _WHEELS = 2600, 65_000, 26
_LAUNCH = """\
import os, resource, sys
def become(*_):
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime)
    sys.exit()
os.execv = become
if len(sys.argv) > 1:
    from edge.software.launcher import launch
    launch(["run", "--config", sys.argv[1]])
become()
"""


def _made_up(folder: Path) -> None:
    """Make a wheelhouse up: content that packs to a quarter, as libraries do."""
    chance = np.random.default_rng(1)
    folder.mkdir()
    entries = []
    for number in range(_WHEELS):
        name = f"part{number}-1-py3-none-any.whl"
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as wheel:
            for file in range(_FILES // _WHEELS):
                noise = chance.integers(0, 256, _FILE_BYTES // 4, np.uint8).tobytes()
                wheel.writestr(f"part{number}/{file}.py", noise + bytes(_FILE_BYTES * 3 // 4))
        content = (folder / name).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        entries.append(
            {"file": name, "name": f"part{number}", "size_bytes": len(content), "sha256": digest}
        )
    system, python = here()
    said = {"kit": "9.0.0", "platform": system, "python": python, "wheels": entries}
    (folder / "manifest.json").write_text(json.dumps(said))


def _release(house: Path, state: Path) -> dict[str, float]:
    """Unpack a release as the updater does; return what that took."""
    what = read_what(house, Said())
    tar, sha256 = state / "a.tar", hashlib.sha256(what.content).hexdigest()
    tar.write_bytes(what.content)
    place = state / "software/releases" / sha256
    place.parent.mkdir(parents=True)
    with open_archive(tar) as archive:
        checked_s = _cpu_s(lambda: archive.check(archive.manifest.kit))
        unpacked = unpacked_bytes(archive)
        begin_s = time.monotonic()
        unpacked_s = _cpu_s(lambda: unpack(archive, place, Disk()))
        wall_s = time.monotonic() - begin_s
    quick_s = statistics.median(_cpu_s(lambda: trouble_with(place)) for _ in range(7))
    thorough_s = _cpu_s(lambda: trouble_with(place, thorough=True))
    entry = {"sha256": sha256, "version": what.facts.model_dump()["version"]}
    record = {"format": 1, "committed": entry}
    (state / "software/record.json").write_text(json.dumps(record))
    return {
        "archive_mb": len(what.content) / 1e6,
        "unpacked_mb": unpacked / 1e6,
        "files": len(json.loads((place / WHOLE).read_bytes())["files"]),
        "check_hashes_cpu_ms": 1e3 * checked_s,
        "unpack_cpu_ms": 1e3 * unpacked_s,
        "unpack_wall_ms": 1e3 * wall_s,
        "look_at_each_file_cpu_ms": 1e3 * quick_s,
        "compare_each_file_cpu_ms": 1e3 * thorough_s,
    }


def _cpu_s(do: Callable[[], object]) -> float:
    begin_s = time.process_time()
    do()
    return time.process_time() - begin_s


def _launched_ms(*words: str) -> float:
    """Return the processor time of a start until it becomes what it becomes, milliseconds."""
    line = [sys.executable, "-c", _LAUNCH, *words]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    return 1e3 * float(done.stdout.split()[-1])


def _station(folder: Path, state: Path, *, software: bool) -> str:
    path = folder / f"station-{software}.toml"
    update = f"[update]\nenabled = true\nsoftware = {str(software).lower()}\n"
    path.write_text(f'state_dir = "{state}"\n{update}')
    return str(path)


def measured(house: Path | None, runs: int) -> dict[str, Any]:
    """Return all figures."""
    with tempfile.TemporaryDirectory(prefix="software-") as name:
        folder = Path(name)
        state = folder / "state"
        state.mkdir()
        if house is None:
            house = folder / "house"
            _made_up(house)
        figures: dict[str, Any] = _release(house, state)
        takes = _station(folder, state, software=True)
        takes_none = _station(folder, state, software=False)
        times: dict[str, list[float]] = {"release": [], "no software": [], "floor": []}
        for _ in range(runs):
            # Each start counts; a few of them would pass the release over.
            (state / "software/starts.json").unlink(missing_ok=True)
            times["release"].append(_launched_ms(takes))
            times["no software"].append(_launched_ms(takes_none))
            times["floor"].append(_launched_ms())
        figures["start_cpu_ms"] = {name: statistics.median(one) for name, one in times.items()}
    return figures


def main() -> None:
    """Measure, and print."""
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--wheelhouse", type=Path)
    reader.add_argument("--runs", type=int, default=7)
    reader.add_argument("--json", type=Path)
    wanted = reader.parse_args()
    load = os.getloadavg()[0]
    figures = measured(wanted.wheelhouse, wanted.runs)
    print(
        f"tremorkit {__version__}, Python {platform.python_version()}, {platform.machine()}, "
        f"load {load:.1f} on {os.cpu_count()} processors, median of {wanted.runs}"
    )
    for name, value in figures.items():
        shown = value if isinstance(value, dict) else f"{value:,.1f}"
        print(f"  {name}: {shown}")
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
