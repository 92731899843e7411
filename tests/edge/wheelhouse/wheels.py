"""Wheels made for a test: a name, a version, what they need."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

PURE = "py3-none-any"


def write_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    needs: Sequence[str] = (),
    licence: str = "License-Expression: MIT",
    tag: str = PURE,
    filling_bytes: int = 0,
) -> Path:
    """Write a wheel that pip takes; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    path = folder / f"{stem}-{tag}.whl"
    info = f"{stem}.dist-info"
    lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
    lines += [line for line in [licence] if line]
    lines += [f"Requires-Dist: {need}" for need in needs]
    if any("extra ==" in need for need in needs):
        lines.append("Provides-Extra: edge")
    pure = "true" if tag == PURE else "false"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name.replace('-', '_')}.py", f"NAME = {name!r}\n")
        archive.writestr(f"{info}/METADATA", "\n".join([*lines, "", ""]))
        archive.writestr(
            f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
        )
        archive.writestr(f"{info}/filling", bytes(filling_bytes))
        archive.writestr(f"{info}/RECORD", "")
    return path
