"""Detections seen at the same time at several stations: the ones that may become training data.

A detector in a new network is wrong often; but its mistakes at one station do not wait for those
at another, and an earthquake reaches all stations within the time that it travels between them
(Titos et al. 2023, Front. Earth Sci. 11:1204832). `select` is a pure function: detections in,
events and what was left out, with the reason.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from edge.geodesy import great_circle_km
from edge.timestamps import NANOSECONDS_PER_SECOND

Reason = Literal["too few stations", "times apart", "station again"]

TOO_FEW: Final = "too few stations"
"""Fewer than wanted saw anything then."""
APART: Final = "times apart"
"""Enough stations saw something, but no one event explains their times."""
AGAIN: Final = "station again"
"""The station's place in an event is taken: an S, a coda, a detection broken in two."""

REASONS: Final[tuple[Reason, ...]] = (TOO_FEW, APART, AGAIN)


class CoincidenceConfig(BaseModel):
    """What counts as seen together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stations: int = Field(
        default=3, ge=1, title="Stations", description="Stations that must have seen it"
    )
    slack_s: float = Field(
        default=3.0,
        ge=0,
        title="Slack",
        description="Seconds between detections beyond the travel time between their stations: "
        "errors of onsets and clocks",
    )
    speed_km_s: float = Field(
        default=5.5,
        gt=0,
        title="Speed",
        description="Slowest apparent speed of P along the ground, km/s",
    )


@dataclass(frozen=True, slots=True)
class Detection:
    """Something seen at one station."""

    station: str
    begin_ns: int
    """Onset."""
    end_ns: int
    """End of what was seen; the onset again where only that is known."""
    place: tuple[float, float] | None = None
    """Latitude and longitude, degrees; None where unknown: then slack alone is allowed."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What became of the detections."""

    events: tuple[tuple[Detection, ...], ...]
    """Detections of each event, a station each, by onset."""
    dropped: tuple[tuple[Detection, Reason], ...]

    @property
    def kept(self) -> frozenset[Detection]:
        """All detections that are part of an event."""
        return frozenset(detection for event in self.events for detection in event)

    def counts(self) -> dict[Reason, int]:
        """Return how many were dropped for each reason."""
        counted = Counter(reason for _, reason in self.dropped)
        return {reason: counted[reason] for reason in REASONS}


def select(detections: Sequence[Detection], config: CoincidenceConfig) -> Selection:
    """Return the events that at least `config.stations` stations saw.

    Within an event any two detections fit: the time from the end of the one to the onset of the
    other is no longer than P travels between their stations, with slack. The event with the most
    stations is taken first, so that a chance neighbour in time does not break it up.
    """
    reach_ns = _reach_ns(detections, config)
    events: list[tuple[Detection, ...]] = []
    dropped: list[tuple[Detection, Reason]] = []
    for cluster in _clusters(detections, reach_ns):
        found = _events_of(cluster, config)
        taken = {detection for event in found for detection in event}
        events += found
        for detection in cluster:
            if detection not in taken:
                near = [d for d in cluster if _gap_ns(d, detection) <= reach_ns]
                dropped.append((detection, _reason(detection, near, found, config)))
    return Selection(tuple(events), tuple(dropped))


def fits(one: Detection, other: Detection, config: CoincidenceConfig) -> bool:
    """Tell whether one event can have caused two detections."""
    if one.station == other.station:
        return False
    gap_s = _gap_ns(one, other) / NANOSECONDS_PER_SECOND
    if gap_s <= config.slack_s:
        return True
    if one.place is None or other.place is None:
        return False
    return gap_s <= config.slack_s + great_circle_km(one.place, other.place) / config.speed_km_s


def _gap_ns(one: Detection, other: Detection) -> int:
    """Return the time between two detections, 0 where they overlap."""
    return max(0, one.begin_ns - other.end_ns, other.begin_ns - one.end_ns)


def _clusters(detections: Sequence[Detection], reach_ns: int) -> Iterator[list[Detection]]:
    """Yield detections, by onset, in groups between which nothing fits.

    Years of detections would else all be compared with one another.
    """
    cluster: list[Detection] = []
    until_ns = 0
    for detection in sorted(set(detections), key=lambda d: (d.begin_ns, d.station, d.end_ns)):
        if cluster and detection.begin_ns > until_ns + reach_ns:
            yield cluster
            cluster = []
        until_ns = max(until_ns, detection.end_ns) if cluster else detection.end_ns
        cluster.append(detection)
    if cluster:
        yield cluster


def _reach_ns(detections: Sequence[Detection], config: CoincidenceConfig) -> int:
    """Return the longest gap that any two stations allow, ns."""
    places = sorted({d.place for d in detections if d.place is not None})
    farthest_km = max(
        (great_circle_km(one, other) for i, one in enumerate(places) for other in places[:i]),
        default=0.0,
    )
    return math.ceil((config.slack_s + farthest_km / config.speed_km_s) * NANOSECONDS_PER_SECOND)


def _events_of(
    cluster: Sequence[Detection], config: CoincidenceConfig
) -> list[tuple[Detection, ...]]:
    left = list(cluster)
    events = []
    while True:
        best = max((_around(seed, left, config) for seed in left), key=len, default=())
        if len(best) < max(1, config.stations):
            return sorted(events, key=lambda event: event[0].begin_ns)
        events.append(best)
        left = [detection for detection in left if detection not in best]


def _around(
    seed: Detection, detections: Sequence[Detection], config: CoincidenceConfig
) -> tuple[Detection, ...]:
    """Return the seed and what fits it and each other, the nearest in time first."""
    members = [seed]
    for detection in sorted(detections, key=lambda d: (abs(d.begin_ns - seed.begin_ns), d.station)):
        if all(fits(detection, member, config) for member in members):
            members.append(detection)
    return tuple(sorted(members, key=lambda d: (d.begin_ns, d.station)))


def _reason(
    detection: Detection,
    near: Sequence[Detection],
    events: Sequence[Sequence[Detection]],
    config: CoincidenceConfig,
) -> Reason:
    for event in events:
        others = [member for member in event if member.station != detection.station]
        if len(others) < len(event) and any(fits(detection, member, config) for member in others):
            return AGAIN
    seen = len({other.station for other in near})
    return TOO_FEW if seen < config.stations else APART
