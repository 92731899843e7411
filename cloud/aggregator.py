"""The aggregator's core: triggers of many stations in, revisions of events out.

It has no clock, no network and no store: every call says what time it is on the data's clock, and
the same calls give the same events to the byte. Use it so: `register` the stations that are
known, hand every trigger to `on_trigger` in whatever order they come, and call `advance` now and
then (at least every few seconds) so that events become final and old triggers are forgotten.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from cloud.association.associator import Associator
from cloud.association.config import AssociationConfig
from cloud.association.explainer import Explainer
from cloud.association.onset import Onset, onset_of
from cloud.association.quake import Quake
from cloud.association.search import OriginSearch
from cloud.association.stations import Station, StationBook
from cloud.association.wavefield import Wavefield
from cloud.detectability import Detectability, DetectabilityConfig
from cloud.ledger import Ledger, PublishingConfig
from cloud.location import LocationConfig, Locator
from cloud.magnitude import (
    Corrections,
    MagnitudeConfig,
    StationMagnitude,
    event_size,
    station_magnitudes,
)
from cloud.thorough.config import RelocationConfig
from cloud.thorough.court import Court, as_triggered, relocated
from cloud.thorough.verdict import Motion, Refutation, Relocation, StationPicks, Verdict
from cloud.traveltimes import travel_times
from cloud.velocity import VelocityModel, iasp91
from edge.messages import Event, Trigger, TriggerStatus
from edge.timestamps import seconds_to_ns

_MOST_TRIGGERS_KNOWN = 16_384
_MOST_UNREGISTERED = 4_096
_FUTURE_S = 60.0
_KEPT_AFTER_FINAL_S = 900.0
_MOST_QUAKES = 256


class AggregatorConfig(BaseModel):
    """All settings of the core."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    association: AssociationConfig = Field(
        default=AssociationConfig(), title="Association", description="When triggers are one event"
    )
    detectability: DetectabilityConfig = Field(
        default=DetectabilityConfig(), title="Detectability", description="What stations detect"
    )
    location: LocationConfig = Field(
        default=LocationConfig(), title="Location", description="How arrivals become a place"
    )
    magnitude: MagnitudeConfig = Field(
        default=MagnitudeConfig(), title="Magnitude", description="How the magnitude is made"
    )
    relocation: RelocationConfig = Field(
        default=RelocationConfig(),
        title="Relocation",
        description="How an event is located from waveforms",
    )
    publishing: PublishingConfig = Field(
        default=PublishingConfig(), title="Publishing", description="What is published, and when"
    )


@dataclass(slots=True)
class Counters:
    """What came in, for the service's metrics."""

    triggers: int = 0
    repeated: int = 0
    """Revisions that were known, or older than what was known."""
    implausible: int = 0
    """Onsets in the future: the clock of that station is wrong."""
    late: int = 0
    """Onsets too old to found an event; they may still be part of one."""


@dataclass(slots=True)
class _World:
    """Real triggers, or those of exercises: nothing of one touches the other."""

    associator: Associator
    ledger: Ledger


