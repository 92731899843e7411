"""Makes alarms of troubles: patient, one for many stations, over when all are well.

Order of use: `look` at all stations every few seconds; publish what it returns. What an earlier run
of the centre left open is given to the constructor. A station that cannot be heard says nothing of
its other troubles: they stand until it is back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cloud.board.alarm import Affected, FleetAlarm
from cloud.board.trouble import Fault, Trouble
from cloud.fleetview.config import FleetConfig
from cloud.fleetview.headline import headline
from edge.timestamps import format_time, seconds_to_ns

Key = tuple[str, Trouble]
"""Station and kind of trouble."""

_MOST_ID: Final = 64
_LATCHED: Final = frozenset({Trouble.MOVED})
"""Over only when somebody has acknowledged it: only people know where a station should be."""


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm that changed."""

    alarm: FleetAlarm
    notice: bool
    """Somebody is to be told: it began, or it is over."""


@dataclass(slots=True)
class _Pending:
    since_ns: int
    text: str


@dataclass(slots=True)
class _Open:
    alarm: FleetAlarm
    wide: bool
    joined_ns: int
    seen_ns: dict[str, int] = field(default_factory=dict)
    """When each station was last seen in trouble."""


class Watch:
    """The alarms on stations.

    Args:
        config: Patience.
        left: Alarms that are open since before.
        now_ns: The data clock.
    """

    def __init__(
        self, config: FleetConfig, left: Iterable[FleetAlarm] = (), now_ns: int = 0
    ) -> None:
        self._config = config
        self._pending: dict[Key, _Pending] = {}
        self._open: dict[str, _Open] = {}
        self._of: dict[Key, str] = {}
        self._speed = 1.0
        for alarm in left:
            wide = len(alarm.stations) >= config.wide_stations
            self._open[alarm.id] = held = _Open(alarm, wide, now_ns)
            for name in alarm.open_stations:
                held.seen_ns[name] = now_ns
                self._of[name, alarm.kind] = alarm.id

    @property
    def open(self) -> tuple[FleetAlarm, ...]:
        """The alarms that go on, oldest first."""
        return tuple(held.alarm for held in self._open.values())

    def look(
        self,
        stations: Iterable[tuple[str, tuple[Fault, ...]]],
        now_ns: int,
        speed: float = 1.0,
    ) -> list[Change]:
        """Look at all stations; return the alarms that changed.

        Args:
            stations: Name, NETWORK.STATION, and what is wrong with it.
            now_ns: The data clock.
            speed: Seconds of the data clock in a second of ours.
        """
        self._speed = speed
        faulty: set[Key] = set()
        for name, faults in stations:
            faulty.update(self._note(name, faults, now_ns))
        for key in [key for key in self._pending if key not in faulty]:
            del self._pending[key]
        changes = list(self._end(now_ns))
        for kind in Trouble:
            change = self._begin(kind, now_ns)
            if change is not None:
                changes.append(change)
        return changes

    def acknowledge(self, alarm_id: str, by: str, at_ns: int, now_ns: int) -> list[Change]:
        """Note that somebody has seen an alarm; a latched one is over with it.

        Args:
            alarm_id: Which.
            by: Who.
            at_ns: When, on the data clock.
            now_ns: The data clock.
        """
        held = self._open.get(alarm_id)
        if held is None or held.alarm.acknowledged is not None:
            return []
        self._change(held, now_ns, acknowledged=at_ns, acknowledged_by=by)
        if held.alarm.kind not in _LATCHED:
            return [Change(held.alarm, notice=False)]
        for name in list(held.seen_ns):
            del held.seen_ns[name]
            del self._of[name, held.alarm.kind]
        return [self._leave(held, set(held.alarm.open_stations), now_ns)]

    def _note(self, name: str, faults: tuple[Fault, ...], now_ns: int) -> Iterator[Key]:
        """Take what is wrong with one station; yield the troubles that are news."""
        silent = any(fault.kind is Trouble.SILENT for fault in faults)
        standing = tuple(Trouble) if silent else tuple(fault.kind for fault in faults)
        for kind in standing:
            alarm_id = self._of.get((name, kind))
            if alarm_id is not None:
                self._open[alarm_id].seen_ns[name] = now_ns
        for fault in faults:
            key = (name, fault.kind)
            if key in self._of or fault.kind in self._config.mute:
                continue
            self._pending.setdefault(key, _Pending(now_ns, fault.text)).text = fault.text
            yield key

    def _begin(self, kind: Trouble, now_ns: int) -> Change | None:
        """Begin an alarm of a kind, or let more stations join a wide one."""
        patience_ns = self._ours_ns(self._config.patience_s(kind))
        waiting = {key: held for key, held in self._pending.items() if key[1] is kind}
        due = {k: held for k, held in waiting.items() if now_ns - held.since_ns >= patience_ns}
        if not due:
            return None
        joined = self._wide(kind, now_ns)
        if joined is not None:
            return self._join(joined, due, now_ns)
        eldest_ns = min(held.since_ns for held in due.values())
        gathering = now_ns - eldest_ns < patience_ns + self._ours_ns(self._config.gather_s)
        if gathering and len(due) < len(waiting):
            return None
        return self._new(kind, due, now_ns)

    def _new(self, kind: Trouble, due: dict[Key, _Pending], now_ns: int) -> Change:
        began_ns = min(held.since_ns for held in due.values())
        first = min(name for name, _ in due)
        moment = format_time(now_ns)[:19].replace("-", "").replace(":", "").lower()
        alarm = FleetAlarm(
            id=f"{kind.value}-{moment}-{first.rpartition(' ')[2]}"[:_MOST_ID],
            revision=0,
            kind=kind,
            headline="",
            stations=_affected(due),
            began=began_ns,
            published=now_ns,
        )
        alarm = alarm.model_copy(update={"headline": headline(alarm)})
        recent_ns = now_ns - self._ours_ns(self._config.join_s)
        others = sum(
            len(held.seen_ns)
            for held in self._open.values()
            if held.alarm.kind is kind and held.joined_ns >= recent_ns
        )
        wide = len(due) + others >= self._config.wide_stations
        self._open[alarm.id] = held = _Open(alarm, wide, now_ns)
        self._take(held, due, now_ns)
        return Change(alarm, notice=True)

    def _join(self, held: _Open, due: dict[Key, _Pending], now_ns: int) -> Change:
        held.joined_ns = now_ns
        self._change(held, now_ns, stations=held.alarm.stations + _affected(due))
        self._take(held, due, now_ns)
        return Change(held.alarm, notice=False)

    def _take(self, held: _Open, due: dict[Key, _Pending], now_ns: int) -> None:
        for key in due:
            del self._pending[key]
            self._of[key] = held.alarm.id
            held.seen_ns[key[0]] = now_ns

    def _wide(self, kind: Trouble, now_ns: int) -> _Open | None:
        """Return the wide alarm of a kind that still takes more, if there is one."""
        since_ns = now_ns - self._ours_ns(self._config.join_s)
        for held in self._open.values():
            if held.alarm.kind is kind and held.wide and held.joined_ns >= since_ns:
                return held
        return None

    def _end(self, now_ns: int) -> Iterator[Change]:
        """Let go of those that are well again."""
        since_ns = now_ns - self._ours_ns(self._config.well_s)
        for held in list(self._open.values()):
            if held.alarm.kind in _LATCHED:
                continue
            well = {name for name, seen_ns in held.seen_ns.items() if seen_ns < since_ns}
            if not well:
                continue
            for name in well:
                del held.seen_ns[name]
                del self._of[name, held.alarm.kind]
            yield self._leave(held, well, now_ns)

    def _leave(self, held: _Open, well: set[str], now_ns: int) -> Change:
        stations = tuple(
            one.model_copy(update={"ended": now_ns})
            if one.station in well and one.ended is None
            else one
            for one in held.alarm.stations
        )
        over = not held.seen_ns
        self._change(held, now_ns, stations=stations, ended=now_ns if over else None)
        if over:
            del self._open[held.alarm.id]
        return Change(held.alarm, notice=over)

    def _change(self, held: _Open, now_ns: int, **fields: object) -> None:
        revision = held.alarm.revision + 1
        update = {"revision": revision, "published": now_ns, **fields}
        changed = held.alarm.model_copy(update=update)
        held.alarm = changed.model_copy(update={"headline": headline(changed)})

    def _ours_ns(self, seconds: float) -> int:
        """Return seconds of our clock in nanoseconds of the data clock."""
        return seconds_to_ns(seconds * self._speed)


def _affected(due: dict[Key, _Pending]) -> tuple[Affected, ...]:
    return tuple(
        Affected(station=name, text=held.text, began=held.since_ns)
        for (name, _), held in sorted(due.items())
    )
