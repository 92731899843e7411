"""Windows of NCEDC records (the PhaseNet and DeepDenoiser samples): npz files and `index.csv`.

Each row of the index names a file with `data` of shape (n, 3), its channels, sampling rate and
analyst picks. An S without a label may still be there.
"""

import csv
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from training.data.drops import Drops
from training.data.readers.fields import number, open_table, ordered, text
from training.data.recording import Description, Recording
from training.data.split import hashed_part
from training.errors import BrokenRecordError, DataError

_INDEX = "index.csv"


def is_ncedc(path: Path) -> bool:
    """Tell whether a folder holds an index of npz files."""
    table = path / _INDEX
    if not table.is_file():
        return False
    with open_table(table) as lines:
        return {"file", "key_or_channels", "p_sample"} <= set(next(csv.reader(lines), []))


def read_ncedc_folder(path: Path, drops: Drops) -> Iterator[Recording]:
    """Yield the recordings of a folder.

    Raises:
        DataError: It has no index.
    """
    if not is_ncedc(path):
        raise DataError(path, f"no {_INDEX} with columns file, key_or_channels, p_sample")
    with open_table(path / _INDEX) as lines:
        for line, row in enumerate(csv.DictReader(lines), 2):
            recording = drops.read(f"{path / _INDEX}:{line}", partial(_recording, path, row))
            if recording is not None:
                yield recording


def _recording(folder: Path, row: dict[str, str]) -> Recording:
    file = text(row, "file")
    try:
        # The index names files from the folder above its own.
        with np.load(folder.parent / file, allow_pickle=False) as archive:
            data = archive["data"]
    except zipfile.BadZipFile as error:
        raise BrokenRecordError(file, "no npz", str(error)) from None
    rate_hz = number(row, "sampling_hz")
    if rate_hz is None:
        raise BrokenRecordError(file, "no sampling rate")
    name = Path(file).stem
    # NET_STA_YYYYMMDDhhmmss..: stations of one event agree to the ten minutes.
    event = "ncedc-" + name.split("_")[2][:11]
    accelerometer = text(row, "sensor_kind").startswith("accelerometer")
    about = Description(
        source="ncedc",
        name=name,
        event=event,
        station=text(row, "station"),
        part=hashed_part(event),
        rate_hz=rate_hz,
        quantity="acceleration" if accelerometer else "velocity",
        category="earthquake",
        picks="analyst",
        p_index=number(row, "p_sample"),
        s_index=number(row, "s_sample"),
    )
    components = "".join(channel[-1] for channel in text(row, "key_or_channels").split("_"))
    return Recording(about, ordered(data, components))
