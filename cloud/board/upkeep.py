"""What is wrong with a station's updates and its certificate."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cloud.board.limits import ConditionConfig
from cloud.board.trouble import Fault, Trouble
from cloud.board.twin import BEHIND, Standing, Twin, TwinPart
from edge.timestamps import NANOSECONDS_PER_SECOND, format_time, seconds_to_ns

_DAY_S: Final = 86_400.0
_DAY_NS: Final = seconds_to_ns(_DAY_S)
_LONGEST: Final = 160
"""Characters of a station's own words."""
_KINDS: Final = {
    Standing.REFUSED: Trouble.REFUSED,
    Standing.REJECTED: Trouble.ROLLBACK,
    Standing.ROLLED_BACK: Trouble.ROLLBACK,
}


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is known of a station beside what it measures."""

    twin: Twin | None = None
    certificate_ns: int | None = None
    """When its certificate ends; None: it has none of ours."""


def upkeep_faults(upkeep: Upkeep, now_ns: int, config: ConditionConfig) -> Iterator[Fault]:
    """Yield what is wrong.

    Args:
        upkeep: Of one station.
        now_ns: The data clock.
        config: The limits.
    """
    for part in upkeep.twin.parts if upkeep.twin is not None else ():
        kind = _KINDS.get(part.standing)
        if kind is not None:
            yield Fault(kind, _words(part))
        elif _is_behind(part, now_ns, config):
            days = (now_ns - (part.wanted_since or now_ns)) / _DAY_NS
            said = f"{part.standing}: {part.detail}" if part.detail else str(part.standing)
            yield Fault(Trouble.BEHIND, _line(f"{part.wanted} wanted for {days:.0f} days: {said}"))
    until_ns = upkeep.certificate_ns
    if until_ns is None or now_ns < until_ns - _warned_ns(config):
        return
    if now_ns >= until_ns:
        yield Fault(Trouble.CERTIFICATE, f"its certificate ended {format_time(until_ns)[:10]}")
    else:
        days = (until_ns - now_ns) / _DAY_NS
        yield Fault(Trouble.CERTIFICATE, f"its certificate ends in {days:.1f} days")


def upkeep_moments_ns(upkeep: Upkeep, config: ConditionConfig) -> Iterator[int]:
    """Yield when time alone changes what is wrong, on the data clock."""
    if upkeep.certificate_ns is not None:
        yield upkeep.certificate_ns - _warned_ns(config)
        yield upkeep.certificate_ns
    for part in upkeep.twin.parts if upkeep.twin is not None else ():
        if part.standing in BEHIND and part.wanted_since is not None:
            yield part.wanted_since + seconds_to_ns(config.behind_days * _DAY_S)


def _is_behind(part: TwinPart, now_ns: int, config: ConditionConfig) -> bool:
    if part.standing not in BEHIND or part.wanted_since is None:
        return False
    return now_ns - part.wanted_since > seconds_to_ns(config.behind_days * _DAY_S)


def _warned_ns(config: ConditionConfig) -> int:
    return round(config.certificate_days * _DAY_S) * NANOSECONDS_PER_SECOND


def _words(part: TwinPart) -> str:
    """Return a part that ended badly: `rolled back quake_cnn 2 in probation: ...`."""
    words = f"{part.standing} {part.wanted or ''}"
    if part.detail:
        words += f" {part.detail}" if part.detail.startswith("in ") else f": {part.detail}"
    return _line(words)


def _line(words: str) -> str:
    """Return what a station said, on one line and not too long."""
    line = "".join(letter if letter.isprintable() else " " for letter in words)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
