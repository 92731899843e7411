"""The scoreboard as a page."""

from collections.abc import Sequence
from pathlib import Path

from training.score.board import Board
from training.score.continuous import BEFORE_TEST, BEFORE_TRAINING, SURROGATES, Standing
from training.score.observe import Observation
from training.score.page_windows import curves, elsewhere, own_windows, schemes, streamed_windows
from training.score.snr import CLASSES_DB
from training.score.stand import where_we_stand
from training.score.summary import LEAST_GAL, Rate
from training.score.table import (
    NOTHING,
    detection_table,
    proportion,
    rate,
    table,
)

_MOST_COLUMNS = 4
"""Detectors in the list of records."""

_TOP = """# Scoreboard

Written by `model-trainer score`; nothing here is typed by hand. The figures in it are in
[scoreboard.json](scoreboard.json). It was made by

```
{command}
```

Each detector runs alone in the station's own pipeline, the code of `edge-agent replay`, over every
record of the OpenEEW test events ({events}). These took no part in training, calibration, tuning or
choice; of other commands only `benchmarks/accuracy.py`, which replays whole events, opens them. The
last row is both detectors of a station together.

{entries}

{notes}

## Where we stand

{stand}
"""

_STREAMS = """
## Earthquakes in streams

{detection}

- *Detected*: a trigger that was not retracted has its onset between P (2 s before the pick, or
  before the predicted P where there is none) and S. Classes are of the record's peak ground
  acceleration, largest component; in brackets the exact 95 % interval (Clopper & Pearson 1934).
  Records below 2 gal include many with nothing above the noise.
- *Fired after P*: over detected records with a P pick (automatic, good to about 0.2 s), from the
  pick to the end of the hop that fired; the median, and what nine of ten are within. *Sent after
  P*: to the arrival of the packet that completed it; these stations send one packet a second.

Detected by signal-to-noise ratio, from the rms of 1 to 10 Hz before the event and in the strongest
second of it (plain noise has 3 to 4 dB):

{snr}

![Share of records detected against seconds after P](delay.png)

The delay curve counts every record of 2 gal and more that has a P pick; a miss never rises.

## False triggers

A station-day each, as first sent, with the exact 95 % interval of a Poisson count (Garwood 1936);
*standing* are those never retracted. Time in which a detector is silent after a start does not
count.

{false}

- *{before_test}*, *{before_training}*: what the stations recorded more than 8 s before the first
  possible P. Of the training events the networks have heard it; of the test events they have not.
- *{surrogates}*: recorded noise before the test events with new phases (Theiler et al. 1992), seed
  {seed}. Its spectra are real, but it is stationary: no people, no traffic, no machines.

{roc_text}

## Disturbances

What must not trigger and often does: {count} of each kind, in surrogates, 150 s apart. Made-up
ones peak at 5 to 200 times the noise; the generators are those of the training, so that networks
trained here have an advantage. Hand motion is recorded (what no network learned from), once scaled
likewise and once as strong as it was. Share of the disturbances with a trigger that was sent, and
in brackets with one that stood:

{disturbed}

## Cost

CPU time for an hour of stream on one core of the machine that made this page, which was busy with
other work: ratios hold better than absolutes. Packets of one second. A detector that costs more
than {slow_cpu:g} CPU-s an hour heard fewer hours of surrogates, and one that costs more than
{most_cpu:g} was run over the test events alone.

{cost}
"""

_END = """
## Examples of what went wrong

{examples}

## Records of 2 gal and more

{records}
"""


def page(board: Board, command: str, pictures: Sequence[Path]) -> str:
    """Return the whole page.

    Args:
        board: What was measured.
        command: That made it.
        pictures: That were drawn, beside the page.
    """
    names = {picture.name for picture in pictures}
    parts = [
        _top(board, command),
        _streams(board, names),
        schemes(board),
        own_windows(board),
        streamed_windows(board),
        curves(board, names),
        elsewhere(board),
        _end(board, names),
    ]
    return "".join(part for part in parts if part)


def _top(board: Board, command: str) -> str:
    head = ["bundle", "version", "scheme", "threshold", "trained on", "sha256"]
    rows = [
        [
            f"`{entry.name}`",
            str(entry.version),
            entry.scheme,
            NOTHING if entry.threshold is None else f"{entry.threshold:g}",
            ", ".join(entry.training_data),
            f"`{entry.sha256[:16]}`",
        ]
        for entry in board.entries
    ]
    notes = "\n".join(f"- *{one.name}*: {one.note}." for one in board.standings if one.note)
    if not board.has_obspy:
        notes += "\n- *ObsPy* is not installed (`pip install obspy`): its row is missing."
    return _TOP.format(
        command=command,
        events=", ".join(board.events),
        entries=table(head, rows),
        notes=notes,
        stand=where_we_stand(board),
    )


