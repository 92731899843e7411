"""A provisioned image boots in QEMU, loses its power and goes on.

    make image-test [ARGS="--cuts 5 --seed 7"]

Needs Debian or Ubuntu, root (for debootstrap and for the time server), and no KVM. Keeps system,
wheels and emulator in build/image, so that a second run is quick; what the console says goes there,
too. Writes docs/image-test.md. Run as a module: `python -m scripts.image_test`.
"""

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from edge.errors import TremorError
from scripts.booting.cards import Desk, build_wheels
from scripts.booting.centre import Centre
from scripts.booting.emulator import host_mirror, unpack_emulator
from scripts.booting.report import Seen, page, problems
from scripts.booting.sdcard import make_image
from scripts.booting.system import AMD64, make_system
from scripts.booting.timeserver import TimeServer
from scripts.booting.tools import BootError
from scripts.booting.trial import Bench, Say, Trial, clear

_ROOT = Path(__file__).resolve().parents[1]
_KERNEL = "boot/vmlinuz-"


def main() -> None:
    """Do all of it."""
    options = _options()
    began_s = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began_s:6.0f} s] {text}", flush=True)

    try:
        trial = _run(options, say)
    except (BootError, TremorError) as error:
        sys.exit(f"error: {error}")
    found = problems(trial)
    say(f"{options.write}: {'all is well' if not found else '; '.join(found)}")
    sys.exit(1 if found else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make image-test", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--build", type=Path, default=_ROOT / "build" / "image", help="work folder")
    parser.add_argument("--write", type=Path, default=_ROOT / "docs" / "image-test.md")
    parser.add_argument("--cuts", type=int, default=3, help="cuts of power while it works")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--wheelhouse", type=Path, help="one that was built before")
    return parser.parse_args()


def _run(options: argparse.Namespace, say: Say) -> Trial:
    kind = AMD64
    build = options.build.resolve() / kind.debian
    say("emulator")
    emulator = unpack_emulator(options.build.resolve() / "qemu")
    say(f"system: Debian for {kind.debian}, by debootstrap; minutes the first time")
    root = make_system(build, kind, host_mirror())
    image = build / "system.img"
    if not image.is_file() or image.stat().st_mtime < root.stat().st_mtime:
        say("image")
        make_image(root, kind, image)
    wheels = options.wheelhouse or build / "wheelhouse"
    if options.wheelhouse is None:
        say("wheelhouse")
        build_wheels(kind, wheels)
    work = clear(build / "work")
    kernel = next(root.glob(f"{_KERNEL}*")).name.removeprefix("vmlinuz-")

    def keep(trial: Trial) -> None:
        seen = Seen(
            day=datetime.now(UTC).date().isoformat(),
            host=f"{platform.machine()}, {os.cpu_count()} processors, Linux",
            load=" ".join(f"{value:.1f}" for value in os.getloadavg()),
            qemu=emulator.version(kind),
            kind=kind,
            kernel=kernel,
            seed=options.seed,
            trial=trial,
        )
        options.write.write_text(page(seen), encoding="utf-8")

    with TimeServer(), Centre(work / "centre") as centre:
        desk = Desk(work / "desk", kind, image, wheels)
        trial = Bench(emulator, desk, centre, work, say).run(options.seed, options.cuts, keep)
    keep(trial)
    for card in work.glob("*.img"):
        card.unlink()
    return trial


if __name__ == "__main__":
    main()
