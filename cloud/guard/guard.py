"""Who is believed: looks at each message before the aggregator does.

Order of use: ask `admits` of each message; `tick` now and then, so that doubts end by themselves.
`changed` is told whenever a station comes into doubt or out of it. A station in doubt sends no
triggers into events, and its silence is no evidence either; what it sends is kept, except for the
messages of a flood.
"""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import structlog

from cloud.guard.config import GuardConfig
from cloud.guard.flood import FloodGate
from cloud.guard.places import Place, Places
from edge.messages import Health, State, Trigger
from edge.timestamps import ns_to_seconds

_log = structlog.get_logger(__name__)

_MOST_STATIONS: Final = 20_000
"""Stations that are looked at; those beyond are believed."""


class Doubt(StrEnum):
    """Why a station is not believed."""

    FLOOD = "flood"
    PLACE = "place"
    CLOCK = "clock"


class Verdict(StrEnum):
    """What becomes of a message."""

    USED = "used"
    KEPT = "kept"
    """Written down, not used."""
    DROPPED = "dropped"


Changed = Callable[[str, str, tuple[str, ...]], None]
"""Takes network, station, and the reasons for doubt, in sentences."""


class Guard:
    """Judges stations by what they send.

    Args:
        config: Where belief ends.
        changed: Told of each station that comes into doubt or out of it.

    Attributes:
        dropped: Messages of floods, by kind.
        unused: Triggers that were kept and not used, by doubt.
    """

    def __init__(self, config: GuardConfig, changed: Changed) -> None:
        self.dropped: Counter[str] = Counter()
        self.unused: Counter[Doubt] = Counter()
        self._config = config
        self._changed = changed
        self._gate = FloodGate(config)
        self._places = Places(config)
        self._doubts: dict[tuple[str, str], dict[Doubt, str]] = {}

    def admits(self, message: State | Trigger | Health, now_ns: int) -> Verdict:
        """Return what is to become of a message.

        Args:
            message: The next one.
            now_ns: The data clock.
        """
        who = (message.network, message.station)
        name = f"{message.network}.{message.station}"
        kind = type(message).__name__.lower()
        if not self._gate.pour(name, kind, now_ns):
            self.dropped[kind] += 1
            self._doubt(who, Doubt.FLOOD, "sends far too much: what is beyond the limit is dropped")
            return Verdict.DROPPED
        self._look_at_place(who, message, now_ns)
        self._look_at_clock(who, message, now_ns)
        if not isinstance(message, Trigger):
            return Verdict.USED
        reasons = set(self._doubts.get(who, ()))
        if not self._places.is_stated(name, (message.latitude, message.longitude)):
            reasons.add(Doubt.PLACE)
        self.unused.update(reasons)
        return Verdict.KEPT if reasons else Verdict.USED

    def believes(self, network: str, station: str) -> bool:
        """Return whether a station is in no doubt."""
        return (network, station) not in self._doubts

    def tick(self, now_ns: int) -> None:
        """End the doubts whose reason is past."""
        for name, kind, dropped in self._gate.open_again(now_ns):
            network, _, station = name.partition(".")
            _log.warning("station_flood_over", station=name, kind=kind, dropped=dropped)
            if not self._gate.closed_for(name):
                self._clear((network, station), Doubt.FLOOD)
        for who in [who for who, doubts in self._doubts.items() if Doubt.PLACE in doubts]:
            if not self._places.flips(".".join(who), now_ns):
                self._clear(who, Doubt.PLACE)

    def _look_at_place(
        self, who: tuple[str, str], message: State | Trigger | Health, now_ns: int
    ) -> None:
        place = _place_of(message)
        if place is None:
            return
        name = ".".join(who)
        take = self._places.state if isinstance(message, State) else self._places.see
        take(name, place, now_ns)
        flips = self._places.flips(name, now_ns)
        if flips:
            text = f"two places under one code: it changed {flips} times within the hour"
            self._doubt(who, Doubt.PLACE, text)

    def _look_at_clock(
        self, who: tuple[str, str], message: State | Trigger | Health, now_ns: int
    ) -> None:
        """Look at a clock: what comes from the future is wrong, and so is a report that is old.

        A trigger may be old: it waits on the station while that has no line.
        """
        if isinstance(message, State):
            return
        at_ns = message.onset if isinstance(message, Trigger) else message.time
        ahead_s = ns_to_seconds(at_ns - now_ns)
        if ahead_s > self._config.ahead_s:
            self._doubt(who, Doubt.CLOCK, f"its clock is {_span(ahead_s)} ahead")
        elif ahead_s >= -self._config.behind_s:
            self._clear(who, Doubt.CLOCK)
        elif isinstance(message, Health):
            self._doubt(who, Doubt.CLOCK, f"its clock is {_span(-ahead_s)} behind")

    def _doubt(self, who: tuple[str, str], doubt: Doubt, text: str) -> None:
        known = self._doubts.get(who)
        if known is not None and doubt in known:
            return
        if known is None and len(self._doubts) >= _MOST_STATIONS:
            return
        self._doubts.setdefault(who, {})[doubt] = text
        _log.warning("station_doubted", station=".".join(who), doubt=doubt.value, reason=text)
        self._tell(who)

    def _clear(self, who: tuple[str, str], doubt: Doubt) -> None:
        known = self._doubts.get(who)
        if known is None or known.pop(doubt, None) is None:
            return
        if not known:
            del self._doubts[who]
        _log.warning("station_believed_again", station=".".join(who), doubt=doubt.value)
        self._tell(who)

    def _tell(self, who: tuple[str, str]) -> None:
        self._changed(*who, tuple(self._doubts.get(who, {}).values()))


def _place_of(message: State | Trigger | Health) -> Place | None:
    if isinstance(message, Health) or message.latitude is None or message.longitude is None:
        return None
    return message.latitude, message.longitude


def _span(seconds: float) -> str:
    for unit, size_s in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size_s:
            return f"{seconds / size_s:.0f} {unit}"
    return f"{seconds:.0f} s"
