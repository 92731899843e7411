"""The long tests: damaged inputs, a day at speed or without a broker, kills, the live path.

    make soak [ARGS="--only kills --kills 100"]

Needs Mosquitto. Each part writes what it saw to docs/soak.json, and docs/soak.md is written anew
from all of it, also when the figures are bad; the exit code is 1 then. Run as a module, so that
the tests' own tools are found: `python -m scripts.soak`.
"""

import argparse
import asyncio
import json
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from scripts.soaking.day import run_day
from scripts.soaking.fuzz import run_fuzz
from scripts.soaking.kills import run_kills
from scripts.soaking.live import run_live
from scripts.soaking.page import failures, page

_ROOT = Path(__file__).resolve().parents[1]
RESULTS = _ROOT / "docs" / "soak.json"
PAGE = _ROOT / "docs" / "soak.md"
PARTS = ("live", "fuzz", "day", "away", "kills")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make soak", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="part; all if left out")
    parser.add_argument("--hours", type=float, default=24.0, help="of data, in day and away")
    parser.add_argument("--speed", type=float, default=120.0, help="seconds of data in a second")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--inputs", type=int, default=100_000, help="of each format, in fuzz")
    parser.add_argument("--seed", type=int, default=1, help="of kills and damage")
    parser.add_argument("--live-minutes", type=float, default=60.0)
    return parser.parse_args()


async def _run(options: argparse.Namespace, folder: Path) -> None:
    """Run the live part beside the others, which run one after the other."""
    only = options.only or PARTS
    async with asyncio.TaskGroup() as together:
        together.create_task(_one_by_one(only, options, folder))
        if "live" in only:
            live = run_live(folder / "live", options.live_minutes)
            together.create_task(_keep("live", live))


async def _one_by_one(only: list[str], options: argparse.Namespace, folder: Path) -> None:
    if "fuzz" in only:
        await _keep("fuzz", run_fuzz(options.inputs, options.seed))
    for part in ("day", "away"):
        if part in only:
            day = run_day(folder / part, options.hours, options.speed, away=part == "away")
            await _keep(part, day)
    if "kills" in only:
        await _keep("kills", run_kills(folder / "kills", options.kills, options.seed))


async def _keep(part: str, running: Awaitable[dict[str, Any]]) -> None:
    """Wait for a part and write down what it saw."""
    seen = await running
    seen["when"] = datetime.now(UTC).strftime("%Y-%m-%d")
    seen["machine"] = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[part] = seen
    RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    PAGE.write_text(page(results))
    print(f"[{part}] {json.dumps(seen)}", flush=True)


def main() -> None:
    """Run the parts that are asked for and tell what failed."""
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        asyncio.run(_run(options, Path(folder)))
    results = json.loads(RESULTS.read_text())
    bad = [text for part in options.only or PARTS for text in failures(part, results[part])]
    print(f"written: {PAGE.relative_to(_ROOT)}")
    for text in bad:
        print(f"FAILED {text}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
