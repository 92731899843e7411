"""A station's history, ready to be drawn: one column a quantity."""

from collections.abc import Sequence
from math import isnan
from typing import Final

from pydantic import Field

from cloud.board.view import View
from cloud.fleetview.vitals import QUANTITIES
from cloud.store.history import HealthHistory, Span
from edge.timestamps import Timestamp, seconds_to_ns

REPORT_EVERY_S: Final = 10.0
_RAW_HOURS: Final = 2.0
_TEN_MINUTES_HOURS: Final = 14 * 24.0
_SIGNIFICANT: Final = 5

Column = tuple[float | None, ...]


class Course(View):
    """One quantity over time; null where it was not told."""

    name: str
    unit: str
    what: str
    low: Column = Field(description="Least of each span")
    middle: Column = Field(description="Median of each span; of counts the sum")
    high: Column = Field(description="Largest of each span")


class Trend(View):
    """A station's history."""

    station: str = Field(description="NETWORK.STATION")
    span_s: int = Field(description="Length of the spans, seconds; 0: single reports")
    start: tuple[Timestamp, ...] = Field(description="Begin of each span")
    reports: tuple[int, ...] = Field(description="Reports that came in each span")
    completeness: float | None = Field(
        description="Share of the reports that were to come from the first span to the last"
    )
    courses: tuple[Course, ...]


def trend(history: HealthHistory, network: str, station: str, hours: float, now_ns: int) -> Trend:
    """Return the history of the last hours, as finely as it is kept and can be drawn.

    Args:
        history: The database.
        network: The station's network.
        station: The station.
        hours: How far back.
        now_ns: The data clock.
    """
    span_s = 0 if hours <= _RAW_HOURS else 600 if hours <= _TEN_MINUTES_HOURS else 3_600
    start_ns = now_ns - seconds_to_ns(hours * 3_600.0)
    spans = history.read(network, station, span_s, start_ns, now_ns)
    return Trend(
        station=f"{network}.{station}",
        span_s=span_s,
        start=tuple(span.start_ns for span in spans),
        reports=tuple(span.count for span in spans),
        completeness=completeness(spans),
        courses=tuple(_course(number, spans) for number in range(len(QUANTITIES))),
    )


def completeness(spans: Sequence[Span]) -> float | None:
    """Return how many of the reports that were to come came, 0 to 1; None: nothing to tell by."""
    if len(spans) < 2:  # noqa: PLR2004 - one point is no stretch of time
        return None
    last_s = spans[-1].span_s or REPORT_EVERY_S
    length_ns = spans[-1].start_ns - spans[0].start_ns + seconds_to_ns(last_s)
    expected = length_ns / seconds_to_ns(REPORT_EVERY_S)
    return round(min(1.0, sum(span.count for span in spans) / expected), 4)


def _course(number: int, spans: Sequence[Span]) -> Course:
    quantity = QUANTITIES[number]
    return Course(
        name=quantity.name,
        unit=quantity.unit,
        what=quantity.what,
        low=tuple(_number(span.low[number]) for span in spans),
        middle=tuple(_number(span.middle[number]) for span in spans),
        high=tuple(_number(span.high[number]) for span in spans),
    )


def _number(value: float) -> float | None:
    return None if isnan(value) else float(f"{value:.{_SIGNIFICANT}g}")
