"""The event messages of the earthquakes: ids, revisions, and what is worth a new one."""

from dataclasses import dataclass, field
from math import hypot

from pydantic import BaseModel, ConfigDict, Field

from cloud.association.explanation import Explanation, Pick
from cloud.association.quake import Quake
from cloud.ellipsoid import ellipsoid_of
from cloud.geodesy import great_circle_km
from cloud.magnitude import Size
from cloud.observed import merged, shaking_of_triggers
from cloud.thorough.verdict import Relocation
from edge.messages import Arrival, Event, EventMethod, EventStatus
from edge.timestamps import format_time, ns_to_seconds, seconds_to_ns

_MOST_IDS = 4096


class PublishingConfig(BaseModel):
    """What of an earthquake is published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    possible_stations: int = Field(
        default=2,
        ge=2,
        title="Possible",
        description="Stations from which an event is possible",
    )
    preliminary_stations: int = Field(
        default=3,
        ge=2,
        title="Preliminary",
        description="Stations from which an event is preliminary",
    )
    declared_stations: int = Field(
        default=4,
        ge=2,
        title="Declared",
        description="Stations from which an event is declared",
    )
    publish_from: EventStatus = Field(
        default=EventStatus.PRELIMINARY,
        title="Published from",
        description="The least status with which an event is published: "
        "possible, preliminary or declared",
    )
    largest_uncertainty_km: float = Field(
        default=100.0,
        gt=0,
        title="Largest uncertainty",
        description="An event is first published when its place is known better than this, km",
    )
    moved_km: float = Field(
        default=2.0,
        ge=0,
        title="Change of place",
        description="A revision is published when the place moved farther than this, km",
    )
    moved_s: float = Field(
        default=0.5,
        ge=0,
        title="Change of time",
        description="A revision is published when the origin time moved further than this, s",
    )
    moved_magnitude: float = Field(
        default=0.1,
        ge=0,
        title="Change of magnitude",
        description="A revision is published when the magnitude changed by more than this",
    )
    large_stations: int = Field(
        default=30,
        ge=1,
        title="Large",
        description="From so many stations on, an event's revisions wait for company",
    )
    large_every_s: float = Field(
        default=0.5,
        ge=0,
        title="Revisions of large events",
        description="How long they wait; the end of an event and a retraction do not, s",
    )
    wake_s: float = Field(
        default=300.0,
        ge=0,
        title="Wake",
        description="In the wake of an event, so many seconds after its origin, another one near "
        "it is published only when it is declared: coda makes coincidences",
    )
    wake_km: float = Field(
        default=100.0,
        ge=0,
        title="Wake's radius",
        description="How near the earlier event another one is in its wake, km",
    )
    final_after_s: float = Field(
        default=120.0,
        gt=0,
        title="Final after",
        description="An event is final so long after its origin on the data's clock, s",
    )

    @property
    def least_stations(self) -> int:
        """Return the number of stations from which events are held at all."""
        return {
            EventStatus.POSSIBLE: self.possible_stations,
            EventStatus.PRELIMINARY: self.preliminary_stations,
        }.get(self.publish_from, self.declared_stations)


@dataclass(slots=True)
class _Entry:
    event: Event
    looked_ns: int
    """When it was last looked at whether a revision is due."""
    closed: bool = False
    put_off: bool = False


@dataclass(slots=True)
class Ledger:
    """Makes messages of earthquakes, and remembers the last one of each."""

    config: PublishingConfig
    exercise: bool
    _entries: dict[int, _Entry] = field(default_factory=dict)
    _ids: dict[str, None] = field(default_factory=dict)

    def publish(self, quake: Quake, size: Size, now_ns: int) -> Event | None:
        """Return the next revision, or None where nothing changed that matters."""
        entry = self._entries.get(quake.number)
        if entry is not None and entry.closed:
            return None
        status = self._status(quake, entry.event.status if entry else None)
        if entry is None and not self._fit_to_show(quake, status):
            return None
        event = self._message(quake, size, status, now_ns, entry)
        if entry is not None:
            entry.looked_ns, entry.put_off = now_ns, False
            if not self._differs(entry.event, event):
                return None
        event = event.model_copy(update=_details(quake))
        self._entries[quake.number] = _Entry(
            event, now_ns, closed=status in (EventStatus.FINAL, EventStatus.RETRACTED)
        )
        return event

    def puts_off(self, quake: Quake, now_ns: int) -> bool:
        """Return whether a revision waits for company; `due` names its earthquake later.

        Hundreds of stations would else make hundreds of revisions, each with all of them.
        """
        entry = self._entries.get(quake.number)
        if entry is None or entry.closed or quake.ended:
            return False
        if len(entry.event.stations) < self.config.large_stations:
            return False
        if (quake.relocation is None) is not (entry.event.method is EventMethod.TRIGGERS):
            return False
        entry.put_off = now_ns - entry.looked_ns < seconds_to_ns(self.config.large_every_s)
        return entry.put_off

    def due(self, now_ns: int) -> list[int]:
        """Return the numbers of earthquakes whose revisions have waited long enough."""
        limit = now_ns - seconds_to_ns(self.config.large_every_s)
        return [
            number
            for number, entry in self._entries.items()
            if entry.put_off and entry.looked_ns <= limit
        ]

    def forget(self, number: int) -> None:
        """Drop an earthquake that can change no more."""
        self._entries.pop(number, None)

    def number_of(self, event_id: str) -> int | None:
        """Return the number of the earthquake of an event, or None where it is forgotten."""
        for number, entry in self._entries.items():
            if entry.event.id == event_id:
                return number
        return None

    def _status(self, quake: Quake, before: EventStatus | None) -> EventStatus:
        if quake.reason is not None:
            return EventStatus.RETRACTED
        if quake.final:
            return EventStatus.FINAL
        count = len(_stations(quake))
        confirmed = quake.relocation is not None and before is EventStatus.DECLARED
        if count >= self.config.declared_stations or confirmed:
            return EventStatus.DECLARED
        if count >= self.config.preliminary_stations:
            return EventStatus.PRELIMINARY
        return EventStatus.POSSIBLE

    def _fit_to_show(self, quake: Quake, status: EventStatus) -> bool:
        """Return whether an earthquake may be published for the first time."""
        if self._in_a_wake(quake):
            return len(quake.explanation.stations()) >= self.config.declared_stations
        order = [EventStatus.POSSIBLE, EventStatus.PRELIMINARY, EventStatus.DECLARED]
        shown = {*order[order.index(self.config.publish_from) :], EventStatus.FINAL}
        uncertainty_km = quake.explanation.origin.location.horizontal_uncertainty_km
        return status in shown and uncertainty_km <= self.config.largest_uncertainty_km

    def _in_a_wake(self, quake: Quake) -> bool:
        """Return whether an earthquake lies close behind another that was published."""
        origin = quake.explanation.origin
        latitude, longitude = origin.place
        return any(
            0 <= ns_to_seconds(origin.time_ns - earlier.origin_time) <= self.config.wake_s
            and great_circle_km(earlier.latitude, earlier.longitude, latitude, longitude)
            <= self.config.wake_km
            for earlier in (entry.event for entry in self._entries.values())
            if earlier.status is not EventStatus.RETRACTED
        )

    def _message(
        self,
        quake: Quake,
        size: Size,
        status: EventStatus,
        now_ns: int,
        entry: _Entry | None,
    ) -> Event:
        explanation, shown = quake.explanation, size.preferred
        latitude, longitude = explanation.origin.place
        location = explanation.origin.location
        origin_ns = explanation.origin.time_ns
        last = entry.event if entry is not None else None
        return Event(
            id=last.id if last else self._new_id(origin_ns, latitude, longitude),
            revision=last.revision + 1 if last else 0,
            status=status,
            origin_time=origin_ns,
            latitude=round(latitude, 4),
            longitude=round(longitude, 4),
            depth_km=round(location.depth_km, 1),
            horizontal_uncertainty_km=round(location.horizontal_uncertainty_km, 1),
            magnitude=shown.value if shown else None,
            magnitude_type=shown.type if shown else None,
            magnitude_uncertainty=shown.uncertainty if shown else None,
            magnitudes=size.magnitudes,
            method=EventMethod.TRIGGERS if quake.relocation is None else EventMethod.WAVEFORMS,
            stations=_stations(quake),
            arrivals=_arrivals(explanation)
            if quake.relocation is None
            else _waveform_arrivals(quake.relocation),
            false_association_odds=None
            if status is EventStatus.RETRACTED
            else explanation.false_association_odds,
            first_published=last.first_published if last else now_ns,
            published=now_ns,
            reason=quake.reason,
            exercise=self.exercise,
        )

    def _new_id(self, origin_ns: int, latitude: float, longitude: float) -> str:
        """Return an id made of second and place of the first revision, safe in topics."""
        moment = format_time(origin_ns)[:19].replace("-", "").replace(":", "").lower()
        north, east = "ns"[latitude < 0], "ew"[longitude < 0]
        base = f"{moment}-{abs(latitude):04.1f}{north}{abs(longitude):05.1f}{east}"
        base = ("drill-" if self.exercise else "") + base
        event_id, count = base, 1
        while event_id in self._ids:
            count += 1
            event_id = f"{base}-{count}"
        self._ids[event_id] = None
        while len(self._ids) > _MOST_IDS:
            self._ids.pop(next(iter(self._ids)))
        return event_id

    def _differs(self, old: Event, new: Event) -> bool:
        if old.status is not new.status or old.method is not new.method:
            return True
        if set(old.stations) != set(new.stations):
            return True
        if (old.magnitude is None) is not (new.magnitude is None):
            return True
        moved = great_circle_km(old.latitude, old.longitude, new.latitude, new.longitude)
        down = new.depth_km - old.depth_km
        return (
            hypot(float(moved), down / 3) > self.config.moved_km
            or abs(ns_to_seconds(new.origin_time - old.origin_time)) > self.config.moved_s
            or abs((new.magnitude or 0) - (old.magnitude or 0)) > self.config.moved_magnitude
        )


def _details(quake: Quake) -> dict[str, object]:
    """Return what goes along with a revision and is no reason for one."""
    origin = quake.explanation.origin
    told = shaking_of_triggers(quake.onsets(), origin)
    return {
        "ellipsoid": ellipsoid_of(origin.location.spread_km2.matrix()),
        "shaking": merged(told, quake.shaking),
    }


def _stations(quake: Quake) -> tuple[str, ...]:
    """Return the stations of an earthquake, the earliest first."""
    return (quake.relocation or quake.explanation).stations()


def _waveform_arrivals(relocation: Relocation) -> tuple[Arrival, ...]:
    return tuple(
        Arrival(
            station=one.station,
            trigger=one.name,
            picker=one.picker,
            phase=one.phase,
            time=one.time_ns,
            residual_s=round(one.residual_s, 3),
            weight=round(one.weight, 3),
            distance_km=round(one.distance_km, 1),
        )
        for one in relocation.arrivals
    )


def _arrivals(explanation: Explanation) -> tuple[Arrival, ...]:
    def order(pick: Pick) -> tuple[int, str, str]:
        return pick.onset.time_ns, pick.onset.id, pick.phase.value

    return tuple(
        Arrival(
            station=pick.onset.station.key,
            trigger=pick.onset.id,
            phase=pick.phase,
            time=pick.onset.time_ns,
            residual_s=round(pick.residual_s, 3),
            weight=round(pick.weight, 3),
            distance_km=round(pick.distance_km, 1),
        )
        for pick in sorted(explanation.picks, key=order)
    )
