"""The pictures of the scoreboard: ROC, delays, places of P, examples of what went wrong."""

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.score.board import Board
from training.score.continuous import SURROGATES, Standing
from training.score.snippet import AFTER_S, BEFORE_S, Snippet
from training.score.summary import LEAST_GAL

mpl.use("Agg")

_DPI = 100
_EXAMPLES_DPI = 80
"""Noise is hard to compress, and a page must load on a slow line."""
_WIDTH_IN = 8.0
_LONGEST_DELAY_S = 10.0
_MOST_EXAMPLES = 4
_COLOURS = mpl.colormaps["tab20"].colors
_METADATA = {"Software": None}
"""No version in the file: same figures, same bytes."""

Draw = Callable[[Board, Path], bool]


def draw_all(board: Board, folder: Path) -> list[Path]:
    """Draw every picture that the figures allow; returns those that were drawn."""
    pictures: dict[str, Draw] = {
        "roc.png": _roc,
        "delay.png": _delay,
        "position.png": _position,
        "misses.png": lambda board, path: _examples([one.misses for one in board.standings], path),
        "alarms.png": lambda board, path: _examples([one.alarms for one in board.standings], path),
    }
    return [folder / name for name, draw in pictures.items() if draw(board, folder / name)]


def _roc(board: Board, path: Path) -> bool:
    rows = [
        one
        for one in board.standings
        if one.roc and one.summary.detected.of and _heard_all(board, one)
    ]
    if not rows:
        return False
    figure = Figure(figsize=(_WIDTH_IN, 5), layout="constrained")
    axes = figure.add_subplot()
    for number, row in enumerate(rows):
        least = [12 / point.false.hours if point.false.hours else np.nan for point in row.roc]
        x = [max(p.false.a_day, floor) for p, floor in zip(row.roc, least, strict=True)]
        y = [100 * point.detected.share for point in row.roc]
        axes.plot(x, y, "o-", ms=4, color=_colour(number), label=row.name)
    axes.axhline(98, color="0.6", lw=0.8, ls="--")
    axes.axvline(1, color="0.6", lw=0.8, ls="--")
    axes.set(
        xscale="log",
        xlabel="false triggers a station-day",
        ylabel="records of 2 gal and more detected, %",
    )
    axes.legend(fontsize=8)
    return _save(figure, path)


def _heard_all(board: Board, row: Standing) -> bool:
    """Tell whether a row heard the long noise: without it few false triggers mean little."""
    return SURROGATES in row.false or not board.config.noise_hours


def _delay(board: Board, path: Path) -> bool:
    figure = Figure(figsize=(_WIDTH_IN, 4.5), layout="constrained")
    axes = figure.add_subplot()
    drawn = [_delay_curve(axes, row, number) for number, row in enumerate(board.standings)]
    if not any(drawn):
        return False
    axes.axvline(1, color="0.6", lw=0.8, ls="--")
    axes.set(
        xlim=(-1, _LONGEST_DELAY_S),
        ylim=(0, 103),
        xlabel="seconds after P at which the detector fires",
        ylabel="records of 2 gal and more, %",
    )
    axes.legend(fontsize=8, loc="lower right")
    return _save(figure, path)


def _delay_curve(axes: Axes, row: Standing, number: int) -> bool:
    asked = [
        one
        for one in row.observations
        if one.truth.picked_p_ns is not None and one.truth.pga_gal >= LEAST_GAL
    ]
    delays = sorted(one.fired_after_p_s for one in asked if one.fired_after_p_s is not None)
    if not asked:
        return False
    x = [-1.0, *delays, _LONGEST_DELAY_S]
    y = [0.0, *(100 * (i + 1) / len(asked) for i in range(len(delays)))]
    axes.step(x, [*y, y[-1]], where="post", color=_colour(number), label=row.name)
    return True


def _position(board: Board, path: Path) -> bool:
    if not board.curves:
        return False
    figure = Figure(figsize=(_WIDTH_IN, 4), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    labels = ("P at this part of the window", "seconds from the stream's start to P")
    for axes, streamed, label in zip(panels, (False, True), labels, strict=True):
        shown = [one for one in board.curves if one.streamed is streamed]
        for number, one in enumerate(shown):
            x = [place.at for place in one.places]
            y = [100 * place.found.share for place in one.places]
            axes.plot(x, y, "o-", ms=3, color=_colour(number), label=one.name)
        axes.set(xlabel=label, ylim=(-3, 103))
        if shown:
            axes.legend(fontsize=7, loc="lower right")
    panels[0].set_ylabel("found, %")
    return _save(figure, path)


def _examples(groups: Sequence[Sequence[Snippet]], path: Path) -> bool:
    """Draw a few snippets, in turn of each row, so that no row takes all places."""
    deepest = max((len(group) for group in groups), default=0)
    in_turn = [group[i] for i in range(deepest) for group in groups if i < len(group)]
    shown = in_turn[:_MOST_EXAMPLES]
    if not shown:
        return False
    figure = Figure(figsize=(_WIDTH_IN, 1.5 * len(shown) + 0.3), layout="constrained")
    for axes, one in zip(figure.subplots(len(shown), 1, squeeze=False)[:, 0], shown, strict=True):
        axes.plot(one.seconds, np.asarray(one.trace) * 100, lw=0.5, color="0.2")
        for number, (name, at) in enumerate(one.marks.items()):
            axes.axvline(at, color=_colour(2 * number), lw=1, label=name)
        axes.set_title(one.title, fontsize=8, loc="left")
        axes.set_xlim(-BEFORE_S, AFTER_S)
        axes.tick_params(labelsize=7)
        axes.set_ylabel("gal", fontsize=7)
        axes.legend(fontsize=7, loc="upper left")
    axes.set_xlabel("seconds", fontsize=8)
    return _save(figure, path, _EXAMPLES_DPI)


def _colour(number: int) -> tuple[float, float, float]:
    return _COLOURS[(2 * number + number // 10) % len(_COLOURS)]


def _save(figure: Figure, path: Path, dpi: int = _DPI) -> bool:
    figure.savefig(path, dpi=dpi, metadata=_METADATA)
    return True