def _streams(board: Board, pictures: set[str]) -> str:
    roc = (
        "![Share detected against false triggers a day](roc.png)\n\nThe curves run over "
        "thresholds; false triggers are those of the test noise and the surrogates together, and "
        "none at all is drawn at half a trigger; rows that did not hear the surrogates are left "
        "out. The thresholds in use were chosen on the training and validation events."
        if "roc.png" in pictures
        else ""
    )
    return _STREAMS.format(
        detection=detection_table({one.name: one.summary for one in board.standings}),
        snr=_snr(board),
        before_test=BEFORE_TEST,
        before_training=BEFORE_TRAINING,
        surrogates=SURROGATES,
        false=_false(board),
        seed=board.config.seed,
        roc_text=roc,
        count=board.config.disturbances,
        disturbed=_disturbed(board),
        slow_cpu=board.config.slow_cpu_s_an_hour,
        most_cpu=board.config.most_cpu_s_an_hour,
        cost=_cost(board),
    )


def _snr(board: Board) -> str:
    names = []
    for low, high in CLASSES_DB:
        below, above = low == CLASSES_DB[0][0], high == CLASSES_DB[-1][1]
        names.append(
            f"< {high:g} dB" if below else f">= {low:g} dB" if above else f"{low:g}-{high:g} dB"
        )
    rows = [[one.name, *map(proportion, one.summary.by_snr)] for one in board.standings]
    return table(["detector", *names], rows)


def _false(board: Board) -> str:
    kinds = (BEFORE_TEST, BEFORE_TRAINING, SURROGATES)
    head = ["detector"]
    for kind in kinds:
        head += [f"{kind}", "standing"]
    head.append("hours of each")
    rows = []
    for one in board.standings:
        cells, hours = [one.name], []
        for kind in kinds:
            false = one.false.get(kind)
            cells += [rate(false.sent), rate(false.standing)] if false else [NOTHING, NOTHING]
            hours.append(_hours(false.sent if false else None))
        rows.append([*cells, " / ".join(hours)])
    return table(head, rows)


def _hours(value: Rate | None) -> str:
    return NOTHING if value is None else f"{value.hours:.1f}"


def _disturbed(board: Board) -> str:
    kinds = list(dict.fromkeys(d.kind for one in board.standings for d in one.disturbed))
    if not kinds:
        return "Not measured."
    rows = []
    for one in board.standings:
        cells = {d.kind: f"{d.sent.share:.2f} ({d.standing.share:.2f})" for d in one.disturbed}
        rows.append([one.name, *(cells.get(kind, NOTHING) for kind in kinds)])
    return table(["detector", *kinds], rows)


def _cost(board: Board) -> str:
    rows = [
        [
            one.name,
            f"{one.asked_every_s:g} s",
            f"{one.detector_cpu_s_an_hour:.2f}",
            f"{one.cpu_s_an_hour:.2f}",
        ]
        for one in board.standings
    ]
    return table(["detector", "hop", "CPU-s an hour, detector", "whole pipeline"], rows)


def _end(board: Board, pictures: set[str]) -> str:
    shown = [
        f"![{text}]({name})"
        for name, text in (
            ("misses.png", "Records that were missed"),
            ("alarms.png", "False triggers"),
        )
        if name in pictures
    ]
    return _END.format(
        examples="\n\n".join(shown) or "Nothing to show.", records=_records(board.standings)
    )


def _records(standings: Sequence[Standing]) -> str:
    shown = standings[:1] + tuple(one for one in standings[1:] if "STA/LTA" in one.name)
    shown = shown[:_MOST_COLUMNS]
    head = ["event", "station", "distance", "PGA", "SNR", *(one.name for one in shown)]
    rows = []
    for seen in zip(*(one.observations for one in shown), strict=True):
        truth = seen[0].truth
        if truth.pga_gal >= LEAST_GAL:
            ratio = NOTHING if seen[0].snr_db is None else f"{seen[0].snr_db:.0f} dB"
            place = [truth.event, truth.station, f"{truth.distance_km:.0f} km"]
            rows.append([*place, f"{truth.pga_gal:.1f} gal", ratio, *map(_record, seen)])
    return table(head, rows)


def _record(seen: Observation) -> str:
    if not seen.detected:
        return "missed"
    return "detected" if seen.fired_after_p_s is None else f"P {seen.fired_after_p_s:+.2f} s"
