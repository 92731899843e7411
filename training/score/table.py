"""The scoreboard as Markdown and as JSON."""

import dataclasses
import json

from training.score.command import Board, Summaries
from training.score.summary import CLASSES_GAL, Rate, Share, Summary

_HEAD = (
    "| detector | PGA >= 2 gal | 2-5 gal | 5-10 gal | >= 10 gal | below 2 gal | with a P pick "
    "| false an hour, sent | false an hour, standing | fired after P | sent after P |"
)

_TEMPLATE = """# Scoreboard

Written by `model-trainer score`. Each detector runs alone in the station's own pipeline over every
record of the OpenEEW test events ({events}),
which took no part in training, calibration, tuning or choice. Network: `{name}` version {version},
threshold {threshold:g} (set on the training and validation events), sha256
`{sha256}`.

{table}

- *Detected*: a trigger that was not retracted has its onset between P (2 s before the pick, or
  before the predicted P where there is none) and S. Classes are of the record's peak ground
  acceleration, largest component. Records below 2 gal include many with nothing above the noise.
- *False*: the onset lies more than 8 s before the first possible P. *Sent* counts every first
  revision, *standing* those never retracted; {hours:.2f} hours of data, in brackets the exact 95 %
  interval of a Poisson count (Garwood 1936).
- *Fired after P*: median over records with a P pick (automatic, good to about 0.2 s) from the pick
  to the end of the hop that fired. *Sent after P*: to the arrival of the packet that completed it;
  these stations send one packet a second.

## Records of 2 gal and more

{records}
"""


def scoreboard(board: Board) -> str:
    """Return the whole page."""
    summaries = board.summaries
    observations = next(iter(board.observations.values()))
    card = board.bundle.card
    return _TEMPLATE.format(
        events=", ".join(sorted({o.truth.event for o in observations})),
        name=card.name,
        version=card.version,
        threshold=card.thresholds["trigger"],
        sha256=board.bundle.sha256,
        table=summaries_to_markdown(summaries),
        hours=next(iter(summaries.values())).sent.hours,
        records=_records(board),
    )


def summaries_to_markdown(summaries: Summaries) -> str:
    """Return one row a detector."""
    columns = _HEAD.count("|") - 1
    rows = [_HEAD, "|" + "---|" * columns]
    rows += [
        f"| {name} | " + " | ".join(_cells(summary)) + " |" for name, summary in summaries.items()
    ]
    return "\n".join(rows)


def summaries_to_json(summaries: Summaries) -> str:
    """Return the same figures for programs."""
    return json.dumps({name: dataclasses.asdict(s) for name, s in summaries.items()}, indent=2)


def _cells(summary: Summary) -> list[str]:
    shares = (summary.detected, *summary.by_class, summary.weak, summary.picked)
    return [
        *(_share(share) for share in shares),
        _rate(summary.sent),
        _rate(summary.standing),
        _seconds(summary.median_fired_s),
        _seconds(summary.median_sent_s),
    ]


def _share(share: Share) -> str:
    return f"{share.hit}/{share.of}"


def _rate(rate: Rate) -> str:
    return f"{rate.an_hour:.1f} ({rate.low:.1f}-{rate.high:.1f})"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _records(board: Board) -> str:
    names = list(board.observations)
    rows = [
        "| event | station | distance | PGA | " + " | ".join(names) + " |",
        "|" + "---|" * (4 + len(names)),
    ]
    for seen in zip(*board.observations.values(), strict=True):
        truth = seen[0].truth
        if truth.pga_gal >= CLASSES_GAL[0][0]:
            cells = [_record(o.fired_after_p_s, detected=o.detected) for o in seen]
            place = f"| {truth.event} | {truth.station} | {truth.distance_km:.0f} km "
            rows.append(f"{place}| {truth.pga_gal:.1f} gal | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _record(fired_after_p_s: float | None, *, detected: bool) -> str:
    if not detected:
        return "missed"
    return "detected" if fired_after_p_s is None else f"P {fired_after_p_s:+.2f} s"
