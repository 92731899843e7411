"""Curves of characters: braille, four rows and two columns of dots in each, or plain ASCII."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from edge.watch.scene import Curve

_BLANK: Final = 0x2800
_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of the dots of U+2800, row by row."""
_BARS: Final = " ▁▂▃▄▅▆▇█"
_ASCII_BARS: Final = " .:-=+*#@"
_UNITS: Final = ((1.0, "m/s²"), (1e-3, "mm/s²"), (1e-6, "µm/s²"))
_ASCII: Final = {"²": "2", "µ": "u", "±": "+-", "√": "ok", "·": "-", "─": "-"}


def dots_wide(columns: int, *, ascii_only: bool) -> int:
    """Return how many parts a curve of so many characters has."""
    return columns if ascii_only else 2 * columns


def drawn(low: Curve, high: Curve, scale: float, rows: int, *, ascii_only: bool) -> list[str]:
    """Return lines that show a band between two curves about zero.

    Args:
        low: Least values, shape (parts,); NaN where there is nothing.
        high: Greatest values.
        scale: What reaches the edge.
        rows: Characters high.
        ascii_only: Draw with plain characters.
    """
    levels = rows if ascii_only else 4 * rows
    top = np.clip(np.floor((1 - high / scale) / 2 * levels), 0, levels - 1)
    bottom = np.clip(np.floor((1 - low / scale) / 2 * levels), 0, levels - 1)
    if ascii_only:
        return [
            "".join(_ascii_cell(row, top[i], bottom[i]) for i in range(len(low)))
            for row in range(rows)
        ]
    return [
        "".join(
            _braille_cell(row, top[i : i + 2], bottom[i : i + 2]) for i in range(0, len(low), 2)
        )
        for row in range(rows)
    ]


def bars(values: Sequence[float], *, ascii_only: bool) -> str:
    """Return a character for each value, the largest from 1 on; blank for NaN."""
    marks = _ASCII_BARS if ascii_only else _BARS
    return "".join(
        " " if math.isnan(v) else marks[max(1, round((len(marks) - 1) * min(1.0, v)))]
        for v in values
    )


def nice_scale(peak: float) -> float:
    """Return 1, 2 or 5 times a power of ten, the least that is not below a peak."""
    if not math.isfinite(peak) or peak <= 0:
        return 1e-6
    power = 10.0 ** math.floor(math.log10(peak))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= peak * (1 - 1e-9))


def with_unit(value: float) -> str:
    """Return an acceleration for people: `12.3 mm/s²`."""
    if not math.isfinite(value):
        return "-"
    size, unit = next((one for one in _UNITS if abs(value) >= one[0]), _UNITS[-1])
    return f"{value / size:.3g} {unit}"


def plain(text: str) -> str:
    """Return a text with ASCII alone."""
    for mark, stands_for in _ASCII.items():
        text = text.replace(mark, stands_for)
    return text.encode("ascii", "replace").decode()


def _braille_cell(row: int, top: Curve, bottom: Curve) -> str:
    bits = 0
    for column in range(len(top)):
        if math.isnan(top[column]):
            continue
        for dot in range(4):
            if top[column] <= 4 * row + dot <= bottom[column]:
                bits |= _DOTS[dot][column]
    return chr(_BLANK + bits) if bits else " "


def _ascii_cell(row: int, top: float, bottom: float) -> str:
    if math.isnan(top) or not top <= row <= bottom:
        return " "
    return "-" if top == bottom else "|"
