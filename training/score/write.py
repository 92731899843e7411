"""Writing a scoreboard: page, figures for programs, pictures."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from training.score.board import Board
from training.score.page import page
from training.score.plots import draw_all

_DIGITS = 4
_LEFT_OUT = {
    "standings": {"__all__": {"misses", "alarms", "observations"}},
    "own_windows": {"__all__": {"metrics": {"picks"}}},
    "streamed": {"__all__": {"p_picks": {"errors_s"}}},
    "elsewhere": {"__all__": {"windows": {"p_picks": {"errors_s"}}}},
}
"""Waveforms and single records, which are in the pictures and on the page."""


def write_board(board: Board, folder: Path, command: str) -> str:
    """Write README.md, scoreboard.json and the pictures; returns the page.

    Args:
        board: What was measured.
        folder: Where to.
        command: That made it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = draw_all(board, folder)
    text = page(board, command, pictures)
    (folder / "README.md").write_text(text)
    (folder / "scoreboard.json").write_text(board_to_json(board) + "\n")
    return text


def board_to_json(board: Board) -> str:
    """Return the figures of a board for programs, without those of single records."""
    facts = TypeAdapter(Board).dump_python(board, mode="json", exclude=_LEFT_OUT)
    return json.dumps(_rounded(facts), indent=1)


def _rounded(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Round numbers, and write NaN and infinity as null, which JSON has not."""
    if isinstance(value, float):
        return round(value, _DIGITS) if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return value
