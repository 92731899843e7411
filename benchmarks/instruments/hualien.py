"""The M5.8 of Hualien, 18 April 2021: its automatic P of 103 stations, put together by two."""

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cloud.catalogue.config import CatalogueConfig
from cloud.catalogue.octo import OctoAssociator
from cloud.catalogue.own import OwnAssociator, PickTable
from cloud.geodesy import great_circle_km

_EPICENTRE = (23.87, 121.49)
_CONFIG = CatalogueConfig(least_picks=8)
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one associator made of the picks."""

    events: int
    error_km: float
    """Of the event with most picks; not a number without any."""
    used: int
    picks: int
    cpu_s: float
    """Median of five rounds, location included."""


def hualien(folder: Path) -> dict[str, Outcome]:
    """Return what PyOcto and the kit make of the picks."""
    with (folder / "ppicks_auto.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    latitude, longitude = (
        np.array([float(row[key]) for row in rows]) for key in ("st_lat", "st_lon")
    )
    picked = sorted(
        (float(row["auto_p_s"]), number) for number, row in enumerate(rows) if row["auto_p_s"]
    )
    table = PickTable(
        time_s=np.array([moment for moment, _ in picked]),
        station=np.array([number for _, number in picked], np.intp),
        sigma_s=np.full(len(picked), 0.2),
        p_probability=np.ones(len(picked)),
    )
    own = OwnAssociator(latitude, longitude, np.zeros(len(rows)), _CONFIG)
    return {
        name: _outcome(associator, own, table)
        for name, associator in (("own", own), ("PyOcto", OctoAssociator(own)))
    }


def _outcome(
    associator: OwnAssociator | OctoAssociator, own: OwnAssociator, table: PickTable
) -> Outcome:
    used_s = []
    for _ in range(_ROUNDS):
        start_s = time.process_time()
        events = associator.associate(table)
        used_s.append(time.process_time() - start_s)
    largest = max(events, key=lambda event: len(event.pick), default=None)
    error_km = float("nan")
    if largest is not None:
        place = own.plane.to_degrees(largest.found.x_km, largest.found.y_km)
        error_km = float(great_circle_km(*place, *_EPICENTRE))
    return Outcome(
        len(events),
        error_km,
        0 if largest is None else len(largest.pick),
        len(table.time_s),
        float(np.median(used_s)),
    )
