"""Stations as text, one line each, as fdsnws-station describes it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from cloud.fdsnws.found import Found
from cloud.fdsnws.orientation import azimuth_and_dip
from cloud.fdsnws.sensitivity import FREQUENCY_HZ, counts_per_m_s2
from edge.timestamps import format_time

_HEADERS = {
    "network": "#Network|Description|StartTime|EndTime|TotalStations",
    "station": "#Network|Station|Latitude|Longitude|Elevation|SiteName|StartTime|EndTime",
    "channel": "#Network|Station|Location|Channel|Latitude|Longitude|Elevation|Depth|Azimuth|Dip|"
    "SensorDescription|Scale|ScaleFreq|ScaleUnits|SampleRate|StartTime|EndTime",
}


def station_text(found: Sequence[Found], level: str) -> str:
    """Return the lines of what was found at a level of detail."""
    lines = {"network": _networks, "station": _stations, "channel": _channels}[level]
    rows = ("|".join(cell.replace("|", " ") for cell in row) for row in lines(found))
    return "\n".join([_HEADERS[level], *rows]) + "\n"


def time_text(time_ns: int | None) -> str:
    """Return a time without a zone; nothing for the end of what goes on."""
    return "" if time_ns is None else format_time(time_ns).removesuffix("Z")


def _networks(found: Iterable[Found]) -> Iterator[list[str]]:
    for network, group in groupby(found, key=lambda one: one.epoch.state.network):
        epochs = [one.epoch for one in group]
        start_ns = min(epoch.start_ns for epoch in epochs)
        count = len({epoch.state.station for epoch in epochs})
        yield [network, "", time_text(start_ns), "", str(count)]


def _stations(found: Iterable[Found]) -> Iterator[list[str]]:
    for one in found:
        state = one.epoch.state
        times = [time_text(one.epoch.start_ns), time_text(one.epoch.end_ns)]
        yield [state.network, state.station, *_place(one), state.station, *times]


def _channels(found: Iterable[Found]) -> Iterator[list[str]]:
    for one in found:
        state = one.epoch.state
        scale = counts_per_m_s2(state.sensor or "")
        for channel in one.channels:
            azimuth, dip = azimuth_and_dip(channel)
            yield [
                *(state.network, state.station, state.location, channel),
                *_place(one),
                "0.0",
                *("" if angle is None else f"{angle:.1f}" for angle in (azimuth, dip)),
                state.sensor or "",
                *(("", "", "") if scale is None else (f"{scale:.6g}", f"{FREQUENCY_HZ}", "m/s**2")),
                f"{state.sampling_rate_hz or 0.0:.6g}",
                *(time_text(one.epoch.start_ns), time_text(one.epoch.end_ns)),
            ]


def _place(one: Found) -> list[str]:
    state = one.epoch.state
    return [f"{state.latitude:.5f}", f"{state.longitude:.5f}", f"{state.elevation_m or 0.0:.1f}"]
