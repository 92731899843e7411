"""Events of a catalogue as the messages that a centre publishes, one final revision each."""

from collections.abc import Sequence
from math import exp

from cloud.catalogue.own import OwnAssociator, PickedEvent
from cloud.catalogue.picks import PickLine, Site
from edge.messages import Arrival, Event, EventMethod, EventStatus, Phase
from edge.timestamps import format_time, seconds_to_ns

_MOST_LOG_ODDS = 27.0
"""Odds beyond one in a million million say no more."""


def messages(
    events: Sequence[PickedEvent],
    associator: OwnAssociator,
    picks: Sequence[PickLine],
    sites: Sequence[Site],
    reference_ns: int,
) -> list[Event]:
    """Return the messages in the order of the origin times.

    Args:
        events: What was found.
        associator: Whose plane they lie in.
        picks: What the events' indices mean.
        sites: Their stations, likewise, by the index of `PickTable.station`.
        reference_ns: The moment that times are relative to.
    """
    ids: set[str] = set()
    ordered = sorted(events, key=lambda event: (event.found.origin_s, event.found.x_km))
    return [_message(event, associator, picks, sites, reference_ns, ids) for event in ordered]


def _message(
    event: PickedEvent,
    associator: OwnAssociator,
    picks: Sequence[PickLine],
    sites: Sequence[Site],
    reference_ns: int,
    ids: set[str],
) -> Event:
    found = event.found
    latitude, longitude = associator.plane.to_degrees(found.x_km, found.y_km)
    origin_ns = reference_ns + seconds_to_ns(found.origin_s)
    arrivals = _arrivals(event, picks, sites)
    published = max(arrival.time for arrival in arrivals)
    return Event(
        id=_new_id(origin_ns, latitude, longitude, ids),
        revision=0,
        status=EventStatus.FINAL,
        origin_time=origin_ns,
        latitude=round(latitude, 4),
        longitude=round(longitude, 4),
        depth_km=round(found.depth_km, 1),
        horizontal_uncertainty_km=round(found.spread_km, 1),
        method=EventMethod.WAVEFORMS,
        stations=tuple(dict.fromkeys(arrival.station for arrival in arrivals)),
        arrivals=arrivals,
        false_association_odds=_odds(found.log_odds),
        first_published=published,
        published=published,
    )


def _arrivals(
    event: PickedEvent, picks: Sequence[PickLine], sites: Sequence[Site]
) -> tuple[Arrival, ...]:
    columns = (event.pick, event.station, event.is_s, event.residual_s, event.error_s)
    return tuple(
        Arrival(
            station=sites[station].key,
            trigger=f"{sites[station].key}-{format_time(picks[pick].time)}-{'PS'[is_s]}",
            phase=Phase.S if is_s else Phase.P,
            time=picks[pick].time,
            residual_s=round(residual, 3),
            weight=round(1 / (1 + (residual / error) ** 2), 3),
            distance_km=round(distance, 1),
        )
        for pick, station, is_s, residual, error, distance in zip(
            *(column.tolist() for column in (*columns, event.distance_km)), strict=True
        )
    )


def _odds(log_odds: float) -> float | None:
    """Return the probability that chance brought the picks together; None where nobody said."""
    if log_odds != log_odds:  # noqa: PLR0124 - not a number
        return None
    return float(f"{1 / (1 + exp(min(log_odds, _MOST_LOG_ODDS))):.1e}")


def _new_id(origin_ns: int, latitude: float, longitude: float, ids: set[str]) -> str:
    """Return an id made of second and place, as the centre's are."""
    moment = format_time(origin_ns)[:19].replace("-", "").replace(":", "").lower()
    north, east = "ns"[latitude < 0], "ew"[longitude < 0]
    base = f"{moment}-{abs(latitude):04.1f}{north}{abs(longitude):05.1f}{east}"
    event_id, count = base, 1
    while event_id in ids:
        count += 1
        event_id = f"{base}-{count}"
    ids.add(event_id)
    return event_id
