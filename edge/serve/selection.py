"""Which records a client wants: SeedLink's selectors and time windows."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Final

from edge.serve.ring import Kept
from edge.timestamps import NANOSECONDS_PER_SECOND

_SELECTOR: Final = re.compile(r"(!?)([A-Z0-9?-]{2})?([A-Z0-9?]{3})?(?:\.([A-Z?]))?")
_TIME_FIELDS: Final = 6
_DATA: Final = "D"


@dataclass(frozen=True, slots=True)
class Selector:
    """One pattern: `HNZ`, `00HN?`, `--HN?.D`, `!HNE`."""

    location: str
    channel: str
    without: bool

    def matches(self, location: str, channel: str) -> bool:
        """Tell whether a channel fits."""
        place = location or "--"
        return fnmatchcase(place, self.location) and fnmatchcase(channel, self.channel)


def parse_selector(text: str) -> Selector | None:
    """Return what a selector means; None for one that is none, or of what is no data."""
    match = _SELECTOR.fullmatch(text)
    if match is None or match[4] not in {None, _DATA, "?"}:
        return None
    location, channel = match[2], match[3]
    if channel is None and location is not None and match[4] is None:
        return None
    return Selector(location or "??", channel or "???", without=bool(match[1]))


def parse_time(text: str) -> int | None:
    """Return the time of `year,month,day,hour,minute,second` in nanoseconds; None for none."""
    parts = text.split(",")
    if len(parts) != _TIME_FIELDS or not all(part.isdecimal() for part in parts):
        return None
    year, month, day, hour, minute, second = map(int, parts)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return int(moment.timestamp()) * NANOSECONDS_PER_SECOND


@dataclass(slots=True)
class Request:
    """What a client asks of the station."""

    location: str
    selectors: list[Selector] = field(default_factory=list)
    first: int | None = None
    """Number of the first record; None before DATA, FETCH or TIME came."""
    begin_ns: int | None = None
    end_ns: int | None = None
    ends: bool = False
    """FETCH: what is there now, and no more."""

    def wants(self, record: Kept) -> bool:
        """Tell whether a record is asked for."""
        if self.begin_ns is not None and record.end_ns <= self.begin_ns:
            return False
        if self.end_ns is not None and record.start_ns >= self.end_ns:
            return False
        fits = [one for one in self.selectors if one.matches(self.location, record.channel)]
        if any(one.without for one in fits):
            return False
        return bool(fits) or all(one.without for one in self.selectors)

    def is_over(self, record: Kept) -> bool:
        """Tell whether nothing after this record can be wanted: the time asked for is past."""
        return self.end_ns is not None and record.start_ns >= self.end_ns
