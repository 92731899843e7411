"""A wheel that stands for the agent: it has the command, and says what it was asked."""

import ensurepip
import shutil
import zipfile
from pathlib import Path

from edge.wheelhouse.manifest import Wheelhouse, entry_of, write_manifest
from edge.wheelhouse.wheel import Wheel

_AGENT = '''
import json, os, sys

def main():
    """Answer `doctor` as the agent does."""
    print(json.dumps([{"subject": "words", "ok": True, "text": " ".join(sys.argv[1:])}]))
    sys.exit(int(os.environ.get("STUB_DOCTOR", "0")))
'''


def write_agent_house(folder: Path, platform: str, python: str, version: str = "1.2.3") -> Path:
    """Write a wheelhouse whose kit has the command `edge-agent`; the same bytes each time.

    pip lies in it to work with, but is not asked for: an environment without it is made sooner.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"tremorkit-{version}"
    path, info = folder / f"{stem}-py3-none-any.whl", f"{stem}.dist-info"
    files = {
        "stub_agent.py": _AGENT,
        f"{info}/METADATA": f"Metadata-Version: 2.4\nName: tremorkit\nVersion: {version}\n"
        "License-Expression: MIT\n\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nedge-agent = stub_agent:main\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    wheels = [path, *_pip(folder)]
    entries = tuple(entry_of(Wheel.read(wheel)) for wheel in wheels)
    house = Wheelhouse(
        kit=version,
        platform=platform,
        python=python,
        lock_sha256="0" * 64,
        size_bytes=sum(entry.size_bytes for entry in entries),
        wheels=entries,
    )
    write_manifest(house, folder)
    requirements = folder / "requirements.txt"
    requirements.write_text(f"tremorkit=={version} --hash=sha256:{entries[0].sha256}\n")
    return folder


def _pip(folder: Path) -> list[Path]:
    """Copy the pip that Python carries for environments; Debian's Python carries it elsewhere."""
    places = (Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels"))
    found = sorted(path for place in places for path in place.glob("pip-*.whl"))
    return [Path(shutil.copy(found[-1], folder))] if found else []
