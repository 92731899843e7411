"""Tables in Markdown, and figures in their cells with what is not known of them."""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence

from training.score.counts import Proportion
from training.score.summary import CLASSES_GAL, Delay, Rate, Summary

Summaries = Mapping[str, Summary]

NOTHING = "-"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a cell holds no line break and no bar."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def proportion(value: Proportion) -> str:
    """Return hits of all."""
    return f"{value.hit}/{value.of}" if value.of else NOTHING


def proportion_with_interval(value: Proportion) -> str:
    """Return the share in percent with its 95 % interval, and the counts."""
    if not value.of:
        return NOTHING
    low, high = value.interval
    return f"{value.hit}/{value.of} ({low:.0%}-{high:.0%})"


def rate(value: Rate | None) -> str:
    """Return a rate a station-day with its 95 % interval."""
    if value is None or not value.hours:
        return NOTHING
    low, high = value.interval
    return f"{value.a_day:.1f} ({low:.1f}-{high:.1f})"


def seconds(value: float | None, digits: int = 2) -> str:
    """Return a time; a bar where there is none."""
    return NOTHING if value is None or math.isnan(value) else f"{value:.{digits}f} s"


def delay(value: Delay | None) -> tuple[str, str]:
    """Return the median and what nine of ten are within."""
    return (NOTHING, NOTHING) if value is None else (seconds(value.median_s), seconds(value.p90_s))


def class_names() -> list[str]:
    """Return the names of the classes of peak acceleration."""
    (low, middle), (_, upper), _ = CLASSES_GAL
    return [f"{low:g}-{middle:g} gal", f"{middle:g}-{upper:g} gal", f">= {upper:g} gal"]


def detection_table(summaries: Summaries) -> str:
    """Return one row a detector: what it finds, and how soon."""
    head = ["detector", ">= 2 gal", *class_names(), "< 2 gal", "with a P pick"]
    head += ["fired after P", "nine of ten", "sent after P", "nine of ten"]
    rows = [
        [
            name,
            proportion_with_interval(one.detected),
            *map(proportion, one.by_class),
            proportion(one.weak),
            proportion(one.picked),
            *delay(one.fired_after_p),
            *delay(one.sent_after_p),
        ]
        for name, one in summaries.items()
    ]
    return table(head, rows)


def tuning_table(summaries: Summaries) -> str:
    """Return what is needed to choose a threshold, one row each."""
    head = ["detector", ">= 2 gal", "< 2 gal", "false a day, sent", "standing", "fired after P"]
    rows = [
        [
            name,
            proportion(one.detected),
            proportion(one.weak),
            rate(one.sent),
            rate(one.standing),
            delay(one.fired_after_p)[0],
        ]
        for name, one in summaries.items()
    ]
    return table(head, rows)


def summaries_to_json(summaries: Summaries) -> str:
    """Return the same figures for programs."""
    return json.dumps({name: dataclasses.asdict(s) for name, s in summaries.items()}, indent=2)
