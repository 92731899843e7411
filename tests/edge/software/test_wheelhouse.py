"""A real wheelhouse, signed, over HTTP, onto a station that was installed from another one."""

import asyncio
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest

from cloud.release.adding import Said, add, read_what
from edge import __version__
from edge.update.record import End
from edge.update.targets import Kind, SoftwareAssignment
from edge.wheelhouse import Order, Target, Wheelhouse, build_wheelhouse, read_manifest
from edge.wheelhouse.manifest import entry_of, write_manifest
from edge.wheelhouse.wheel import Wheel
from tests.edge.software.builder import NEXT
from tests.edge.software.field import Field
from tests.edge.software.test_over_the_air import QUICK
from tests.edge.update.field import served
from tests.updates import Release, station_config

pytestmark = pytest.mark.slow

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheels of this checkout, for this computer."""
    folder = tmp_path_factory.mktemp("wheels") / "now"
    target = Target("x86_64", cast("Any", PYTHON))
    build_wheelhouse(Order(target, folder, more=("pip",)))
    return folder


@pytest.fixture(scope="module")
def installed(house: Path) -> Path:
    """Return the agent as `install.sh` installs it: from these wheels, without a network."""
    place = house.with_name("edge-agent")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    pip = next(house.glob("pip-*.whl")) / "pip"
    words = ["install", "--quiet", "--no-index", "--no-deps", "--no-cache-dir", "--find-links"]
    hashes = ["--require-hashes", "-r", house / "requirements.txt"]
    subprocess.run([place / "bin/python", pip, *words, house, *hashes], check=True)
    return place / "bin/edge-agent"


@pytest.fixture(scope="module")
def newer(house: Path) -> Path:
    """Return the same wheels with the kit in another version."""
    folder = house.with_name("next")
    shutil.copytree(house, folder)
    (old,) = folder.glob("tremorkit-*.whl")
    new = folder / old.name.replace(f"-{__version__}-", f"-{NEXT}-")
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "edge/__init__.py":
                content = content.replace(__version__.encode(), NEXT.encode())
            elif name.endswith("/METADATA"):
                was, becomes = f"Version: {__version__}\n", f"Version: {NEXT}\n"
                content = content.replace(was.encode(), becomes.encode())
            target.writestr(name.replace(f"-{__version__}.", f"-{NEXT}."), content)
    old.unlink()
    said = read_manifest(house)
    kit = entry_of(Wheel.read(new))
    wheels = (*(wheel for wheel in said.wheels if wheel.name != "tremorkit"), kit)
    house_said = said.model_dump() | {"kit": NEXT, "wheels": wheels}
    write_manifest(Wheelhouse.model_validate(house_said), folder)
    return folder


def _offer(release: Release, folder: Path) -> str:
    """Sign, publish and assign a wheelhouse by the centre's own tools."""
    what = read_what(folder, Said())
    sha256 = add(release.repository, what).hashes["sha256"]
    release.publish()
    order = SoftwareAssignment(rollout_id="r", version=NEXT, archives={what.path: sha256})
    release.online.assign({"all": order}, Kind.SOFTWARE)
    return sha256


def _of(number: int) -> tuple[str, str]:
    """Return the command line of a process, and what is mapped into its memory."""
    folder = Path(f"/proc/{number}")
    return (folder / "cmdline").read_text(), (folder / "maps").read_text()


async def test_a_real_release_goes_over_the_air(
    release: Release, tmp_path: Path, installed: Path, newer: Path
) -> None:
    """With all that it needs: the new agent runs in the place of the old one, in its process."""
    sha256 = await asyncio.to_thread(_offer, release, newer)
    async with served(release.repository.folder) as url:
        config = station_config(tmp_path, release.root, **QUICK, url=url)
        station = Field(tmp_path, config, command=(str(installed),))
        async with station.running() as process:
            record = await station.until(lambda record: record.last is not None)
            command, libraries = _of(process.pid)

    assert record.last is not None
    assert (End.COMMITTED, NEXT) == (record.last.end, record.last.version), record.last.reason
    place = station.store.place(sha256)
    assert str(place) in command
    assert str(place / "lib") in libraries
    assert str(installed.parents[1] / "lib") not in libraries
    assert not list(place.rglob("pip"))
