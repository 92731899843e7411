"""Every day of every station through a picker, some pieces ahead of the one that is written."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from cloud.picking import PhasePick, Picker
from cloud.repick.archive import Span, StationDay, spans_of
from cloud.repick.output import Output


@dataclass(slots=True)
class Repicked:
    """What a run did.

    Attributes:
        days: Days of stations that were picked now.
        skipped: Those that an earlier run had done.
        hours: Of record, that were picked now.
        picks: By phase.
    """

    days: int = 0
    skipped: int = 0
    hours: float = 0.0
    picks: Counter[str] = field(default_factory=Counter)


def repick(
    archive: Path,
    days: Sequence[StationDay],
    picker: Picker,
    out: Output,
    ahead: int,
    tell: Callable[[Repicked, StationDay], None],
) -> Repicked:
    """Pick days in their order; those that the output has are left out.

    Args:
        archive: Root of the SDS tree.
        days: Of `find_days`.
        picker: That picks.
        out: Where the picks go.
        ahead: Pieces that the picker is given at a time.
        tell: Told after each day.

    Raises:
        PickerError: The picker fails; what was done stays done.
    """
    result = Repicked()
    with ThreadPoolExecutor(ahead) as threads:
        for day in days:
            if str(day) in out.done:
                result.skipped += 1
            else:
                found = _pick_day(spans_of(archive, day), picker, threads, ahead, result)
                out.write(day, found)
                result.days += 1
                result.picks.update(pick.phase.value for pick in found)
            tell(result, day)
    return result


def _pick_day(
    spans: Iterable[Span],
    picker: Picker,
    threads: ThreadPoolExecutor,
    ahead: int,
    result: Repicked,
) -> list[PhasePick]:
    """Return the picks of a day, in order of time."""
    found: list[PhasePick] = []
    waiting: deque[tuple[Span, Future[list[tuple[PhasePick, ...]]]]] = deque()
    try:
        for span in spans:
            seismogram = span.seismogram
            result.hours += len(seismogram.acceleration_m_s2) / seismogram.rate_hz / 3600
            waiting.append((span, threads.submit(picker.pick, [seismogram])))
            if len(waiting) >= ahead:
                found += _counting(*waiting.popleft())
        while waiting:
            found += _counting(*waiting.popleft())
    finally:
        for _, answer in waiting:
            answer.cancel()
    return sorted(found, key=lambda pick: (pick.time_ns, pick.phase))


def _counting(span: Span, answer: "Future[list[tuple[PhasePick, ...]]]") -> Iterator[PhasePick]:
    """Yield the picks that lie in the part that counts."""
    (picks,) = answer.result()
    return (pick for pick in picks if span.start_ns <= pick.time_ns < span.end_ns)
