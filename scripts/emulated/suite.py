"""The kit's own tests of the station, run on the emulated processor.

Only those that need neither TensorFlow nor ObsPy: archive, signal processing, networks,
detectors, triggers, messages, sources.
"""

import json
import re
import shutil
import time
import xml.etree.ElementTree as ET
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.wheelhouse import Order, Target, build_wheelhouse
from scripts.emulated.emulator import Emulator

FOLDERS: Final = (
    *("archive", "detect", "messages", "noise", "quality", "response", "runtime", "signal"),
    *("sources", "trigger"),
)
"""Of tests/edge: what computes. The others run whole stations for hours of data, or servers."""
_ABSENT: Final = re.compile(
    r"^\s*(?:import|from) (?:obspy|keras|matplotlib|tensorflow|training)\b", re.MULTILINE
)
"""What has no wheel for arm64, or is none of the station's."""
_VENV: Final = "/opt/tests"
_PLACE: Final = "/tests-of-the-kit"
_HOUSE: Final = "/wheelhouse-tests"
_TOOLS: Final = (
    "hypothesis",
    "onnx",
    "onnxruntime",
    "pytest",
    "pytest-asyncio",
    "pytest-randomly",
    "scipy",
)
_LIMIT_MB: Final = 200.0
_FAILED_CODES: Final = (0, 1)


@dataclass(frozen=True)
class SuiteResult:
    """How the tests went."""

    paths: tuple[str, ...]
    passed: int
    failed: int
    skipped: int
    seconds: float
    failures: tuple[str, ...]
    """Names of tests that failed."""
    day: str
    """On which they ran."""


def write_result(result: SuiteResult, path: Path) -> None:
    """Keep a result: the tests take too long to run them each time."""
    path.write_text(json.dumps(asdict(result), indent=2))


def read_result(path: Path) -> SuiteResult | None:
    """Return the last result, or None where the tests never ran."""
    if not path.is_file():
        return None
    fields = json.loads(path.read_text())
    names = {name: tuple(fields[name]) for name in ("paths", "failures")}
    return SuiteResult(**{**fields, **names})


def files_of_tests(checkout: Path) -> tuple[str, ...]:
    """Return the files of tests that can run there, relative to the checkout."""
    tests = checkout / "tests" / "edge"
    found = [
        path
        for folder in FOLDERS
        for path in sorted((tests / folder).rglob("test_*.py"))
        if not _ABSENT.search(path.read_text(encoding="utf-8"))
    ]
    return tuple(path.relative_to(checkout).as_posix() for path in found)


def run_suite(emulator: Emulator, checkout: Path, house: Path) -> SuiteResult:
    """Run tests in the root.

    Args:
        emulator: Of the root.
        checkout: Of the kit.
        house: Folder for the wheels of what the tests need.
    """
    python = _install(emulator, house)
    place = emulator.path(_PLACE)
    shutil.rmtree(place, ignore_errors=True)
    for name in ("edge", "cloud", "tests", "firmware_configs"):
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", "*.mseed")
        shutil.copytree(checkout / name, place / name, ignore=ignored)
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(checkout / name, place / name)
    begun = time.monotonic()
    paths = files_of_tests(checkout)
    tests = [f"{_PLACE}/{path}" for path in paths]
    options = ["--rootdir", _PLACE, "-q", "-p", "no:cacheprovider", "--junit-xml=/tests.xml"]
    # The profile of slow machines, which looks at no time.
    options += ["--continue-on-collection-errors", "--hypothesis-profile=ci"]
    where = ("/usr/bin/env", f"--chdir={_PLACE}")
    emulator.run(*where, python, "-m", "pytest", *options, *tests, codes=_FAILED_CODES)
    seconds = time.monotonic() - begun
    return result_of(emulator.path("/tests.xml").read_text(), paths, seconds)


def result_of(junit: str, paths: tuple[str, ...], seconds: float) -> SuiteResult:
    """Read what pytest wrote.

    Args:
        junit: Its report in JUnit's XML.
        paths: That were tested.
        seconds: That it took.
    """
    cases = list(ET.fromstring(junit).iter("testcase"))  # noqa: S314 - the file is our own pytest's
    failed = [c for c in cases if c.find("failure") is not None or c.find("error") is not None]
    skipped = [case for case in cases if case.find("skipped") is not None]
    return SuiteResult(
        paths=paths,
        passed=len(cases) - len(failed) - len(skipped),
        failed=len(failed),
        skipped=len(skipped),
        seconds=seconds,
        failures=tuple(f"{case.get('classname')}: {case.get('name')}" for case in failed),
        day=datetime.now(UTC).date().isoformat(),
    )


def _install(emulator: Emulator, house: Path) -> str:
    """Install the kit with what its tests need, in an environment of their own."""
    order = Order(
        Target(), house, extras=("edge", "cloud", "wheelhouse"), more=_TOOLS, limit_mb=_LIMIT_MB
    )
    build_wheelhouse(order)
    for place in (_HOUSE, _VENV):
        shutil.rmtree(emulator.path(place), ignore_errors=True)
    shutil.copytree(house, emulator.path(_HOUSE))
    emulator.run("/usr/bin/python3", "-m", "venv", _VENV)
    pip = (f"{_VENV}/bin/pip", "install", "--no-index", "--no-compile", "--find-links", _HOUSE)
    emulator.run(*pip, "-r", f"{_HOUSE}/requirements.txt")
    return f"{_VENV}/bin/python"
