"""Picks as they stand in files: one JSON object a line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import ConfigError
from edge.timestamps import Timestamp

_MOST_PROBLEMS = 20


class PickLine(BaseModel):
    """One line; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    station: str = Field(min_length=1, max_length=40, description="NETWORK.STATION, or the station")
    phase: Literal["P", "S", "unknown"] = "unknown"
    time: Timestamp
    probability: float | None = Field(default=None, ge=0, le=1)
    uncertainty_s: float | None = Field(default=None, ge=0)


@dataclass(frozen=True, slots=True)
class Site:
    """A station that picks."""

    key: str
    """NETWORK.STATION."""
    latitude: float
    longitude: float
    elevation_m: float = 0.0


def read_picks(path: Path, least_probability: float = 0.0) -> list[PickLine]:
    """Return the picks of a file, in the order of their times.

    Args:
        path: The file.
        least_probability: Picks that state a lower probability are left out.

    Raises:
        ConfigError: The file cannot be read, or a line is no pick; each is named with its number.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error}"]) from error
    picks, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            picks.append(PickLine.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            problems.append(
                f"line {number}, {where}: {first['msg']} (seen: {first['input']!r:.80})"
            )
            if len(problems) == _MOST_PROBLEMS:
                break
    if problems:
        raise ConfigError(path, problems)
    picks = [
        pick for pick in picks if pick.probability is None or pick.probability >= least_probability
    ]
    return sorted(picks, key=lambda pick: (pick.time, pick.station, pick.phase))
