"""From the records that a station sent to a seismogram."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog
from pymseed import DataEncoding, MS3Record, clear_error_messages
from pymseed.exceptions import MiniSEEDError

from cloud.fdsnws.sensitivity import counts_per_m_s2
from cloud.seismogram import COMPONENTS
from cloud.thorough.pieces import Piece, Reading, put_together
from cloud.thorough.stretch import Stretch
from cloud.waveforms import Channel, select_records
from edge.errors import PacketError
from edge.messages import State
from edge.sensor import load_sensor_profile
from edge.sources.miniseed_records import RecordPlace, read_samples

_log = structlog.get_logger(__name__)

_ALL: Final = re.compile(r".*", re.DOTALL)
_FLOATS: Final = (DataEncoding.FLOAT32, DataEncoding.FLOAT64)
_NEAR_THE_END: Final = 0.98
"""Share of the sensor's range beyond which a sample is taken for clipped."""
_LOG_ERROR_OF_NONE: Final = 3.0
"""A clock of quality 0 is a second off or more, one of 100 a millisecond or less: see
`edge.archive.records.time_quality`."""


class RecordReader:
    """Reads what stations sent.

    Args:
        folder: Root of the SDS tree.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, stretch: Stretch, state: State | None) -> Reading | None:
        """Return what there is of a stretch, or None where it is too little.

        Args:
            stretch: Of which station, from when to when.
            state: What the station says of its channels and sensor; None where it is not known.
        """
        places = list(self._places(stretch))
        channels = _channels(state, {place.channel for place in places})
        sensor = state.sensor if state is not None else None
        pieces, calibrated = [], True
        for place in places:
            component = channels.get(place.channel)
            if component is None:
                continue
            found = _piece(place, component, sensor)
            if found is not None:
                pieces.append(found[0])
                calibrated = calibrated and found[1]
        return put_together(
            stretch.station, pieces, stretch.start_ns, stretch.end_ns, calibrated=calibrated
        )

    def has(self, stretch: Stretch, tolerance_ns: int) -> bool:
        """Return whether records reach from the beginning of a stretch to its end."""
        places = list(self._places(stretch))
        if not places:
            return False
        by_channel: dict[str, list[RecordPlace]] = {}
        for place in places:
            by_channel.setdefault(place.channel, []).append(place)
        return all(
            min(one.start_ns for one in of_one) <= stretch.start_ns + tolerance_ns
            and max(one.end_ns for one in of_one) >= stretch.end_ns - tolerance_ns
            for of_one in by_channel.values()
        )

    def _places(self, stretch: Stretch) -> Iterator[RecordPlace]:
        network, _, station = stretch.station.partition(".")
        wanted = Channel(
            re.compile(re.escape(network)),
            re.compile(re.escape(station)),
            _ALL,
            _ALL,
            stretch.start_ns,
            stretch.end_ns,
        )
        try:
            yield from select_records(self._folder, wanted)
        except OSError as error:  # a day may make room for a new one while it is read
            _log.warning("waveforms_gone", station=stretch.station, reason=str(error))


def _channels(state: State | None, there: Iterable[str]) -> dict[str, int]:
    """Return the component of each channel: by the station's own word, or by its last letter."""
    if state is not None and len(state.channels) == len(COMPONENTS):
        return {channel: number for number, channel in enumerate(state.channels)}
    return {
        channel: COMPONENTS.index(channel[-1])
        for channel in sorted(there, reverse=True)
        if channel[-1:] in tuple(COMPONENTS)
    }


def _piece(place: RecordPlace, component: int, sensor: str | None) -> tuple[Piece, bool] | None:
    """Return a record's samples and whether they are m/s2; None for one that is damaged."""
    try:
        samples = read_samples(place)
        record = _header(place)
    except PacketError as error:
        _log.warning("waveform_unreadable", place=error.place, reason=error.reason)
        return None
    sensitivity = counts_per_m_s2(sensor or "")
    range_m_s2 = _range_m_s2(sensor or "") if sensitivity is not None else inf
    if record.encoding in _FLOATS:
        sensitivity = 1.0
    scaled = (samples / (sensitivity or 1.0)).astype(np.float32)
    extra = _extra(record)
    piece = Piece(
        component=component,
        start_ns=place.start_ns,
        rate_hz=place.rate_hz,
        samples=scaled,
        clipped=_is_flagged(extra) or bool(np.abs(scaled).max() >= _NEAR_THE_END * range_m_s2),
        error_s=_clock_error_s(extra.get("Time")),
    )
    return piece, sensitivity is not None


def _header(place: RecordPlace) -> MS3Record:
    """Return a record's header.

    Raises:
        PacketError: It cannot be read.
    """
    try:
        with place.path.open("rb") as file:
            file.seek(place.offset)
            return MS3Record.parse(file.read(place.length))
    except (MiniSEEDError, ValueError, OSError) as error:
        clear_error_messages()
        raise PacketError(str(place), f"cannot be read: {error}") from None


def _extra(record: MS3Record) -> dict[str, Any]:
    """Return the FDSN's extra headers of a record, which may be anything."""
    try:
        extra = json.loads(record.extra or "{}").get("FDSN", {})
    except (ValueError, AttributeError):
        return {}
    return extra if isinstance(extra, dict) else {}


def _clock_error_s(time: object) -> float:
    """Return the error of the clock, as far as the header says; 0 where it says nothing."""
    if not isinstance(time, dict):
        return 0.0
    stated, quality = time.get("MaxEstimatedError"), time.get("Quality")
    if isinstance(stated, int | float) and stated >= 0:
        return float(stated)
    if isinstance(quality, int | float) and 0 <= quality <= 100:  # noqa: PLR2004 - percent
        return float(10 ** (-_LOG_ERROR_OF_NONE * quality / 100))
    return 0.0


def _is_flagged(extra: dict[str, Any]) -> bool:
    flags = extra.get("Flags")
    return isinstance(flags, dict) and flags.get("DigitizerClipping") is True


@lru_cache(maxsize=64)
def _range_m_s2(sensor: str) -> float:
    """Return the full scale of a sensor whose sensitivity is known, m/s2."""
    return load_sensor_profile(sensor).range_m_s2
