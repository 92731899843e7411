"""Writes YAML that every reader understands alike: each text in double quotes, nothing guessed.

A bare `no`, `1e3` or `12:30` is a text to one reader and a truth value or a number to another.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_PLAIN_KEY: Final = re.compile(r"[a-z][a-z0-9_-]{2,}")
_WORDS: Final = frozenset({"yes", "off", "true", "false", "null"})
"""Keys of three letters and more that a reader of YAML 1.1 takes for something else."""
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_RAW: Final = re.compile(
    "[ -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Printable by YAML 1.2, chapter 5.1, without line breaks and the byte order mark."""


def to_yaml(value: object) -> str:
    """Return a document.

    Args:
        value: Mappings, sequences, texts, integers and truth values.

    Raises:
        TypeError: Something else is in it.
    """
    return "\n".join(_lines(value)) + "\n"


def _lines(value: object) -> list[str]:
    if isinstance(value, Mapping) and value:
        return [line for key, inner in value.items() for line in _entry(f"{_key(key)}:", inner)]
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return [line for inner in value for line in _item(inner)]
    return [_scalar(value)]


def _entry(start: str, inner: object) -> list[str]:
    lines = _lines(inner)
    if _is_nested(inner):
        return [start, *(f"  {line}" for line in lines)]
    return [f"{start} {lines[0]}"]


def _item(inner: object) -> list[str]:
    first, *others = _lines(inner)
    return [f"- {first}", *(f"  {line}" for line in others)]


def _is_nested(value: object) -> bool:
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str) and bool(value)


def _key(key: object) -> str:
    text = str(key)
    return text if _PLAIN_KEY.fullmatch(text) and text not in _WORDS else _quoted(text)


def _scalar(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _quoted(value)
        case Mapping():
            return "{}"
        case Sequence():
            return "[]"
    raise TypeError(f"no YAML for {value!r}")


def _quoted(text: str) -> str:
    return '"' + "".join(map(_character, text)) + '"'


def _character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if _RAW.fullmatch(character):
        return character
    code = ord(character)
    return f"\\u{code:04x}"
