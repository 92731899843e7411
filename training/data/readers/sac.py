"""Folders of SAC files, three components a record (as the QSIS network of Taiwan publishes them).

Files belong together whose names differ in the component alone (`...C2.HLX...`, `HLY`, `HLZ`);
only that part of the name is compared. Arrivals are the header's picks: `a`, or a `t0` ... `t9`
labelled P or S. Where there are none but the header knows source and station, theoretical ones:
by TauP's ak135 where ObsPy is installed, else along a straight ray at 6 and 3.5 km/s.
"""

import math
import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Final

import numpy as np

from edge.geodesy import great_circle_km
from edge.packet import Samples
from training.data.drops import Drops
from training.data.readers.fields import column_of, quantity_of
from training.data.readers.sac_file import SacTrace, read_sac
from training.data.recording import Category, Description, Picks, Recording
from training.data.split import hashed_part
from training.errors import BrokenRecordError, DataError

_CODE: Final = "[A-Z]{2}[ZNEXY123]"
_CHANNEL: Final = re.compile(rf"(?<=\.){_CODE}(?=\.)(?!.*\.{_CODE}\.)")
"""The last part of a name that looks like a channel; a station's code may look like one, too."""
_P_KM_S, _S_KM_S = 6.0, 3.5
_DEGREE_KM: Final = 111.19
_SLACK: Final = 1.0
"""Components of a record may differ by this many samples in start and length."""


def is_sac(path: Path) -> bool:
    """Tell whether a folder holds SAC files in groups of components."""
    return path.is_dir() and any(True for _ in _names(path))


def read_sac_folder(
    path: Path, drops: Drops, acceleration_unit: str = "gal"
) -> Iterator[Recording]:
    """Yield the recordings of a folder and those below it.

    Args:
        path: A folder.
        drops: Takes note of what is broken.
        acceleration_unit: Of the samples of accelerometers, which SAC does not say; QSIS has gal.
            Other channels are taken for counts.

    Raises:
        DataError: It holds no SAC file with a channel in its name.
    """
    groups: dict[str, list[Path]] = {}
    for place in _names(path):
        key = str(place.parent / _CHANNEL.sub("*", place.name, count=1))
        groups.setdefault(key, []).append(place)
    if not groups:
        raise DataError(path, "no SAC file with a channel such as HLZ in its name")
    for key, places in sorted(groups.items()):
        recording = drops.read(key, partial(_recording, places, acceleration_unit))
        if recording is not None:
            yield recording


def _names(path: Path) -> Iterator[Path]:
    for place in sorted(path.rglob("*")):
        if place.name.lower().endswith((".sac", ".sac.gz")) and _CHANNEL.search(place.name):
            yield place


def _recording(places: list[Path], acceleration_unit: str) -> Recording:
    found = [_CHANNEL.search(place.name) for place in places]
    channels = [match.group() for match in found if match is not None]
    traces = [read_sac(place) for place in places]
    samples = _joined(places[0], channels, traces)
    quantity = quantity_of(channels[0])
    trace = traces[0]
    p_index, s_index, picks = _arrivals(trace)
    inside = p_index is not None and 0 <= p_index < len(samples)
    category: Category = "earthquake" if inside else "unlabelled"
    name = _CHANNEL.sub("*", places[0].name, count=1)
    event = f"sac-{_event(trace) or name}"
    about = Description(
        source="sac",
        name=name,
        event=event,
        station=f"{trace.texts.get('knetwk', '')}.{trace.texts.get('kstnm', '')}".strip("."),
        part=hashed_part(event),
        rate_hz=trace.rate_hz,
        unit=acceleration_unit if quantity == "acceleration" else "counts",
        quantity=quantity,
        category=category,
        picks=picks if inside else "none",
        start_ns=trace.start_ns,
        p_index=p_index if inside else None,
        s_index=s_index if inside and s_index is not None and s_index < len(samples) else None,
        magnitude=trace.numbers.get("mag"),
        distance_km=_distance_km(trace),
    )
    return Recording(about, samples)


