"""Queries by POST: lines `name=value`, then one line a channel and time.

NETWORK STATION LOCATION CHANNEL START END; `--` is the empty location, `*` in place of a time
leaves it open.
"""

from typing import Final, TypeVar

from cloud.errors import BadQueryError, TooMuchError
from cloud.fdsnws.parameters import Query, read_query

_MOST_LINES: Final = 10_000
_COLUMNS: Final = ("network", "station", "location", "channel", "starttime", "endtime")

AnyQuery = TypeVar("AnyQuery", bound=Query)


def read_bulk(model: type[AnyQuery], body: str | None) -> list[AnyQuery]:
    """Return the queries of a body, one for each line.

    Raises:
        BadQueryError: A line makes no sense.
        TooMuchError: There are too many, or the body (None) was too long.
    """
    lines = [] if body is None else [one for one in body.splitlines() if one.strip()]
    if body is None or len(lines) > _MOST_LINES:
        raise TooMuchError(f"the request is too long; {_MOST_LINES} lines are taken at most")
    common: list[tuple[str, str]] = []
    while lines and "=" in lines[0]:
        name, _, value = lines.pop(0).partition("=")
        common.append((name.strip(), value.strip()))
    if not lines:
        raise BadQueryError("the request has no line NETWORK STATION LOCATION CHANNEL START END")
    return [_query(model, common, line) for line in lines]


def _query(model: type[AnyQuery], common: list[tuple[str, str]], line: str) -> AnyQuery:
    cells = line.split()
    if len(cells) != len(_COLUMNS):
        raise BadQueryError(
            f"{line[:80]!r} is not NETWORK STATION LOCATION CHANNEL START END: "
            f"{len(cells)} columns in place of {len(_COLUMNS)}"
        )
    pairs = zip(_COLUMNS, cells, strict=True)
    own = [(name, cell) for name, cell in pairs if not (name.endswith("time") and cell == "*")]
    return read_query(model, [*common, *own])
