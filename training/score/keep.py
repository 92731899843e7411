"""Rows that were measured before: hours of noise need not be heard again for one new bundle.

A row is known by its detectors (hash or settings), the list of picks and the amounts. It does not
know the code: after a change of the pipeline, name another folder.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

_DIGITS = 12


class Keep:
    """Keeps results as JSON files; without a folder nothing is kept.

    Args:
        folder: Of the files; made when needed.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def __call__(self, kind: Any, key: tuple[str, ...], measure: Callable[[], T]) -> T:  # noqa: ANN401 - any type expression
        """Return a result of before, or measure it.

        Args:
            kind: Type of the result: a dataclass of numbers, texts and the like, or tuples of them.
            key: Everything that the result depends on; the first word is part of the file's name.
            measure: Measures it.
        """
        if self._folder is None:
            return measure()
        adapter = TypeAdapter(kind)
        digest = hashlib.sha256("\n".join(key).encode()).hexdigest()[:_DIGITS]
        path = self._folder / f"{key[0]}-{digest}.json"
        if path.is_file():
            return adapter.validate_json(path.read_bytes())
        result = measure()
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".part")
        partial.write_bytes(adapter.dump_json(result))
        partial.replace(path)
        return result


def fingerprint(data: Path) -> str:
    """Return what stands for the recordings: a hash of the list of picks."""
    table = data / "openeew_mx" / "openeew_ppicks_auto.csv"
    return hashlib.sha256(table.read_bytes()).hexdigest() if table.is_file() else ""
