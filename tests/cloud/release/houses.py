"""Folders of wheels as `edge-agent wheelhouse` makes them, with wheels of a few bytes."""

import hashlib
import json
from pathlib import Path

WHEELS = {"tremorkit": None, "numpy": "2.3.1", "tuf": "7.0.1"}
"""Package and version; None: the kit's own."""


def wheelhouse(
    folder: Path,
    kit: str,
    wheels: dict[str, str | None] | None = None,
    *,
    platform: str = "aarch64",
) -> Path:
    """Make a folder of wheels.

    Args:
        folder: Where.
        kit: Version of the agent's software.
        wheels: Package and version; the usual ones where None.
        platform: As `uname -m` says it on the station.
    """
    folder.mkdir(parents=True)
    entries = []
    for name, version in (WHEELS if wheels is None else wheels).items():
        file = folder / f"{name}-{version or kit}-py3-none-any.whl"
        content = f"{name} {version or kit} {platform}".encode()
        file.write_bytes(content)
        entries.append(
            {
                "file": file.name,
                "name": name,
                "version": version or kit,
                "size_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "licence": "MIT",
            }
        )
    manifest = {"kit": kit, "platform": platform, "python": "3.13", "wheels": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
