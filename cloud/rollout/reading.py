"""What the centre knows of its stations and of confirmed earthquakes, for the engine."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import numpy as np
from sqlalchemy import Engine, select

from cloud.board.twin import report_of
from cloud.geodesy import great_circle_km
from cloud.rollout.compare import Agreement
from cloud.rollout.follow import Seen
from cloud.rollout.target import Target
from cloud.store.tables import enrolled_stations
from edge.messages import Event, EventStatus, Health, State
from edge.messages.update import UpdateReport
from edge.update.targets import Kind

CONFIRMED: Final = frozenset({EventStatus.DECLARED, EventStatus.FINAL})
_NEVER: Final = 2**63 - 1

Place = tuple[float, float]
"""Latitude and longitude, degrees."""


def seen_of(
    states: Iterable[State],
    reports: Iterable[Health],
    left_out: Collection[str] = (),
    kind: Kind = Kind.MODEL,
) -> Seen:
    """Return what stations that take updates say.

    Args:
        states: The newest of each station.
        reports: The newest health report of each station.
        left_out: Stations that go their own way: revoked ones, those with an assignment of theirs.
        kind: Of updates.
    """
    told, beside, on_site = {}, {}, {}
    for state in states:
        name, report = station_name(state), report_of(state, kind)
        if report is not None and name not in left_out:
            told[name] = report
            others = (report_of(state, other) for other in Kind if other is not kind)
            beside[name] = " ".join(map(_in_charge, others))
            if kind is Kind.SOFTWARE and state.agent_version and _is_as_installed(report):
                on_site[name] = state.agent_version
    health = {name: one for one in reports if (name := station_name(one)) in told}
    return Seen(told, health, beside, on_site)


def _is_as_installed(report: UpdateReport) -> bool:
    """Tell whether the software runs that a person put there."""
    return report.running is None and report.committed is None


def _in_charge(report: UpdateReport | None) -> str:
    """Return the hash of what is in charge of a kind; a dash for what came with the station."""
    if report is None:
        return "-"
    tried = report.candidate if report.phase == "probation" else None
    found = tried or report.committed
    return "-" if found is None else found.sha256


def station_name(message: State | Health) -> str:
    """Return NETWORK.STATION."""
    return f"{message.network}.{message.station}"


def revoked(engine: Engine) -> set[str]:
    """Return the stations that were shut out."""
    columns = enrolled_stations.c
    query = select(columns.network, columns.station).where(columns.revoked_ns.is_not(None))
    with engine.connect() as connection:
        return {f"{row.network}.{row.station}" for row in connection.execute(query)}


def places_of(states: Iterable[State]) -> dict[str, Place]:
    """Return where the stations are that are on line."""
    return {
        station_name(state): (state.latitude, state.longitude)
        for state in states
        if state.online and state.latitude is not None and state.longitude is not None
    }


def agreement(
    events: Iterable[Event], places: Mapping[str, Place], targets: Mapping[str, Target]
) -> tuple[Agreement, Agreement]:
    """Return how stations agreed with confirmed earthquakes, with the network before and the new.

    Each station within the median distance of those that triggered had a chance: there, most do.

    Args:
        events: Earthquakes.
        places: Of the stations.
        targets: The stations of the rollout.
    """
    names = [name for name in targets if name in places]
    where = np.array([places[name] for name in names], np.float64).reshape(-1, 2)
    since_ns = np.array([targets[name].in_charge_since or _NEVER for name in names], np.int64)
    chances, hits = np.zeros(2, np.int64), np.zeros(2, np.int64)
    for event in events:
        if event.status not in CONFIRMED or not names:
            continue
        reach_km, heard = _heard(event)
        near = great_circle_km(event.latitude, event.longitude, *where.T) <= reach_km
        for number in np.flatnonzero(near):
            side = int(event.origin_time >= since_ns[number])
            chances[side] += 1
            hits[side] += names[number] in heard
    old, new = (Agreement(int(chances[side]), int(hits[side])) for side in (0, 1))
    return old, new


def _heard(event: Event) -> tuple[float, set[str]]:
    """Return the median distance of stations that triggered, km, and which they were."""
    # What the centre picked from waveforms, no station's network found.
    arrivals = [one for one in event.arrivals if one.picker is None]
    distances = sorted({one.station: one.distance_km for one in arrivals}.values())
    reach_km = distances[(len(distances) - 1) // 2] if distances else 0.0
    return reach_km, {one.station for one in arrivals}


def last_confirmed_ns(events: Iterable[Event]) -> int | None:
    """Return the origin of the newest confirmed earthquake; None where there is none."""
    return max((one.origin_time for one in events if one.status in CONFIRMED), default=None)
