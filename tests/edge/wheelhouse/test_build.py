"""A wheelhouse is whole and checked, or not there."""

import json
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from edge.errors import WheelhouseError
from edge.wheelhouse import Order, Target, build_wheelhouse, read_manifest
from edge.wheelhouse.build import Fetch
from edge.wheelhouse.fetch import kit_source
from edge.wheelhouse.unneeded import UNNEEDED
from tests.edge.wheelhouse.wheels import write_wheel

_NATIVE = "cp313-cp313-manylinux_2_17_aarch64"


class Index:
    """Wheels to choose from, and a lock of them."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = root / "index"
        self.lock = root / "constraints.txt"
        self.out = root / "house"
        self.kit = write_wheel(root, "tremorkit", needs=["alpha>=1", "beta ; extra == 'edge'"])
        write_wheel(self.folder, "alpha", "2.0", needs=["gamma"])
        write_wheel(self.folder, "alpha", "3.0")
        write_wheel(self.folder, "beta", tag=_NATIVE)
        write_wheel(self.folder, "beta", tag=_NATIVE.replace("aarch64", "x86_64"))
        write_wheel(self.folder, "gamma", needs=["alpha", "delta ; python_version < '3.12'"])
        self.lock.write_text("alpha==2.0\nbeta==1.0\ngamma==1.0\ndelta==1.0\n")
        # pip as a machine without a network has it, whatever this one is set up to.
        for name in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(self.folder))

    def order(self, limit_mb: float = 60.0) -> Order:
        """Return an order for a Pi from this index."""
        return Order(Target(), self.out, limit_mb=limit_mb, kit=self.kit, lock=self.lock)

    def copy(self, pins: Sequence[str], target: Target, folder: Path) -> None:
        """Do what pip does, in less time."""
        for pin in pins:
            name, _, version = pin.replace("-", "_").partition("==")
            for path in self.folder.glob(f"{name}-{version}-*.whl"):
                if target.fits(path.name):
                    shutil.copy(path, folder)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """Return a small index that pip is set up to use."""
    return Index(tmp_path, monkeypatch)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_that_the_kit_needs_is_there_at_the_locks_versions(index: Index) -> None:
    """Chosen by pip itself: for the Pi, though this is none; and not the newest."""
    told: list[str] = []

    house = build_wheelhouse(index.order(), told.append)

    assert [
        "alpha-2.0-py3-none-any.whl",
        f"beta-1.0-{_NATIVE}.whl",
        "gamma-1.0-py3-none-any.whl",
        "tremorkit-1.0-py3-none-any.whl",
    ] == [wheel.file for wheel in house.wheels]
    assert {w.file for w in house.wheels} == {p.name for p in index.out.glob("*.whl")}
    assert house == read_manifest(index.out)
    assert sum(p.stat().st_size for p in index.out.glob("*.whl")) == house.size_bytes
    assert "2 packages: alpha==2.0, beta==1.0" in told


def test_same_wheels_give_the_same_bytes(index: Index) -> None:
    """An older wheelhouse is replaced; nothing in the new one tells when it was made."""
    build_wheelhouse(index.order(), fetch=index.copy)
    first = _files(index.out)
    (index.out / "left-over.whl").touch()

    build_wheelhouse(index.order(), fetch=index.copy)

    assert first == _files(index.out)


def test_hashes_are_those_of_the_files(index: Index) -> None:
    """`sha256sum -c` on the station agrees."""
    build_wheelhouse(index.order(), fetch=index.copy)

    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=index.out,
        check=False,
        capture_output=True,
    )

    assert 0 == done.returncode, done.stderr


def test_altered_wheel_is_not_installed(index: Index, tmp_path: Path) -> None:
    """requirements.txt carries the hashes, and pip holds to them."""
    write_wheel(index.folder, "beta")
    build_wheelhouse(index.order(), fetch=index.copy)
    write_wheel(index.out, "alpha", "2.0", needs=["gamma"], filling_bytes=1)

    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--dest", tmp_path / "got"),
            *("--require-hashes", "--find-links", index.out),
            *("-r", index.out / "requirements.txt", "--no-deps"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )

    assert 0 != done.returncode
    assert "DO NOT MATCH" in done.stderr


@pytest.mark.parametrize(
    ("licence", "shown"), [("License-Expression: GPL-3.0-only", "GPL-3.0-only"), ("", "not stated")]
)
def test_licence_that_is_not_allowed_stops_it(licence: str, shown: str, index: Index) -> None:
    """The wheel and its licence are named, and no folder appears."""
    write_wheel(index.folder, "gamma", licence=licence)

    with pytest.raises(WheelhouseError, match=rf"gamma-1\.0.*{shown}"):
        build_wheelhouse(index.order(), fetch=index.copy)

    assert not index.out.exists()


def test_too_large_names_the_largest(index: Index) -> None:
    """Whoever reads it knows where to save."""
    write_wheel(index.folder, "gamma", filling_bytes=200_000)

    with pytest.raises(WheelhouseError, match=r"more than 0\.1 MB; the largest: gamma 0\.2 MB"):
        build_wheelhouse(index.order(limit_mb=0.1), fetch=index.copy)

    assert [] == [p.name for p in index.out.parent.iterdir() if "house" in p.name]


def test_missing_wheel_is_told_in_pips_words(index: Index) -> None:
    """A package that only comes as source, or for other processors."""
    (index.folder / f"beta-1.0-{_NATIVE}.whl").unlink()

    with pytest.raises(WheelhouseError, match=r"(?s)beta==1\.0.*pip download failed.*No matching"):
        build_wheelhouse(index.order())


def test_kit_that_no_index_has_is_told_with_the_remedy(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed from a file, and no checkout beside it."""
    monkeypatch.setattr("edge.wheelhouse.fetch._CHECKOUT", index.folder)

    with pytest.raises(WheelhouseError, match=r"(?s)tremorkit==.*No matching.*--kit FILE"):
        build_wheelhouse(replace(index.order(), kit=None))


