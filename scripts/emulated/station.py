"""The kit in the emulated root: installed from the wheelhouse, then used as a person would."""

import hashlib
import json
import shutil
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from platform import machine
from typing import Any, Final, cast

from edge.wheelhouse import Order, Platform, PythonVersion, Target, build_wheelhouse
from scripts.emulated.emulator import EmulationError, Emulator

VENV: Final = "/opt/edge-agent"
AGENT: Final = f"{VENV}/bin/edge-agent"
PYTHON: Final = f"{VENV}/bin/python"
_VERSIONS: Final = "import numpy, platform; print(platform.python_version(), numpy.__version__)"
_HOUSE: Final = "/wheelhouse"
_STAMP: Final = "opt/edge-agent/.installed"
_PROVE: Final = Path(__file__).with_name("prove.py")


@dataclass(frozen=True)
class Here:
    """The kit on this machine, from the same wheel."""

    build: Path
    """Work folder."""
    python: str
    numpy: str

    def program(self, name: str) -> str:
        """Return the path of a program of the environment."""
        return str(self.build / "here" / "bin" / name)


@dataclass(frozen=True)
class Installation:
    """What was installed."""

    seconds: float
    size_bytes: int
    python: str
    """Version of Python in the root."""
    numpy: str
    start_s: float
    """Of `edge-agent --version`."""


@dataclass(frozen=True)
class Proof:
    """Golden vectors of one bundle on one processor."""

    name: str
    version: int
    scheme: str
    tolerance: float
    worst: float | None
    refusal: str | None
    seconds: float


def install(emulator: Emulator, house: Path) -> Installation:
    """Install a wheelhouse into a fresh environment of the root; nothing where it is there already.

    Args:
        emulator: Of the root.
        house: Folder of wheels on this machine.
    """
    stamp = emulator.path(_STAMP)
    wanted = hashlib.sha256((house / "requirements.txt").read_bytes()).hexdigest()
    if not stamp.is_file() or json.loads(stamp.read_text())["house"] != wanted:
        seconds = _install(emulator, house)
        stamp.write_text(json.dumps({"house": wanted, "seconds": seconds}))
    python, numpy = emulator.run(PYTHON, "-c", _VERSIONS).output.split()
    return Installation(
        seconds=json.loads(stamp.read_text())["seconds"],
        size_bytes=_size(emulator.path(VENV)),
        python=python,
        numpy=numpy,
        start_s=emulator.run(AGENT, "--version").seconds,
    )


def _install(emulator: Emulator, house: Path) -> float:
    begun = time.monotonic()
    for place in (_HOUSE, VENV):
        shutil.rmtree(emulator.path(place), ignore_errors=True)
    shutil.copytree(house, emulator.path(_HOUSE))
    emulator.run("/usr/bin/python3", "-m", "venv", VENV)
    pip = [f"{VENV}/bin/pip", "install", "--no-index", "--no-deps", "--find-links", _HOUSE]
    emulator.run(*pip, "--require-hashes", "-r", f"{_HOUSE}/requirements.txt")
    return time.monotonic() - begun


def _size(folder: Path) -> int:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


def prove_there(emulator: Emulator) -> list[Proof]:
    """Return the golden vectors on the emulated processor."""
    shutil.copy(_PROVE, emulator.path("/prove.py"))
    said = json.loads(emulator.run(PYTHON, "/prove.py").output)
    if said["machine"] != "aarch64":
        raise EmulationError(f"the root says that it is a {said['machine']}, not an aarch64")
    return [Proof(**proof) for proof in said["proofs"]]


def install_here(house: Path, build: Path) -> Here:
    """Install the same kit on this machine, from a wheelhouse for it, in a fresh environment.

    Args:
        house: The wheelhouse for the emulated machine; its kit is taken.
        build: Work folder.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    (kit,) = house.glob("tremorkit-*.whl")
    ours, folder = build / "wheelhouse-here", build / "here"
    order = Order(Target(cast("Platform", machine()), cast("PythonVersion", python)), ours, kit=kit)
    build_wheelhouse(order)
    venv.create(folder, with_pip=True, clear=True)
    pip = (str(folder / "bin" / "pip"), "install", "--no-index", "--no-deps", "--quiet")
    requirements = str(ours / "requirements.txt")
    run_here(*pip, "--find-links", str(ours), "--require-hashes", "-r", requirements)
    said = run_here(str(folder / "bin" / "python"), "-c", _VERSIONS).split()
    return Here(build, said[0], said[1])


def prove_here(here: Here) -> list[Proof]:
    """Return the golden vectors on this machine."""
    said = run_here(here.program("python"), str(_PROVE))
    return [Proof(**proof) for proof in json.loads(said)["proofs"]]


def run_here(*command: str) -> str:
    """Run a command on this machine, outside the checkout; returns what it printed.

    Raises:
        EmulationError: It ended with another code than 0.
    """
    done = subprocess.run(  # noqa: S603 - our own arguments
        command, capture_output=True, text=True, check=False, cwd="/"
    )
    if done.returncode != 0:
        raise EmulationError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def check(emulator: Emulator, config: str) -> list[dict[str, Any]]:
    """Return the findings of `edge-agent check`.

    Args:
        emulator: Of the root.
        config: Path of the station file in the root.
    """
    done = emulator.run(AGENT, "check", "--config", config, "--json", codes=(0, 1))
    findings: list[dict[str, Any]] = json.loads(done.output)
    return findings
