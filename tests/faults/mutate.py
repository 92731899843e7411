"""Damage: a valid example with bytes and values that nobody expects."""

import random
import re

_SCALAR = re.compile(rb'"[^"]*"|-?[0-9][0-9.eE+-]*|true|false|null')
_NASTY = (
    b"",
    b"0",
    b"-1",
    b"1e999",
    b"-1e308",
    b"NaN",
    b"Infinity",
    b"99999999999999999999999999",
    b"-9223372036854775809",
    b"9223372036854775807",
    b"1e18",
    b"0.1",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
    b'"\\u0000"',
    b'"\\ud800"',
    b'"../../etc/passwd"',
    b'"9999-12-31T23:59:59.999999Z"',
    b'"0001-01-01T00:00:00Z"',
    b'"' + b"9" * 400 + b'"',
    b"9" * 5000,
    b"[" * 2000,
    b"\xff\xfe",
)


def damaged(chance: random.Random, example: bytes) -> bytes:
    """Return an example with one to four things wrong."""
    content = example
    for _ in range(chance.randint(1, 4)):
        content = chance.choice((_value, _bytes, _bytes, _cut, _again, _bit))(chance, content)
    return content


def _value(chance: random.Random, content: bytes) -> bytes:
    """Put a nasty value in place of one that can be read."""
    places = list(_SCALAR.finditer(content))
    if not places:
        return content
    place = chance.choice(places)
    return content[: place.start()] + chance.choice(_NASTY) + content[place.end() :]


def _bytes(chance: random.Random, content: bytes) -> bytes:
    place = chance.randint(0, len(content))
    new = chance.randbytes(chance.randint(0, 4))
    return content[:place] + new + content[place + chance.randint(0, 4) :]


def _cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randint(0, len(content))]


def _again(chance: random.Random, content: bytes) -> bytes:
    """Repeat a stretch."""
    begin = chance.randint(0, len(content))
    end = chance.randint(begin, len(content))
    return content[:end] + content[begin:]


def _bit(chance: random.Random, content: bytes) -> bytes:
    if not content:
        return content
    place = chance.randrange(len(content))
    return (
        content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]
    )