class Aggregator:
    """Turns triggers into events; one instance a region, not thread-safe.

    Attributes:
        config: The settings.
        counters: What came in.
        corrections: What stations are known to say too much of magnitudes.
    """

    def __init__(
        self,
        config: AggregatorConfig | None = None,
        velocity_model: VelocityModel | None = None,
    ) -> None:
        self.config = config or AggregatorConfig()
        self.counters = Counters()
        self.corrections: Corrections = {}
        self._stations = StationBook(
            self.config.association.noise_rate_per_hour / 3600,
            self.config.association.noise_memory_s,
        )
        self._known: OrderedDict[str, Onset] = OrderedDict()
        self._now_ns = 0
        table = travel_times(velocity_model or iasp91())
        detectability = Detectability(self.config.detectability)
        locator = Locator(self.config.location, table, detectability)
        explainer = Explainer(self.config.association, locator, detectability)
        search = OriginSearch(
            self.config.association,
            locator,
            explainer,
            self._stations,
            self.config.publishing.least_stations,
        )
        wavefield = Wavefield(self.config.association, table, detectability)
        self._court = Court(self.config.relocation, locator, self._stations)
        self._worlds = {
            exercise: _World(
                Associator(
                    self.config.association,
                    search,
                    explainer,
                    wavefield,
                    self._stations,
                    self.config.publishing.least_stations,
                ),
                Ledger(self.config.publishing, exercise),
            )
            for exercise in (False, True)
        }

    def register(
        self,
        network: str,
        station: str,
        latitude: float,
        longitude: float,
        elevation_m: float = 0.0,
        *,
        online: bool = True,
    ) -> None:
        """Make a station known, or change it; only a known station's silence means something.

        Args:
            network: Network code.
            station: Station code.
            latitude: Degrees north.
            longitude: Degrees east.
            elevation_m: Height above sea level, m.
            online: Whether it is listening now; the silence of one that is not means nothing.
        """
        key = f"{network}.{station}"
        self._stations.put(key, latitude, longitude, elevation_m, registered=True, online=online)

    def on_trigger(self, trigger: Trigger, now_ns: int) -> list[Event]:
        """Take one revision of a trigger; return the events that changed by it.

        Args:
            trigger: Any revision, in any order, any number of times.
            now_ns: The data's clock.
        """
        events = self.advance(now_ns)
        self.counters.triggers += 1
        known = self._known.get(trigger.id)
        if known is not None and trigger.revision <= known.trigger.revision:
            self.counters.repeated += 1
            return events
        if trigger.onset > self._now_ns + seconds_to_ns(_FUTURE_S):
            self.counters.implausible += 1
            return events
        world = self._worlds[trigger.exercise]
        onset = onset_of(trigger, self._station_of(trigger))
        onset.station.noise.start(self._now_ns)
        self._remember(trigger, onset)
        changed = self._apply(world.associator, onset, known)
        return [*events, *self._publish(world, changed)]

    def advance(self, now_ns: int) -> list[Event]:
        """Let time pass; return the events that changed by it.

        Args:
            now_ns: The data's clock; a time before the last one counts as that.
        """
        self._now_ns = max(self._now_ns, now_ns)
        events: list[Event] = []
        for world in self._worlds.values():
            events += self._publish(world, world.associator.tick(self._now_ns))
            events += self._publish(world, self._put_off(world))
            events += self._publish(world, self._finalise(world))
            self._forget(world)
        return events

    def listening(self) -> list[Station]:
        """Return the stations that are registered and online."""
        return self._stations.listening()

    def station_magnitudes(self, event_id: str) -> tuple[StationMagnitude, ...]:
        """Return what each station said of an event's size, uncorrected; none of a forgotten one.

        Args:
            event_id: As `on_trigger` or `advance` gave it.
        """
        quake = self._real_quake(event_id)
        return () if quake is None else quake.station_magnitudes

    def await_waveforms(self, event_id: str, until_ns: int) -> bool:
        """Let an event not be final before a time; return whether it can still change.

        Args:
            event_id: As `on_trigger` or `advance` gave it.
            until_ns: The data's clock; 0 to wait no longer.
        """
        quake = self._real_quake(event_id)
        if quake is None or quake.ended:
            return False
        quake.open_until_ns = until_ns
        return True

    def judge(self, event_id: str, readings: Sequence[StationPicks], picker: str) -> Verdict | None:
        """Return what picks from waveforms say of an event; nothing is changed by it.

        Args:
            event_id: As `on_trigger` or `advance` gave it.
            readings: The picks of each station whose waveforms were looked at.
            picker: Name and version of who picked.

        Returns:
            None where they say too little, or the event can change no more.
        """
        quake = self._real_quake(event_id)
        if quake is None or quake.ended:
            return None
        return self._court.judge(quake.explanation, readings, picker)

    def explained(self, event_id: str) -> Relocation | None:
        """Return an event as its triggers explain it; None of one that can change no more.

        Args:
            event_id: As `on_trigger` or `advance` gave it.
        """
        quake = self._real_quake(event_id)
        return None if quake is None or quake.ended else as_triggered(quake.explanation)

    def on_verdict(
        self,
        event_id: str,
        verdict: Verdict | None,
        motion: Motion,
        now_ns: int,
    ) -> list[Event]:
        """Let a verdict hold; return the events that changed by it.

        Args:
            event_id: As `on_trigger` or `advance` gave it.
            verdict: What `judge` returned; the same one twice changes nothing, and without one
                the place stays what it was.
            motion: What the stations' waveforms say of its size and its shaking.
            now_ns: The data's clock.
        """
        events = self.advance(now_ns)
        quake = self._real_quake(event_id)
        if quake is None or quake.ended:
            return events
        if isinstance(verdict, Refutation):
            quake.reason = verdict.reason
            quake.claimed.clear()
        elif verdict is not None:
            quake.relocation = verdict
            quake.explanation = relocated(quake.explanation, verdict)
        quake.measured, quake.shaking = motion.magnitudes, motion.shaking
        quake.changed_ns = self._now_ns
        return [*events, *self._publish(self._worlds[False], [quake])]

    def _real_quake(self, event_id: str) -> Quake | None:
        """Return the earthquake of an event; exercises have none."""
        world = self._worlds[False]
        number = world.ledger.number_of(event_id)
        return None if number is None else world.associator.quakes.get(number)

    def _apply(self, associator: Associator, onset: Onset, before: Onset | None) -> list[Quake]:
        if onset.trigger.status is TriggerStatus.RETRACTED:
            if before is not None:
                onset.station.noise.add(onset.time_ns)
            return associator.remove(onset.id, self._now_ns)
        if before is None or before.trigger.status is TriggerStatus.RETRACTED:
            return associator.add(onset, self._now_ns) if self._timely(onset) else []
        if onset.same_time(before):
            return associator.refresh(onset)
        return associator.replace(onset, self._now_ns)

    def _timely(self, onset: Onset) -> bool:
        window = seconds_to_ns(self.config.association.window_s + _KEPT_AFTER_FINAL_S)
        if onset.time_ns >= self._now_ns - window:
            return True
        self.counters.late += 1
        return False

    def _publish(self, world: _World, quakes: list[Quake]) -> list[Event]:
        events = []
        for quake in quakes:
            if world.ledger.puts_off(quake, self._now_ns):
                continue
            config = self.config.magnitude
            quake.station_magnitudes = station_magnitudes(quake.explanation, quake.measured, config)
            size = event_size(quake.station_magnitudes, self.corrections, config)
            quake.magnitude = size.preferred.value if size.preferred else None
            event = world.ledger.publish(quake, size, self._now_ns)
            if event is not None:
                events.append(event)
        return events

    def _put_off(self, world: _World) -> list[Quake]:
        """Return the earthquakes whose revisions have waited long enough."""
        numbers = world.ledger.due(self._now_ns)
        return [quake for n in numbers if (quake := world.associator.quakes.get(n)) is not None]

    def _finalise(self, world: _World) -> list[Quake]:
        limit = self._now_ns - seconds_to_ns(self.config.publishing.final_after_s)
        due = [
            quake
            for quake in world.associator.quakes.values()
            if not quake.ended and quake.time_ns <= limit and quake.open_until_ns <= self._now_ns
        ]
        for quake in due:
            quake.final = True
        return due

    def _forget(self, world: _World) -> None:
        quakes = world.associator.quakes
        kept_s = self.config.publishing.final_after_s + _KEPT_AFTER_FINAL_S
        limit = self._now_ns - seconds_to_ns(kept_s)
        old = [n for n, q in quakes.items() if q.reason is not None or q.time_ns < limit]
        surplus = [n for n, q in quakes.items() if q.ended][: max(0, len(quakes) - _MOST_QUAKES)]
        for number in dict.fromkeys([*old, *surplus]):
            del quakes[number]
            world.ledger.forget(number)

    def _station_of(self, trigger: Trigger) -> Station:
        """Return the station: as registered, or else where its trigger says that it is."""
        key = f"{trigger.network}.{trigger.station}"
        station = self._stations.get(key)
        if station is not None and station.registered:
            return station
        if station is None and len(self._stations) >= _MOST_UNREGISTERED:
            self._stations.forget_unregistered()
        return self._stations.put(
            key, trigger.latitude, trigger.longitude, trigger.elevation_m, registered=False
        )

    def _remember(self, trigger: Trigger, onset: Onset) -> None:
        self._known[trigger.id] = onset
        self._known.move_to_end(trigger.id)
        while len(self._known) > _MOST_TRIGGERS_KNOWN:
            self._known.popitem(last=False)
