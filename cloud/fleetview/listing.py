"""All stations from the database, a line each, judged as the running centre judges them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from cloud.board import Board, BoardConfig
from cloud.board.limits import ConditionConfig
from cloud.board.picture import Condition, StationView
from cloud.board.twin import Twin
from cloud.board.view import View
from cloud.fleetview.upkeep import Upkeep
from cloud.release.repository import Repository
from cloud.store import Store
from edge.messages import ClockState
from edge.printable import shown
from edge.timestamps import Timestamp, ns_to_seconds


class Listed(View):
    """One station in the list."""

    station: str = Field(description="NETWORK.STATION")
    condition: Condition
    reasons: tuple[str, ...]
    heard: Timestamp = Field(description="When it was heard last")
    heard_ago_s: float
    latency_s: float | None = Field(description="Age of its newest sample")
    noise_m_s2: float | None = Field(description="Largest rms noise of its channels")
    clock: ClockState | None
    version: str | None
    sensor: str | None
    latitude: float | None
    longitude: float | None
    twin: Twin | None = Field(description="What it is to run against what it runs")
    certificate_until: Timestamp | None


@dataclass(frozen=True, slots=True)
class Looking:
    """How stations are looked at.

    Attributes:
        limits: Where well ends.
        updates: Repository of updates; None: nobody looks what stations are to run.
    """

    limits: ConditionConfig
    updates: Path | None = None


def board_of(store: Store, looking: Looking, now_ns: int) -> Board:
    """Return a board with what the database knows of all stations.

    Args:
        store: The database.
        looking: Where well ends, and where updates are.
        now_ns: The data clock.
    """
    board = Board(BoardConfig(stations=1_000_000, history=1, condition=looking.limits))
    for epoch in store.epochs():
        if epoch.end_ns is None:
            board.on_state(epoch.state, epoch.start_ns)
    for state, at_ns in store.states():
        board.on_state(state, at_ns)
    for report, at_ns in store.health():
        board.on_health(report, at_ns)
    if looking.updates is not None:
        Upkeep(Repository(looking.updates), store, lambda: now_ns).read()(board)
    board.advance(now_ns)
    return board


def listing(store: Store, looking: Looking, now_ns: int) -> list[Listed]:
    """Return all stations by name."""
    views = board_of(store, looking, now_ns).picture().stations
    return [_listed(view, now_ns) for view in sorted(views, key=lambda view: view.id)]


def listing_text(found: Sequence[Listed], known: int) -> str:
    """Return the list for a terminal."""
    head = f"{'station':<14}{'condition':<12}{'heard':>9}{'latency':>9}{'noise':>15}  {'clock':<20}"
    lines = [f"{head}version, what is wrong", *(_line(one) for one in found)] if found else []
    online = sum(one.condition is not Condition.OFFLINE for one in found)
    lines.append(f"{len(found)} of {known} stations, {online} online")
    return "\n".join(map(shown, lines))


def span_text(seconds: float) -> str:
    """Return a time in one unit."""
    for unit, size_s in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size_s:
            return f"{seconds / size_s:.0f} {unit}"
    return f"{seconds:.0f} s"


def clock_text(clock: ClockState | None) -> str:
    """Return source and error of a clock."""
    return "-" if clock is None else f"{clock.source.value} +-{clock.error_s:.3g} s"


def _listed(view: StationView, now_ns: int) -> Listed:
    state, health = view.state, view.health
    levels = health.noise if health is not None else ()
    clock = health.clock if health is not None else None
    return Listed(
        station=view.id,
        condition=view.condition,
        reasons=view.reasons,
        heard=view.heard,
        heard_ago_s=round(ns_to_seconds(now_ns - view.heard), 1),
        latency_s=health.latency_s if health is not None else None,
        noise_m_s2=max((level.rms_m_s2 for level in levels), default=None),
        clock=clock or (state.clock if state is not None else None),
        version=state.agent_version if state is not None else None,
        sensor=state.sensor if state is not None else None,
        latitude=view.latitude,
        longitude=view.longitude,
        twin=view.twin,
        certificate_until=view.certificate_until,
    )


def _line(one: Listed) -> str:
    latency = "-" if one.latency_s is None else f"{one.latency_s:.2f} s"
    noise = "-" if one.noise_m_s2 is None else f"{one.noise_m_s2:.2g} m/s2"
    heard = span_text(one.heard_ago_s)
    text = f"{one.station:<14}{one.condition.value:<12}{heard:>9}{latency:>9}{noise:>15}  "
    text += f"{clock_text(one.clock):<20}{one.version or '-'}"
    # What a station says of itself is no command to a terminal.
    why = "".join(c for c in "; ".join(one.reasons) if c.isprintable())
    return f"{text}  {why}".rstrip()
