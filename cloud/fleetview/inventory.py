"""The stations as a table: who stands where, with what; one CSV row each."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from cloud.store import Epoch, Store
from edge.messages import State
from edge.timestamps import format_time

COLUMNS: Final = (
    "network",
    "station",
    "latitude",
    "longitude",
    "elevation_m",
    "location",
    "channels",
    "sensor",
    "sampling_rate_hz",
    "agent_version",
    "since",
)
"""The first five are those of the tables that other commands read with `--stations`."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def inventory_csv(store: Store) -> str:
    """Return the table of the stations as they are set up now, by name."""
    return _table(epoch for epoch in store.epochs() if epoch.end_ns is None)


def _table(epochs: Iterable[Epoch]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for epoch in epochs:
        writer.writerow(_row(epoch.state, epoch.start_ns))
    return text.getvalue()


def _row(state: State, since_ns: int) -> list[object]:
    return [
        state.network,
        state.station,
        state.latitude,
        state.longitude,
        "" if state.elevation_m is None else state.elevation_m,
        state.location,
        _words(" ".join(state.channels)),
        _words(state.sensor or ""),
        state.sampling_rate_hz or "",
        _words(state.agent_version or ""),
        format_time(since_ns),
    ]


def _words(text: str) -> str:
    """Return words of a station so that no spreadsheet takes them for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
