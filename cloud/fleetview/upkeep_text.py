"""What a station is to run against what it runs, in words."""

from typing import Final

from cloud.board.picture import StationView
from cloud.board.twin import Standing, TwinPart
from edge.timestamps import format_time, ns_to_seconds
from edge.update.targets import Kind

NAMES: Final = {
    Kind.MODEL: "network",
    Kind.SOFTWARE: "software",
    Kind.CONFIGURATION: "settings",
}
_AGED: Final = {Standing.ON_ITS_WAY, Standing.EXPECTED, Standing.WAITS}
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))


def standing_words(part: TwinPart, now_ns: int) -> str:
    """Return how one kind stands: `on its way: shadow, 12 min`.

    Args:
        part: The kind.
        now_ns: The data clock.
    """
    words = str(part.standing)
    if part.detail:
        words += f" {part.detail}" if part.detail.startswith("in ") else f": {part.detail}"
    if part.standing in _AGED and part.since is not None and now_ns > part.since:
        words += f", {_span(ns_to_seconds(now_ns - part.since))}"
    return words


def upkeep_lines(view: StationView, now_ns: int) -> list[str]:
    """Return a station's updates and certificate, a line each.

    Args:
        view: The station.
        now_ns: The data clock.
    """
    lines = []
    for part in view.twin.parts if view.twin is not None else ():
        runs = part.running or "none"
        since = _day(part.running_since)
        words = f"  {NAMES[part.kind]} {runs}{since}"
        if part.wanted is not None and part.standing is not Standing.AS_WANTED:
            words += f", wanted {part.wanted}{_day(part.wanted_since)}"
        lines.append(f"{words}: {standing_words(part, now_ns)}")
    if view.twin is not None and view.twin.ring is not None:
        lines.append(f"  in ring {view.twin.ring}")
    if view.certificate_until is not None:
        lines.append(f"  certificate until {format_time(view.certificate_until)[:10]}")
    return lines


def _day(time_ns: int | None) -> str:
    return "" if time_ns is None else f" since {format_time(time_ns)[:10]}"


def _span(seconds: float) -> str:
    """Return a time in one unit."""
    for size_s, unit in _UNITS:
        if seconds >= size_s:
            return f"{seconds // size_s:.0f} {unit}"
    return f"{seconds:.0f} s"
