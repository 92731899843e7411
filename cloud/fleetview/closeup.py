"""One station from the database: how it stands, its history in numbers, its alarms."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from pydantic import Field

from cloud.board.alarm import FleetAlarm
from cloud.board.latency import Latencies, Percentiles
from cloud.board.picture import StationView
from cloud.board.view import View
from cloud.fleetview.learning import learn
from cloud.fleetview.listing import Looking, board_of, clock_text, span_text
from cloud.fleetview.trend import completeness
from cloud.fleetview.upkeep_text import upkeep_lines
from cloud.fleetview.vitals import NAMES, QUANTITIES, SUMMED
from cloud.store import Store
from cloud.store.alarms import AlarmLog
from cloud.store.history import HealthHistory, Span
from edge.printable import shown
from edge.timestamps import Timestamp, format_time, seconds_to_ns

_ALARMS: Final = 20
_HOUR_NS: Final = seconds_to_ns(3_600.0)
_RAW_HOURS: Final = 24.0
_TEN_MINUTES_HOURS: Final = 24.0 * 28


class Extent(View):
    """One quantity over a time."""

    name: str
    unit: str
    low: float | None = Field(description="Least")
    middle: float | None = Field(description="Median; of counts the sum")
    high: float | None = Field(description="Largest")


class CloseUp(View):
    """One station."""

    view: StationView
    now: Timestamp
    hours: float = Field(description="How far back the history goes")
    completeness: float | None = Field(description="Share of the reports that came")
    transit: Percentiles = Field(description="From a report's time to its arrival, last hour")
    normal_noise_m_s2: float | None
    disk_full_days: float | None
    extents: tuple[Extent, ...]
    alarms: tuple[FleetAlarm, ...]


def close_up(
    store: Store, looking: Looking, station: str, hours: float, now_ns: int
) -> CloseUp | None:
    """Return what the database knows of a station; None where it knows nothing.

    Args:
        store: The database.
        looking: Where well ends, and where updates are.
        station: NETWORK.STATION.
        hours: How far back the history goes.
        now_ns: The data clock.
    """
    network, _, code = station.partition(".")
    history = HealthHistory(store.engine, SUMMED)
    board = board_of(store, looking, now_ns)
    learnt = learn(history, network, code, now_ns)
    board.learn(station, learnt)
    view = next((one for one in board.picture().stations if one.id == station), None)
    if view is None:
        return None
    span_s = 0 if hours <= _RAW_HOURS else 600 if hours <= _TEN_MINUTES_HOURS else 3_600
    spans = history.read(network, code, span_s, now_ns - round(hours * _HOUR_NS), now_ns)
    return CloseUp(
        view=view,
        now=now_ns,
        hours=hours,
        completeness=completeness(spans),
        transit=_transit(history.read(network, code, 0, now_ns - _HOUR_NS, now_ns)),
        normal_noise_m_s2=learnt.noise_m_s2,
        disk_full_days=learnt.disk_full_days,
        extents=tuple(_extent(number, spans) for number in range(len(QUANTITIES))),
        alarms=tuple(AlarmLog(store.engine).latest(_ALARMS, station)),
    )


def close_up_text(found: CloseUp) -> str:
    """Return it for a terminal."""
    view = found.view
    state, health = view.state, view.health
    clock = health.clock if health is not None else None
    sensor, agent = (state.sensor, state.agent_version) if state is not None else ("-", "-")
    transit = found.transit
    lines = [
        f"{view.id}  {view.condition.value}",
        *(f"  {reason}" for reason in view.reasons),
        f"  heard {format_time(view.heard)[:19]}Z, place {view.latitude} {view.longitude}",
        f"  sensor {sensor}, agent {agent}, clock {clock_text(clock)}",
        f"  reports of the last hour took {transit.p50_s} s, 95 % at most {transit.p95_s} s",
    ]
    lines += upkeep_lines(view, found.now)
    if found.completeness is not None:
        lines.append(f"  {100 * found.completeness:.1f} % of its reports came, first to last")
    head = f"  {span_text(found.hours * 3_600):<18}{'least':>12}{'median':>12}{'largest':>12}"
    lines.append(head)
    lines += [
        f"  {extent.name:<18}{extent.low:>12.4g}{extent.middle:>12.4g}{extent.high:>12.4g} "
        f"{extent.unit}".rstrip()
        for extent in found.extents
        if extent.low is not None and extent.middle is not None and extent.high is not None
    ]
    lines += [f"  {format_time(one.began)[:19]}Z  {one.headline}" for one in found.alarms]
    return "\n".join(map(shown, lines))


def _transit(spans: Sequence[Span]) -> Percentiles:
    ring = Latencies(max(1, len(spans)))
    number = NAMES.index("transit_s")
    for span in spans:
        ring.add(float(span.middle[number]))
    return ring.percentiles()


def _extent(number: int, spans: Sequence[Span]) -> Extent:
    quantity = QUANTITIES[number]
    lows = _told([span.low[number] for span in spans])
    middles = _told([span.middle[number] for span in spans])
    highs = _told([span.high[number] for span in spans])
    if not len(lows):
        return Extent(name=quantity.name, unit=quantity.unit, low=None, middle=None, high=None)
    middle = middles.sum() if quantity.summed else np.median(middles)
    return Extent(
        name=quantity.name,
        unit=quantity.unit,
        low=float(lows.min()),
        middle=float(middle),
        high=float(highs.max()),
    )


def _told(numbers: Sequence[np.float32]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.array(numbers, dtype=np.float64)
    return values[~np.isnan(values)]
