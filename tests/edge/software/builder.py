"""Releases of this very kit, built in a moment: its own code under another version.

What the kit needs is not packed: one wheel leads to the packages of this environment.
"""

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from cloud.release.drafts import draft_target
from edge import __version__
from edge.software.archive import here
from edge.update.targets import Kind, SoftwareAssignment, SoftwareFacts
from tests.updates import Release

CHECKOUT: Final = Path(__file__).resolve().parents[3]
NEXT: Final = "99.1.0"
HEALTHY: Final[Mapping[str, str]] = {}

_VERSION: Final = f'__version__ = "{__version__}"'


def wheel(files: Mapping[str, bytes]) -> bytes:
    """Return a wheel with some files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as content:
        for name, text in files.items():
            content.writestr(name, text)
    return buffer.getvalue()


@cache
def _kit() -> dict[str, bytes]:
    """Return the agent's own files."""
    places = {"edge": "edge", "firmware_configs": "edge/firmware_configs"}
    return {
        f"{place}/{path.relative_to(CHECKOUT / folder)}": path.read_bytes()
        for folder, place in places.items()
        for path in sorted((CHECKOUT / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def kit_wheel(version: str, changes: Mapping[str, str] = HEALTHY) -> bytes:
    """Return the kit's wheel in another version.

    Args:
        version: Which.
        changes: What stands in a file in place of what stands there; after it where it is code
            that begins with a `+`.
    """
    files = dict(_kit())
    own = files["edge/__init__.py"].decode()
    files["edge/__init__.py"] = own.replace(_VERSION, f'__version__ = "{version}"').encode()
    for name, text in changes.items():
        before = files[name] if text.startswith("+") else b""
        files[name] = before + text.removeprefix("+").encode()
    return wheel(files)


def path_wheel() -> bytes:
    """Return a wheel that leads to the packages of this environment."""
    return wheel({"needed.pth": f"{Path(np.__file__).parents[1]}\n".encode()})


def archive(
    version: str, wheels: Mapping[str, bytes], said: Mapping[str, object] = HEALTHY
) -> bytes:
    """Return an archive of wheels, with a manifest that may say what is not so."""
    platform, python = here()
    entries = [
        {
            "file": name,
            "name": name.partition("-")[0],
            "version": "1",
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "licence": "MIT",
        }
        for name, content in wheels.items()
    ]
    manifest: dict[str, object] = {
        "kit": version,
        "platform": platform,
        "python": python,
        "wheels": entries,
    }
    manifest |= said
    return packed({"manifest.json": json.dumps(manifest).encode(), **wheels})


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as one archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def release_of(version: str = NEXT, changes: Mapping[str, str] = HEALTHY) -> bytes:
    """Return the archive of a release of this kit."""
    wheels = {
        f"tremorkit-{version}-py3-none-any.whl": kit_wheel(version, changes),
        "needed-1-py3-none-any.whl": path_wheel(),
    }
    return archive(version, wheels)


def small_release(version: str = NEXT, **files: str) -> bytes:
    """Return the archive of a release that is only looked at, never run."""
    content = {f"edge/{name}.py": text.encode() for name, text in files.items()}
    content.setdefault("edge/__init__.py", f'__version__ = "{version}"\n'.encode())
    return archive(version, {f"tremorkit-{version}-py3-none-any.whl": wheel(content)})


def add(release: Release, content: bytes, version: str = NEXT, **facts: object) -> tuple[str, str]:
    """Sign and publish a release; return its path and hash."""
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        said = json.loads(manifest.read())
    known = {"version": version, "platform": said["platform"], "python": said["python"]}
    known["wheels"] = max(len(said["wheels"]), 1)
    signed = SoftwareFacts.model_validate(known | facts)
    short = signed.python.replace(".", "")
    path = f"software/tremorkit-{version}-{signed.platform}-cp{short}.tar"
    draft_target(release.repository, path, content, signed)
    release.publish()
    return path, hashlib.sha256(content).hexdigest()


def assign(
    release: Release, archives: Mapping[str, str], version: str = NEXT, **changes: object
) -> None:
    """Assign a release to all."""
    known = {"rollout_id": f"r-{version}", "version": version, "archives": dict(archives)}
    order = SoftwareAssignment.model_validate(known | changes)
    release.online.assign({"all": order}, Kind.SOFTWARE)


def offer(release: Release, content: bytes, version: str = NEXT, **changes: object) -> str:
    """Publish a release and assign it to all; return its hash."""
    path, sha256 = add(release, content, version)
    assign(release, {path: sha256}, version, **changes)
    return sha256