def test_old_wheelhouse_stays_where_the_new_one_fails(index: Index) -> None:
    """What worked yesterday is still there."""
    build_wheelhouse(index.order(), fetch=index.copy)
    before = _files(index.out)
    write_wheel(index.folder, "gamma", licence="License-Expression: GPL-3.0-only")

    with pytest.raises(WheelhouseError):
        build_wheelhouse(index.order(), fetch=index.copy)

    assert before == _files(index.out)


@pytest.mark.parametrize("is_file", [True, False])
def test_folder_with_other_things_is_left_alone(*, is_file: bool, index: Index) -> None:
    """`--out ~` does not cost a home."""
    if not is_file:
        index.out.mkdir()
    mine = index.out if is_file else index.out / "letter.txt"
    mine.write_text("dear")

    with pytest.raises(WheelhouseError, match="no wheelhouse"):
        build_wheelhouse(index.order(), fetch=index.copy)

    assert "dear" == mine.read_text()


def _brings(path_of: str) -> Fetch:
    """Return a download that brings another file than the one that was asked for."""

    def fetch(pins: Sequence[str], target: Target, folder: Path) -> None:
        write_wheel(folder, "alpha", "2.0")
        if path_of == "wrong processor":
            write_wheel(folder, "beta", tag=_NATIVE.replace("aarch64", "x86_64"))

    return fetch


@pytest.mark.parametrize(
    ("brought", "reason"),
    [("wrong processor", "does not run on aarch64"), ("nothing", "brought no wheel")],
)
def test_what_was_downloaded_is_looked_at(brought: str, reason: str, index: Index) -> None:
    """A client that is set up strangely does not get its wheels onto a station."""
    with pytest.raises(WheelhouseError, match=reason):
        build_wheelhouse(index.order(), fetch=_brings(brought))


def test_kit_must_be_the_kit(index: Index) -> None:
    """`--kit` with another wheel, or none."""
    order = index.order()
    other = write_wheel(index.folder, "other")

    with pytest.raises(WheelhouseError, match="of other, not of tremorkit"):
        build_wheelhouse(Order(Target(), order.out, kit=other, lock=order.lock))
    with pytest.raises(WheelhouseError, match="cannot be copied"):
        build_wheelhouse(Order(Target(), order.out, kit=other.parent / "x", lock=order.lock))


