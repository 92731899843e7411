"""What is known of the OpenEEW records: picks, predicted arrivals and peak accelerations."""

import csv
from dataclasses import dataclass
from pathlib import Path

from edge.timestamps import seconds_to_ns
from training.data.openeew import GUARD_S
from training.data.record import Part
from training.data.split import openeew_part
from training.errors import DataError

_S_OVER_P = 1.75
"""Travel time of S over that of P, rounded up."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One station's record of one event."""

    event: str
    station: str
    magnitude: float
    distance_km: float
    pga_gal: float
    """Largest component over the record."""
    picked_p_ns: int | None
    """Automatic P of quality A or B, good to about 0.2 s."""
    first_p_ns: int
    """The pick, or the predicted P where there is none."""
    last_s_ns: int
    """When S has certainly arrived."""
    noise_end_ns: int
    """Whatever triggers before this is false."""
    folder: Path


def read_truths(data: Path, parts: frozenset[Part]) -> list[Truth]:
    """Return the records of the wanted parts.

    Raises:
        DataError: The picks are not there.
    """
    place = data / "openeew_mx"
    table = place / "openeew_ppicks_auto.csv"
    if not table.is_file():
        raise DataError(table, "no such file; --data names the folder that holds openeew_mx/")
    with table.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if openeew_part(row["event"]) in parts]
    return [_truth(place, row) for row in rows]


def _truth(place: Path, row: dict[str, str]) -> Truth:
    origin_s = float(row["origin_epoch"])
    predicted_s = float(row["pred_p_s"])
    picked = row["quality"] in {"A", "B"}
    first_s = float(row["auto_p_epoch"]) if picked else origin_s + predicted_s
    quiet_until_s = min(first_s, origin_s + predicted_s) - GUARD_S
    return Truth(
        event=row["event"],
        station=row["station"],
        magnitude=float(row["mag"]),
        distance_km=float(row["dist_km"]),
        pga_gal=max(float(row[f"pg{axis}_gal"]) for axis in "xyz"),
        picked_p_ns=seconds_to_ns(first_s) if picked else None,
        first_p_ns=seconds_to_ns(first_s),
        last_s_ns=seconds_to_ns(origin_s + _S_OVER_P * predicted_s + 10.0),
        noise_end_ns=seconds_to_ns(quiet_until_s),
        folder=place / row["event"] / row["station"],
    )
