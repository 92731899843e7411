"""Windows of NCEDC records (the PhaseNet and DeepDenoiser samples): npz files and `index.csv`.

Analyst P in every window, S in some; an S without a label may still be there. Velocity is
differentiated, so that all records are proportional to ground acceleration.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.record import RATE_HZ, Record, to_detection_rate
from training.data.split import hashed_part

_GUARD_S = 1.0
"""Kept away from the P when its foreground is called noise, seconds."""


def read_ncedc(folder: Path) -> Iterator[Record]:
    """Yield the records of `folder`, which holds `ncedc_windows/index.csv`."""
    with (folder / "ncedc_windows" / "index.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            yield _record(folder, row)


def _record(folder: Path, row: dict[str, str]) -> Record:
    with np.load(folder / row["file"]) as archive:
        data = archive["data"].astype(np.float64)
    rate_hz = float(row["sampling_hz"])
    samples = vertical_first(data, row["key_or_channels"].split("_"))
    if not row["sensor_kind"].startswith("accelerometer"):
        samples = np.gradient(samples, 1 / rate_hz, axis=0)
    resampled, _ = to_detection_rate(samples, rate_hz)
    scale = RATE_HZ / rate_hz
    p_index = float(row["p_sample"]) * scale
    name = Path(row["file"]).stem
    # NET_STA_YYYYMMDDhhmmss..: stations of one event agree to the ten minutes.
    event = "ncedc-" + name.split("_")[2][:11]
    return Record(
        source="ncedc",
        event=event,
        station=row["station"],
        part=hashed_part(event),
        samples=resampled,
        noise_end=max(0, int(p_index - _GUARD_S * RATE_HZ)),
        p_index=p_index,
        s_index=float(row["s_sample"]) * scale if row["s_sample"] else None,
    )


def vertical_first(data: NDArray[np.float64], channels: list[str]) -> NDArray[np.float64]:
    """Return the columns in the order Z, N, E (or Z, 1, 2), whatever their order was.

    Args:
        data: Shape (n, 3).
        channels: SEED channel codes of the columns.
    """
    order = sorted(range(3), key=lambda i: "ZN1E2".index(channels[i][-1]))
    return data[:, order]
