"""The station on an emulated arm64 Debian: installed from the wheelhouse, then compared with here.

    make arm64 [ARGS="--tests"]

Needs Linux with apt-get, dpkg-deb and unshare, and pip set up to find packages; no root. Keeps what
it downloads and makes in build/arm64, so that a second run is quick. Writes docs/arm64.md, also
when the figures are bad; the exit code is 1 then. Run as a module: `python -m scripts.arm64`.
"""

import argparse
import asyncio
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from edge.errors import TremorError
from edge.wheelhouse import Order, Target, Wheelhouse, build_wheelhouse, read_manifest
from scripts.emulated.compare import Comparison
from scripts.emulated.debian import Debian
from scripts.emulated.emulator import CPUS, EmulationError, Emulator
from scripts.emulated.live import run_live
from scripts.emulated.recordings import recordings
from scripts.emulated.replays import compare_replay
from scripts.emulated.report import Seen, page, problems
from scripts.emulated.station import Here, install, install_here, prove_here, prove_there
from scripts.emulated.suite import read_result, run_suite, write_result

_ROOT = Path(__file__).resolve().parents[1]
_TESTS = "tests.json"


def main() -> None:
    """Do all of it."""
    options = _options()
    try:
        seen = _run(options)
    except (EmulationError, TremorError) as error:
        sys.exit(f"error: {error}")
    options.write.write_text(page(seen), encoding="utf-8")
    found = problems(seen)
    print(f"{options.write}: {'all is well' if not found else '; '.join(found)}")
    sys.exit(1 if found else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make arm64", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--build", type=Path, default=_ROOT / "build" / "arm64", help="work folder")
    parser.add_argument("--wheelhouse", type=Path, help="one that was built before")
    parser.add_argument("--mirror", help="address of a Debian mirror; that of apt if left out")
    parser.add_argument("--data", type=Path, default=_ROOT.parent / "shared" / "data")
    parser.add_argument("--write", type=Path, default=_ROOT / "docs" / "arm64.md", help="report")
    parser.add_argument("--live", type=float, default=120, help="seconds of the live run")
    parser.add_argument(
        "--tests",
        action="store_true",
        help="run the kit's own tests as well; else their last result is told",
    )
    return parser.parse_args()


def _run(options: argparse.Namespace) -> Seen:
    build = options.build.resolve()
    build.mkdir(parents=True, exist_ok=True)
    _say("[1/6] wheelhouse")
    folder = options.wheelhouse or build / "wheelhouse"
    house = _house(options.wheelhouse, folder)
    here = install_here(folder, build)
    _say("[2/6] root and emulator")
    unpacked = Debian(build / "debian", options.mirror).unpack(build / "root")
    emulator = unpacked.emulator
    _say(f"[3/6] installation of {len(house.wheels)} wheels, emulated")
    installation = install(emulator, folder)
    _say("[4/6] golden vectors of every bundle")
    proofs = {cpu: prove_there(replace(emulator, cpu=cpu)) for cpu in CPUS}
    proofs["without /sys"] = prove_there(replace(emulator, shows_sys=False))
    _say("[5/6] replays")
    comparisons = {cpu: _compare(options.data, here, replace(emulator, cpu=cpu)) for cpu in CPUS}
    _say("[6/6] live")
    if options.tests:
        _say("      the kit's own tests: a quarter of an hour")
        result = run_suite(emulator, _ROOT, build / "wheelhouse-tests")
        write_result(result, build / _TESTS)
    live = asyncio.run(run_live(replace(emulator, cpu=next(iter(CPUS))), options.live))
    return Seen(
        day=datetime.now(UTC).date().isoformat(),
        here=f"{platform.machine()}, Python {here.python}, NumPy {here.numpy}",
        qemu=_version(emulator.qemu),
        house=house,
        unpacked=unpacked,
        installation=installation,
        proofs_here=prove_here(here),
        proofs=proofs,
        comparisons=comparisons,
        live=live,
        suite=read_result(build / _TESTS),
    )


def _house(given: Path | None, folder: Path) -> Wheelhouse:
    if given is not None:
        return read_manifest(given)
    return build_wheelhouse(Order(Target(), folder), say=_say)


def _compare(data: Path, here: Here, emulator: Emulator) -> Sequence[Comparison]:
    compared = []
    for recording in recordings(data):
        compared.append(compare_replay(recording, here, emulator))
        _say(f"      {emulator.cpu}, {recording.name}: {'same' if compared[-1].same else 'OTHER'}")
    return compared


def _version(qemu: Path) -> str:
    words = [str(qemu), "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 - our own emulator
    return "QEMU " + done.stdout.split()[2].split("(")[0]


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
