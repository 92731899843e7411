"""OpenEEW event folders (MEMS, m/s2), as recordings at the detection rate.

Their packets have no fixed sampling rate and need the station's time base to be put in order
(training.data.openeew); what comes out of it is at 32 Hz.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from training.data.drops import Drops
from training.data.openeew import read_openeew
from training.data.record import RATE_HZ, Part
from training.data.recording import Description, Recording
from training.errors import DataError

_FOLDER = "openeew_mx"
_PICKS = "openeew_ppicks_auto.csv"
_PARTS: frozenset[Part] = frozenset({"train", "validation", "test"})


def is_openeew(path: Path) -> bool:
    """Tell whether a folder holds event folders with the list of picks beside them."""
    return (path / _PICKS).is_file()


def read_openeew_folder(
    path: Path, drops: Drops, parts: frozenset[Part] = _PARTS
) -> Iterator[Recording]:
    """Yield the recordings of the events; broken packets are the source's to count.

    Raises:
        DataError: The folder has no list of picks or another name than openeew_mx.
    """
    if not is_openeew(path) or path.name != _FOLDER:
        raise DataError(path, f"no folder {_FOLDER}/ with {_PICKS}")
    for record in read_openeew(path.parent, parts):
        about = Description(
            source="openeew",
            name=f"{record.event}/{record.station}",
            event=record.event,
            station=record.station,
            part=record.part,
            rate_hz=RATE_HZ,
            unit="m/s2",
            quantity="acceleration",
            category="unlabelled" if record.p_index is None else "earthquake",
            picks="none" if record.p_index is None else "automatic",
            p_index=record.p_index,
            s_index=None if record.p_index is None else record.s_index,
            magnitude=record.magnitude,
            distance_km=record.distance_km,
        )
        recording = drops.read(about.name, partial(Recording, about, record.samples))
        if recording is not None:
            yield recording