def _joined(place: Path, channels: list[str], traces: list[SacTrace]) -> Samples:
    columns = [column_of(channel) for channel in channels]
    if len(set(columns)) != len(columns):
        raise BrokenRecordError(str(place), "two files of one component", ", ".join(channels))
    lengths = [len(trace.samples) for trace in traces]
    begins_s = [trace.numbers.get("b", 0.0) for trace in traces]
    apart = (max(begins_s) - min(begins_s)) * traces[0].rate_hz
    if max(lengths) - min(lengths) > _SLACK or apart > _SLACK:
        raise BrokenRecordError(str(place), "components of different start or length", str(lengths))
    samples = np.full((min(lengths), 3), np.nan, np.float32)
    for column, trace in zip(columns, traces, strict=True):
        samples[:, column] = trace.samples[: len(samples)]
    return samples


def _arrivals(trace: SacTrace) -> tuple[float | None, float | None, Picks]:
    labelled = {f"kt{k}": f"t{k}" for k in range(10)}
    times: dict[str, float] = {}
    for label, field in labelled.items():
        phase = trace.texts.get(label, "").upper()[:1]
        if phase in {"P", "S"} and field in trace.numbers:
            times.setdefault(phase, trace.numbers[field])
    if "a" in trace.numbers:
        times["P"] = trace.numbers["a"]
    picks: Picks = "analyst"
    if "P" not in times:
        times, picks = _theoretical(trace), "theoretical"
    p_index = trace.index_of(times["P"]) if "P" in times else None
    s_index = trace.index_of(times["S"]) if "S" in times else None
    return p_index, s_index, picks


def _theoretical(trace: SacTrace) -> dict[str, float]:
    """Return arrivals in the header's time where origin, source and station are known."""
    epicentral_km = _distance_km(trace)
    if epicentral_km is None or "o" not in trace.numbers:
        return {}
    origin_s = trace.numbers["o"]
    depth_km = max(0.0, trace.numbers.get("evdp", 0.0))
    p_s, s_s = _travel_times_s(round(epicentral_km, 1), round(depth_km, 1))
    return {"P": origin_s + p_s, "S": origin_s + s_s}


@cache
def _travel_times_s(epicentral_km: float, depth_km: float) -> tuple[float, float]:
    try:
        from obspy.taup import TauPyModel  # noqa: PLC0415 - an optional package
    except ModuleNotFoundError:
        path_km = math.hypot(epicentral_km, depth_km)
        return path_km / _P_KM_S, path_km / _S_KM_S
    degrees = epicentral_km / _DEGREE_KM
    model = TauPyModel("ak135")
    first = {}
    for phase, branches in (("P", ["p", "P", "Pn", "Pg"]), ("S", ["s", "S", "Sn", "Sg"])):
        arrivals = model.get_travel_times(depth_km, degrees, branches)
        first[phase] = arrivals[0].time if arrivals else math.inf
    return first["P"], first["S"]


def _distance_km(trace: SacTrace) -> float | None:
    fields = [trace.numbers.get(name) for name in ("evla", "evlo", "stla", "stlo")]
    if None in fields:
        return None
    evla, evlo, stla, stlo = (value for value in fields if value is not None)
    return great_circle_km((evla, evlo), (stla, stlo))


def _event(trace: SacTrace) -> str:
    """Return a name that all stations of an event share: origin to 10 s, source to 0.1 degree."""
    wanted = ("o", "evla", "evlo")
    if trace.reference_ns is None or any(name not in trace.numbers for name in wanted):
        return ""
    origin_s = trace.reference_ns / 1e9 + trace.numbers["o"]
    evla, evlo = trace.numbers["evla"], trace.numbers["evlo"]
    return f"{round(origin_s / 10)}-{evla:.1f}-{evlo:.1f}"
