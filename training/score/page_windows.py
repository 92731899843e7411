"""The parts of the page about windows, schemes, places of P, and other data."""

from training.score.board import Board
from training.score.bundle_windows import SourceMetrics
from training.score.picks import PickMetrics
from training.score.position import PlaceCurve
from training.score.table import (
    NOTHING,
    proportion,
    proportion_with_interval,
    rate,
    seconds,
    table,
)

_SCHEMES = """
## What quantisation costs

The same network in several schemes on the same examples of the test part, at the threshold of its
card: for networks of streams mixed as for training ({examples} of 80 s, every hop judged), for
networks of windows the test windows. Loss in points (hundredths) of the figure, with 95 % over
resampled examples.

{table}
"""

_OWN = """
## Networks on their own windows

Windows of test recordings, dealt by event; P lies anywhere in them. Each network gets them cut and
prepared as it wants them. Few: mind the intervals. *Found* and *false* are of windows (of frames
for volcano networks), at the threshold of the card.

{table}

Picks of P by pickers; a miss is a miss, and errors are of the nearest pick, however far:

{picks}
"""

_STREAMED = """
## The same windows through the pipeline

{count} windows of 60 s of test recordings other than OpenEEW's (NCEDC, STEAD), each as a stream of
its own, after 75 s of noise like its own. *Found*: a trigger that stood in a window with P.
*False*: in one without. Picks are onsets of triggers that were not called S, against the P of the
data set; a miss counts as one.

{table}
"""

_CURVES = """
## Where P falls

{count} test recordings of NCEDC and STEAD, cut so that P lies at one place after another.
{picture}

Networks of windows, share of windows whose answers reach the threshold anywhere:

{windows}

Streams, share detected by how long the detector had been listening when P came:

{streams}
"""

_ELSEWHERE = """
## Trained here, tested there

The same network after training on other data, on MEMS streams (OpenEEW test events) and on windows
of NCEDC and STEAD through the pipeline.

{table}
"""


def schemes(board: Board) -> str:
    """Return what quantisation costs; nothing where no network came in several schemes."""
    if not board.schemes:
        return ""
    head = ["network", "examples", "figure", "value", "loss, points", "95 %"]
    rows = [
        [
            one.name,
            str(one.examples),
            one.figure,
            f"{one.value:.4f}",
            f"{one.loss_points:.2f}",
            f"{one.interval_points[0]:.2f} to {one.interval_points[1]:.2f}",
        ]
        for one in board.schemes
    ]
    return _SCHEMES.format(examples=board.config.examples, table=table(head, rows))


def own_windows(board: Board) -> str:
    """Return how networks of windows do on their own windows."""
    if not board.own_windows:
        return ""
    head = ["network", "source", "windows", "found", "false", "precision", "F1", "accuracy"]
    head += ["macro-F1", "mean error"]
    picks = [
        [f"{one.name}, {phase}", one.source, *_picks(metrics)]
        for one in board.own_windows
        for phase, metrics in one.metrics.picks
    ]
    return _OWN.format(
        table=table(head, [_own_row(one) for one in board.own_windows]),
        picks=table(["network", "source", *_PICK_HEAD], picks) if picks else "None was given.",
    )


def streamed_windows(board: Board) -> str:
    """Return how everybody does on the same windows."""
    if not board.streamed:
        return ""
    head = ["detector", "found", "false", "precision", "recall", "F1", *_PICK_HEAD]
    rows = []
    for one in board.streamed:
        said = one.detection
        figures = [f"{value:.2f}" for value in (said.precision, said.recall, said.f1)]
        found = [proportion_with_interval(said.found), proportion_with_interval(said.alarmed)]
        rows.append([one.name, *found, *figures, *_picks(one.p_picks)])
    first = board.streamed[0].detection
    count = first.hit + first.missed + first.false + first.quiet
    return _STREAMED.format(count=count, table=table(head, rows))


def curves(board: Board, pictures: set[str]) -> str:
    """Return what depends on the place of P."""
    if not board.curves:
        return ""
    picture = (
        "\n\n![Share found against the place of P](position.png)"
        if "position.png" in pictures
        else ""
    )
    return _CURVES.format(
        count=board.curves[0].places[0].found.of,
        picture=picture,
        windows=_curve_table([one for one in board.curves if not one.streamed], ""),
        streams=_curve_table([one for one in board.curves if one.streamed], " s"),
    )


def elsewhere(board: Board) -> str:
    """Return what becomes of a network on other data than it was trained on."""
    if not board.elsewhere:
        return ""
    head = ["trained on", "OpenEEW >= 2 gal", "< 2 gal", "false a day", "fired after P"]
    head += ["windows found", "false", "P within 0.5 s"]
    rows = []
    for one in board.elsewhere:
        fired = one.streams.fired_after_p
        cells = [
            one.name,
            proportion_with_interval(one.streams.detected),
            proportion(one.streams.weak),
            rate(one.streams.sent),
            seconds(None if fired is None else fired.median_s),
        ]
        if one.windows is None:
            cells += [NOTHING] * 3
        else:
            cells += [
                proportion_with_interval(one.windows.detection.found),
                proportion(one.windows.detection.alarmed),
                proportion(one.windows.p_picks.within_tolerance),
            ]
        rows.append(cells)
    return _ELSEWHERE.format(table=table(head, rows))


_PICK_HEAD = ["P arrivals", "within 0.1 s", "within 0.5 s", "median error", "mean error"]


def _picks(metrics: PickMetrics) -> list[str]:
    return [
        str(metrics.arrivals),
        proportion(metrics.within_close),
        proportion_with_interval(metrics.within_tolerance),
        seconds(metrics.median_s),
        seconds(metrics.mae_s),
    ]


def _own_row(one: SourceMetrics) -> list[str]:
    metrics = one.metrics
    cells = [one.name, one.source, str(metrics.windows)]
    if metrics.detection is None:
        cells += [NOTHING] * 4
    else:
        said = metrics.detection
        cells += [proportion_with_interval(said.found), proportion_with_interval(said.alarmed)]
        cells += [f"{said.precision:.2f}", f"{said.f1:.2f}"]
    for value in (metrics.accuracy, metrics.macro_f1, metrics.mae):
        cells.append(NOTHING if value is None else f"{value:.2f}")
    return cells


def _curve_table(shown: list[PlaceCurve], unit: str) -> str:
    if not shown:
        return "None was given."
    head = ["detector", *(f"{place.at:g}{unit}" for place in shown[0].places)]
    rows = [[one.name, *(f"{place.found.share:.2f}" for place in one.places)] for one in shown]
    return table(head, rows)
