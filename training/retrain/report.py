"""What a retraining did, as text and as JSON: selection, figures before and after."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from training.retrain.coincidence import Reason, Selection

Figures = Mapping[str, float | int | str | None]
"""Named figures of one network in one domain; None where there is nothing to measure."""

BASE: Final = "base"
BASE_ANYTHING: Final = "base, anything heard an earthquake"
RETRAINED: Final = "retrained"
UNREHEARSED: Final = "retrained, nothing rehearsed"
OWN: Final = "all own detections"
LABELLED: Final = "labels of the data"


@dataclass(frozen=True, slots=True)
class Listening:
    """What the base heard and what was kept of it."""

    records: int
    hours: float
    detections: int
    events: int
    kept: int
    dropped: Mapping[Reason, int]
    kept_right: int | None = None
    """Kept ones that the data's own labels confirm; None where there are no labels."""
    dropped_right: int | None = None
    """Dropped ones that they would have confirmed."""


def listening(
    selection: Selection, records: int, hours: float, right: frozenset[object] | None
) -> Listening:
    """Return the counts of a selection.

    Args:
        selection: What coincidence made of the detections.
        records: How many were listened to.
        hours: Their length.
        right: Detections that labels confirm; None where there are no labels.
    """
    kept = selection.kept
    dropped = {detection for detection, _ in selection.dropped}
    return Listening(
        records=records,
        hours=round(hours, 2),
        detections=len(kept) + len(dropped),
        events=len(selection.events),
        kept=len(kept),
        dropped=selection.counts(),
        kept_right=None if right is None else len(kept & right),
        dropped_right=None if right is None else len(dropped & right),
    )


@dataclass(frozen=True, slots=True)
class Table:
    """One domain, a row a network."""

    title: str
    rows: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that `retrain` prints."""

    network: str
    base: str
    stations: int
    listening: Listening
    new: Sequence[Table]
    old: Sequence[Table]
    notes: Sequence[str] = field(default=())
    """What a reader must know to judge the figures."""


def report_to_json(report: Report) -> str:
    """Return the report for programs."""
    return json.dumps(asdict(report), indent=2)


def report_to_text(report: Report) -> str:
    """Return the report for people; the tables are Markdown."""
    heard = report.listening
    lines = [
        f"base: {report.network} of {report.base}",
        f"listened to: {heard.records} records, {heard.hours:g} hours",
        f"detections: {heard.detections}",
        f"kept, seen by {report.stations} stations and more: {heard.kept}, {heard.events} events",
        "dropped: " + ", ".join(f"{reason} {count}" for reason, count in heard.dropped.items()),
    ]
    if heard.kept_right is not None and heard.dropped_right is not None:
        dropped = heard.detections - heard.kept
        lines.append(
            f"right by the labels of the data: {heard.kept_right} of {heard.kept} kept, "
            f"{heard.dropped_right} of {dropped} dropped"
        )
    for heading, tables in (("new", report.new), ("old", report.old)):
        for table in tables:
            lines += ["", f"{heading}: {table.title}", "", *_markdown(table.rows)]
    return "\n".join([*lines, *(f"\n{note}" for note in report.notes)])


def _markdown(rows: Mapping[str, Figures]) -> list[str]:
    names = list(dict.fromkeys(name for figures in rows.values() for name in figures))
    body = [
        f"| {row} | " + " | ".join(_cell(figures.get(name)) for name in names) + " |"
        for row, figures in rows.items()
    ]
    return ["| trained on | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 1), *body]


def _cell(value: float | str | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
