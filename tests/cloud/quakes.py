"""Earthquakes for tests: triggers as stations would send them, made up or from recorded picks."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cloud.aggregator import Aggregator, AggregatorConfig
from cloud.geodesy import LocalPlane, great_circle_km
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import ClockSource, ClockState, Event, Phase, Trigger, TriggerStatus
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

NETWORK = "XX"
START_NS = 1_700_000_000 * NANOSECONDS_PER_SECOND
CENTRE = (16.8, -99.5)

Place = tuple[float, float]


def grid_network(side: int = 4, spacing_km: float = 30.0) -> dict[str, Place]:
    """Return a square network around the centre, codes S00 and on."""
    plane = LocalPlane(*CENTRE)
    offsets = (np.arange(side) - (side - 1) / 2) * spacing_km
    return {
        f"S{row * side + column:02d}": plane.to_degrees(float(x), float(y))
        for row, y in enumerate(offsets)
        for column, x in enumerate(offsets)
    }


def trigger_of(
    station: str,
    place: Place,
    onset_ns: int,
    *,
    name: str = "",
    revision: int = 0,
    status: TriggerStatus = TriggerStatus.PRELIMINARY,
    phase: Phase = Phase.UNKNOWN,
    uncertainty_s: float = 0.1,
    pd_m: float | None = None,
    window_s: float = 1.0,
    exercise: bool = False,
) -> Trigger:
    """Return a trigger; by default its id says station and onset."""
    return Trigger(
        id=name or f"{station}-{onset_ns}",
        revision=revision,
        status=status,
        network=NETWORK,
        station=station,
        channels=("HNZ", "HNN", "HNE"),
        latitude=place[0],
        longitude=place[1],
        onset=onset_ns,
        onset_uncertainty_s=uncertainty_s,
        phase=phase,
        window_s=window_s,
        pd_m=pd_m,
        clock=ClockState(source=ClockSource.NTP, error_s=0.02),
        exercise=exercise,
        sent=onset_ns + seconds_to_ns(window_s),
    )


@dataclass(frozen=True)
class Source:
    """An earthquake: where, when (s after the start), and how far it is detected."""

    latitude: float
    longitude: float
    origin_s: float = 0.0
    depth_km: float = 15.0
    reach_km: float = 120.0

    @property
    def origin_ns(self) -> int:
        """Origin time."""
        return START_NS + seconds_to_ns(self.origin_s)

    def error_km(self, event: Event) -> float:
        """Return how far an event is from the truth."""
        return float(
            great_circle_km(self.latitude, self.longitude, event.latitude, event.longitude)
        )

    def arrivals(
        self, stations: dict[str, Place], phase: Phase, seed: int = 0, error_s: float = 0.1
    ) -> list[Trigger]:
        """Return the triggers of all stations within reach, with onsets somewhat wrong."""
        rng = np.random.default_rng(seed)
        plane = LocalPlane(self.latitude, self.longitude)
        triggers = []
        for station, place in stations.items():
            distance = plane.distance_km(*place)
            time = travel_times(iasp91()).times(phase, np.array([distance]), self.depth_km)[0]
            onset = self.origin_ns + seconds_to_ns(float(time) + rng.normal(0, error_s))
            if distance <= self.reach_km:
                name = f"{station}-{phase.value}-{self.origin_s:g}"
                triggers.append(trigger_of(station, place, onset, name=name))
        return triggers


@dataclass
class Centre:
    """An aggregator with its stations, and all that it published."""

    stations: dict[str, Place]
    config: AggregatorConfig | None = None
    delay_s: float = 1.0
    published: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Register the stations."""
        self.aggregator = Aggregator(self.config)
        for station, place in self.stations.items():
            self.aggregator.register(NETWORK, station, *place)

    def feed(self, triggers: Iterable[Trigger]) -> "Centre":
        """Deliver triggers in the order of their onsets, each after the same delay."""
        for trigger in sorted(triggers, key=lambda each: (each.onset, each.id)):
            self.deliver(trigger, trigger.onset + seconds_to_ns(self.delay_s))
        return self

    def deliver(self, trigger: Trigger, now_ns: int) -> list[Event]:
        """Deliver one trigger at one moment."""
        events = self.aggregator.on_trigger(trigger, now_ns)
        self.published += events
        return events

    def wait(self, until_ns: int, step_s: float = 5.0) -> "Centre":
        """Let time pass, up to a moment."""
        now = START_NS
        while now < until_ns:
            now += seconds_to_ns(step_s)
            self.published += self.aggregator.advance(now)
        return self

    def finish(self) -> "Centre":
        """Let ten minutes pass after the start, so that events become final."""
        return self.wait(START_NS + seconds_to_ns(600))

    def latest(self) -> list[Event]:
        """Return the last revision of each event, oldest event first."""
        return list({event.id: event for event in self.published}.values())


@dataclass(frozen=True)
class Recorded:
    """One recorded earthquake: the catalogue's origin, the stations, and automatic picks."""

    name: str
    origin_s: float
    latitude: float
    longitude: float
    stations: dict[str, Place]
    p_s: dict[str, float]
    s_s: dict[str, float]

    def error_km(self, event: Event) -> float:
        """Return how far an event is from the catalogue's epicentre."""
        return float(
            great_circle_km(self.latitude, self.longitude, event.latitude, event.longitude)
        )

    def triggers(self, picks: dict[str, float], kind: str) -> list[Trigger]:
        """Return triggers at picked times."""
        return [
            trigger_of(
                station,
                self.stations[station],
                seconds_to_ns(time),
                name=f"{station}-{kind}",
                uncertainty_s=0.2,
            )
            for station, time in picks.items()
        ]


def recorded(data: Path) -> list[Recorded]:
    """Return the recorded earthquakes with four or more P picks."""
    folder = data / "openeew_mx"
    events: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / "openeew_ppicks_auto.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            events[row["event"]].append(row)
    s_picks: dict[str, dict[str, float]] = defaultdict(dict)
    with (folder / "openeew_spicks_auto.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            s_picks[row["event"]][row["station"]] = float(row["auto_s_epoch"])
    result = [
        Recorded(
            name=name,
            origin_s=float(rows[0]["origin_epoch"]),
            latitude=float(rows[0]["ev_lat"]),
            longitude=float(rows[0]["ev_lon"]),
            stations={r["station"]: (float(r["st_lat"]), float(r["st_lon"])) for r in rows},
            p_s={r["station"]: float(r["auto_p_epoch"]) for r in rows if r["auto_p_epoch"]},
            s_s=s_picks[name],
        )
        for name, rows in sorted(events.items())
    ]
    return [event for event in result if len(event.p_s) >= 4]
