"""Files by their place on a boot partition: texts that were rendered, and files that are copied."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

Content = bytes | Path
"""A file's bytes, or the file that has them."""
Tree = Mapping[str, Content]
"""Contents by path, with `/` between folders, relative to the root of the partition."""


def size_of(content: Content) -> int:
    """Return the size in bytes."""
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def sha256_of(content: Content) -> str:
    """Return the hash, in hexadecimal digits."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes_of(tree: Tree) -> dict[str, str]:
    """Return the hash of each file, by path."""
    return {path: sha256_of(tree[path]) for path in sorted(tree)}


def write_tree(tree: Tree, folder: Path) -> None:
    """Write all files below a folder.

    Raises:
        ValueError: A path leads out of the folder.
    """
    for path, content in tree.items():
        parts = PurePosixPath(path)
        if parts.is_absolute() or ".." in parts.parts:
            raise ValueError(f"{path!r} leads out of its folder")
        place = folder / parts
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            place.write_bytes(content)
        else:
            shutil.copyfile(content, place)


def hashes_below(folder: Path) -> dict[str, str]:
    """Return the hash of each file below a folder, by path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}
