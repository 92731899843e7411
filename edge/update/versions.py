"""Versions and their order: numbers of networks and settings, texts of agent software."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

# As PEP 440 writes them in their normal form: 1.2.0, 1.2.0rc1, 1.2.0.dev3, 1.2.0.post1.
_FORM: Final = re.compile(
    r"(?P<release>[0-9]+(?:\.[0-9]+){0,5})"
    r"(?:(?P<stage>a|b|rc)(?P<step>[0-9]+))?"
    r"(?:\.post(?P<post>[0-9]+))?"
    r"(?:\.dev(?P<dev>[0-9]+))?"
    r"(?:\+[0-9A-Za-z.]+)?"
)
_STAGES: Final = {"a": 0, "b": 1, "rc": 2}
_FINAL: Final = 3
_LATEST: Final = 10**9
_PLACES: Final = 6

Order = tuple[int, ...]


def order_of(version: int | str) -> Order:
    """Return what versions are ordered by; what follows a `+` does not count.

    Raises:
        ValueError: It is no version.
    """
    if isinstance(version, int):
        return (version,)
    found = _FORM.fullmatch(version)
    if found is None:
        raise ValueError(f"{version!r} is no version such as 1.2.0 or 1.2.0rc1")
    numbers = [int(number) for number in found["release"].split(".")]
    numbers += [0] * (_PLACES - len(numbers))
    stage = _STAGES[found["stage"]] if found["stage"] else _FINAL
    dev = int(found["dev"]) if found["dev"] else _LATEST
    if found["dev"] and stage == _FINAL and not found["post"]:
        # A .dev of a version that is not out yet comes before its first stage.
        stage = -1
    post = int(found["post"]) + 1 if found["post"] else 0
    return (*numbers, stage, int(found["step"] or 0), post, dev)


def newest(*versions: int | str) -> int | str:
    """Return the newest of some versions of one kind."""
    return max(versions, key=order_of)


def _must_have_an_order(version: str) -> str:
    order_of(version)
    return version


AnyVersion = (
    Annotated[int, Field(ge=1)]
    | Annotated[str, Field(max_length=40), AfterValidator(_must_have_an_order)]
)
