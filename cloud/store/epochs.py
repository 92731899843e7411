"""The history of the stations: where they stood, with which sensor and channels, since when."""

from dataclasses import dataclass
from math import isclose
from typing import Final

from sqlalchemy import Connection, insert, select, update

from cloud.store.tables import station_epochs
from edge.messages import State
from edge.timestamps import seconds_to_ns

_SHORTEST_NS: Final = seconds_to_ns(60.0)
"""Changes that follow faster are one: a station that says nonsense fills no table."""
_SAME_RATE: Final = 0.01
"""True rates differ a little from start to start."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """A time through which a station was set up in one way."""

    state: State
    start_ns: int
    end_ns: int | None
    """None where it lasts."""


def note_epoch(connection: Connection, state: State, received_ns: int) -> None:
    """Begin an epoch where a state differs from the last one in what metadata tell."""
    if state.latitude is None or state.longitude is None:
        return
    here = (
        station_epochs.c.network == state.network,
        station_epochs.c.station == state.station,
    )
    newest = (
        select(station_epochs.c.start_ns, station_epochs.c.message)
        .where(*here)
        .order_by(station_epochs.c.start_ns.desc())
        .limit(1)
    )
    row = connection.execute(newest).first()
    if row is not None and (
        row.start_ns > received_ns or _same(State.from_wire(row.message), state)
    ):
        return
    message = state.model_dump_json()
    if row is not None and received_ns - row.start_ns < _SHORTEST_NS:
        this = update(station_epochs).where(*here, station_epochs.c.start_ns == row.start_ns)
        connection.execute(this.values(message=message))
        return
    connection.execute(
        insert(station_epochs).values(
            network=state.network, station=state.station, start_ns=received_ns, message=message
        )
    )


def epochs(connection: Connection) -> list[Epoch]:
    """Return all epochs by network, station, and start."""
    columns = station_epochs.c
    query = select(columns.start_ns, columns.message).order_by(
        columns.network, columns.station, columns.start_ns
    )
    read = [(State.from_wire(row.message), row.start_ns) for row in connection.execute(query)]
    found = []
    for number, (state, start_ns) in enumerate(read):
        following = read[number + 1] if number + 1 < len(read) else None
        goes_on = following is not None and _name(following[0]) == _name(state)
        end_ns = following[1] if following is not None and goes_on else None
        found.append(Epoch(state, start_ns, end_ns))
    return found


def _name(state: State) -> tuple[str, str]:
    return state.network, state.station


def _same(one: State, other: State) -> bool:
    rates = (one.sampling_rate_hz or 0.0, other.sampling_rate_hz or 0.0)
    return isclose(*rates, rel_tol=_SAME_RATE) and _facts(one) == _facts(other)


def _facts(state: State) -> tuple[object, ...]:
    return (
        state.location,
        state.latitude,
        state.longitude,
        state.elevation_m,
        state.channels,
        state.sensor,
    )
