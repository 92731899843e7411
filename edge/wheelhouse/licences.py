"""Under which licence a wheel comes, and whether that may go on a station.

A station is sold and given away: all of it must be free to pass on without conditions on the rest.
Read from the wheel's metadata: `License-Expression` (PEP 639), else the classifiers, else the short
text that older packages have.
"""

import re
from collections.abc import Sequence
from email.message import Message
from typing import Final

ALLOWED: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    }
)
"""SPDX identifiers. MPL-2.0 asks something of its own files only, the others notices at most."""

_CLASSIFIERS: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_TEXTS: Final = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license": "ISC",
    "mit license": "MIT",
}
_WORD: Final = re.compile(r"\(|\)|[^\s()]+")


def licence_of(metadata: Message) -> str:
    """Return the licence as an SPDX expression, or the words of the metadata; empty where none."""
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression)
    prefix = "License :: OSI Approved :: "
    classifiers = [str(line) for line in metadata.get_all("Classifier", [])]
    named = [line.removeprefix(prefix) for line in classifiers if line.startswith(prefix)]
    if named:
        return " AND ".join(_CLASSIFIERS.get(name, name.replace(" ", "-")) for name in named)
    lines = str(metadata.get("License") or "").strip().splitlines()
    return _TEXTS.get(lines[0].lower(), lines[0]) if lines else ""


def is_allowed(expression: str) -> bool:
    """Tell whether an SPDX expression can be met with allowed licences alone.

    `AND` needs all, `OR` any; a licence `WITH` an exception counts as not allowed.
    """
    words = _WORD.findall(expression)
    try:
        allowed, end = _any_of(words, 0)
    except IndexError:
        return False
    return allowed and end == len(words)


def _any_of(words: Sequence[str], at: int) -> tuple[bool, int]:
    allowed, at = _all_of(words, at)
    while at < len(words) and words[at] == "OR":
        other, at = _all_of(words, at + 1)
        allowed = allowed or other
    return allowed, at


def _all_of(words: Sequence[str], at: int) -> tuple[bool, int]:
    allowed, at = _one(words, at)
    while at < len(words) and words[at] == "AND":
        other, at = _one(words, at + 1)
        allowed = allowed and other
    return allowed, at


def _one(words: Sequence[str], at: int) -> tuple[bool, int]:
    if words[at] != "(":
        return words[at] in ALLOWED, at + 1
    allowed, at = _any_of(words, at + 1)
    return allowed and words[at] == ")", at + 1