def test_station_gets_the_agent_alone() -> None:
    """What is built for it has the kit's name, licence and Pythons, and one command."""
    kit = tomllib.loads((kit_source(["edge", "cloud"]) / "pyproject.toml").read_text())["project"]
    own = tomllib.loads((kit_source(["edge"]) / "pyproject.toml").read_text())
    station = own["project"]

    for key in ("name", "license", "requires-python"):
        assert kit[key] == station[key]
    assert {"edge-agent": kit["scripts"]["edge-agent"]} == station["scripts"]
    included = own["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert all((kit_source(["edge"]) / path).exists() for path in included)
    assert not [path for path in included if "cloud" in path or "training" in path]


def test_what_a_station_never_imports_stays_at_home(index: Index) -> None:
    """Unless somebody else asks for it, or the folder is for more than a station."""
    write_wheel(index.folder, "beta", tag=_NATIVE, needs=["ai-edge-litert"])
    write_wheel(index.folder, "ai-edge-litert", needs=["ml_dtypes", "tqdm"])
    write_wheel(index.folder, "gamma", needs=["tqdm"])
    for name in ("ml-dtypes", "tqdm"):
        write_wheel(index.folder, name)
    more = "ai-edge-litert==1.0\nml-dtypes==1.0\ntqdm==1.0\n"
    index.lock.write_text(index.lock.read_text() + more)
    order = replace(index.order(), out=index.out.with_name("more"), extras=("edge", "cloud"))

    station = build_wheelhouse(index.order(), fetch=index.copy)
    all_of_it = build_wheelhouse(order, fetch=index.copy)

    left_out = {one.name for one in all_of_it.wheels} - {one.name for one in station.wheels}
    assert {"ml-dtypes"} == left_out


def test_agent_runs_networks_without_what_stays_at_home() -> None:
    """The interpreter, a network and its golden windows; nothing asks for them later either."""
    blocked = sorted({name.replace("-", "_") for names in UNNEEDED.values() for name in names})
    code = f"""
import sys
sys.modules.update(dict.fromkeys({[*blocked, "google.protobuf"]!r}))
from edge.bundle import load_bundle
from edge.bundle.shipped import shipped_bundle
from edge.detect.loading import open_detector
open_detector(load_bundle(shipped_bundle()), None)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=300
    )

    assert 0 == done.returncode, done.stderr


def test_manifest_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """With its path."""
    (tmp_path / "manifest.json").write_text("{}")

    with pytest.raises(WheelhouseError, match=r"manifest\.json: cannot be read"):
        read_manifest(tmp_path)


def _kit(house: Path) -> Path:
    (path,) = house.glob("tremorkit-*.whl")
    return path


@pytest.mark.slow
def test_x86_wheelhouse_installs_and_runs_without_a_network(tmp_path: Path) -> None:
    """The real one, from this machine's index, into a fresh environment; needs an index once."""
    house, python = tmp_path / "house", f"{sys.version_info.major}.{sys.version_info.minor}"
    agent = Path(sys.executable).parent / "edge-agent"
    built = subprocess.run(
        [agent, "wheelhouse", "--platform=x86_64", f"--python={python}", "--out", house, "--json"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert 0 == built.returncode, built.stderr
    assert 60e6 > json.loads(built.stdout)["size_bytes"]
    parts = {name.partition("/")[0] for name in zipfile.ZipFile(_kit(house)).namelist()}
    assert ["edge"] == [part for part in parts if ".dist-info" not in part]

    venv.create(tmp_path / "v", with_pip=True)
    bin_folder = tmp_path / "v" / "bin"
    pip = [bin_folder / "pip", "install", "--no-index", "--no-deps", "--find-links", house]
    subprocess.run([*pip, "--require-hashes", "-r", house / "requirements.txt"], check=True)
    checked = subprocess.run(
        [bin_folder / "pip", "check"], check=False, capture_output=True, text=True
    )
    left_out = {name for names in UNNEEDED.values() for name in names}
    asked = {line.split(" requires ")[-1].split(",")[0] for line in checked.stdout.splitlines()}
    assert left_out == {canonicalize_name(name) for name in asked}
    listed = subprocess.run(
        [bin_folder / "edge-agent", "models", "--json"], check=True, capture_output=True, cwd="/"
    )

    assert 9 <= len(json.loads(listed.stdout))
    assert [] != list((tmp_path / "v").rglob("edge/constraints.txt"))
