"""Velocity models in files.

CSV with a header: `depth_km,vp_km_s,vs_km_s` are nodes (linear in between, a repeated depth is a
discontinuity); `top_depth_km,vp_km_s,vs_km_s` are layers of constant velocity. Lines that begin
with `#` are comments. TOML has the same three columns as arrays, and may have `name`.
"""

import csv
import tomllib
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

from cloud.errors import VelocityModelError
from cloud.velocity.model import VelocityModel

_NODES = "depth_km"
_LAYERS = "top_depth_km"
_VELOCITIES = ("vp_km_s", "vs_km_s")


@cache
def iasp91() -> VelocityModel:
    """Return iasp91 down to 760 km.

    Nodes every discontinuity, from the polynomials of Kennett, B. L. N. and Engdahl, E. R. (1991):
    Traveltimes for global earthquake location and phase identification. Geophysical Journal
    International 105, 429-465. Between the nodes those polynomials are linear in depth.
    """
    text = (files("cloud.velocity") / "iasp91.csv").read_text(encoding="utf-8")
    return _build("iasp91", "iasp91", _csv_columns(text, "iasp91"))


def load_velocity_model(path: Path) -> VelocityModel:
    """Return the model of a `.csv` or `.toml` file.

    Raises:
        VelocityModelError: The file cannot be read, or is no velocity model.
    """
    place = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise VelocityModelError(place, f"cannot be read: {error}") from None
    if path.suffix.lower() == ".toml":
        name, columns = _toml_columns(text, place, path.stem)
    else:
        name, columns = path.stem, _csv_columns(text, place)
    return _build(name, place, columns)


def _build(name: str, place: str, columns: dict[str, list[float]]) -> VelocityModel:
    depth = _LAYERS if _LAYERS in columns else _NODES
    wanted = {depth, *_VELOCITIES}
    if set(columns) != wanted:
        raise VelocityModelError(
            place, f"columns {sorted(columns)}; need {_NODES} or {_LAYERS}, vp_km_s, vs_km_s"
        )
    if len({len(values) for values in columns.values()}) != 1:
        lengths = {key: len(values) for key, values in columns.items()}
        raise VelocityModelError(place, f"columns of different lengths: {lengths}")
    vp, vs = columns["vp_km_s"], columns["vs_km_s"]
    try:
        if depth == _LAYERS:
            return VelocityModel.from_layers(name, columns[depth], vp, vs)
        return VelocityModel(name, tuple(columns[depth]), tuple(vp), tuple(vs))
    except VelocityModelError as error:
        raise VelocityModelError(f"{place} ({error.place})", error.reason) from None


def _csv_columns(text: str, place: str) -> dict[str, list[float]]:
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise VelocityModelError(place, "the file is empty")
    numbers, rows = zip(*lines, strict=True)
    header, *records = list(csv.reader(rows))
    names = [cell.strip() for cell in header]
    columns: dict[str, list[float]] = {name: [] for name in names}
    for number, record in zip(numbers[1:], records, strict=True):
        if len(record) != len(names):
            raise VelocityModelError(
                f"{place}:{number}", f"{len(record)} values; the header has {len(names)}"
            )
        for name, cell in zip(names, record, strict=True):
            columns[name].append(_number(cell, f"{place}:{number}", name))
    return columns


def _toml_columns(text: str, place: str, stem: str) -> tuple[str, dict[str, list[float]]]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise VelocityModelError(place, f"is no TOML: {error}") from None
    name = table.pop("name", stem)
    columns: dict[str, list[float]] = {}
    for key, values in table.items():
        if not isinstance(values, list):
            raise VelocityModelError(place, f"{key} is {values!r}; give an array of numbers")
        columns[key] = [_number(value, place, key) for value in values]
    return str(name), columns


def _number(value: object, place: str, column: str) -> float:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        with suppress(ValueError):
            return float(value)
    raise VelocityModelError(place, f"{column} is {value!r}; give a number")
