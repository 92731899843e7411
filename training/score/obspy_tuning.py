"""Finding the best settings of ObsPy's STA/LTA on the training and validation events.

A peer that is badly set up proves nothing. Every setting of the grid is run with ObsPy's own
`trigger_onset` over every record and over a day of surrogates of the noise before the events.
Among those with few enough false triggers the one wins that finds most records of 2 gal and more,
of equals the one that finds most weak ones too, and of these the fastest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from edge.grid import SAMPLE_NS
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns
from training.data.openeew import read_openeew
from training.data.record import Part
from training.score.counts import Proportion
from training.score.obspy_sta_lta import (
    Array,
    ObspyStaLtaConfig,
    Stretch,
    band_passed,
    stretches,
)
from training.score.obspy_sta_lta import ratio as sta_over_lta
from training.score.quiet import long_noise, quiet_stretches
from training.score.stream import read_stream
from training.score.summary import LEAST_GAL, Rate
from training.score.table import proportion, rate, seconds, table
from training.score.truth import Truth, read_truths

MOST_FALSE_A_DAY = 5.0

TUNING_PARTS: frozenset[Part] = frozenset({"train", "validation"})
FUNCTIONS = ("recursive", "classic")
TRACES = ("vertical", "vector")
BANDS_HZ = ((0.7, 12.0), (1.0, 5.0), (1.0, 10.0), (2.0, 8.0), (3.0, 12.0))
STA_S = (0.25, 0.5, 1.0, 2.0)
LTA_S = (10.0, 20.0, 30.0, 60.0)
ON_RATIOS = (2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0)

NOISE_HOURS = 24.0

_SEED = 1
_EARLY_NS = seconds_to_ns(2.0)
_END_OF_TIME_NS = np.iinfo(np.int64).max

Progress = Callable[[int, int], None]
"""Told how many records are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Tried:
    """How one setting does."""

    config: ObspyStaLtaConfig
    strong: Proportion
    """Found, of the records of 2 gal and more."""
    weak: Proportion
    """Found, of the others; many of them hold nothing above the noise."""
    false: Rate
    median_s: float
    """After P, over the picked records; infinite where none was found."""

    @property
    def rank(self) -> tuple[bool, int, int, float, float]:
        """More is better."""
        few = self.false.a_day <= MOST_FALSE_A_DAY
        return few, self.strong.hit, self.weak.hit, -self.median_s, -self.false.a_day


@dataclass(slots=True)
class _Count:
    strong: list[bool] = field(default_factory=list)
    weak: list[bool] = field(default_factory=list)
    false: int = 0
    hours: float = 0.0
    delays: list[float] = field(default_factory=list)


def settings() -> Iterator[ObspyStaLtaConfig]:
    """Yield every setting of the grid at the first ratio."""
    for function, trace, band, sta_s, lta_s in product(FUNCTIONS, TRACES, BANDS_HZ, STA_S, LTA_S):
        yield ObspyStaLtaConfig(
            function=function,
            trace=trace,
            low_hz=band[0],
            high_hz=band[1],
            sta_s=sta_s,
            lta_s=lta_s,
            on_ratio=ON_RATIOS[0],
        )


def tune(
    data: Path,
    progress: Progress,
    grid: Sequence[ObspyStaLtaConfig] | None = None,
    noise_hours: float = NOISE_HOURS,
) -> list[Tried]:
    """Return every setting with how it does, the best first.

    Args:
        data: Folder that holds `openeew_mx/`; test events are not opened.
        progress: Told after each record and each stretch of surrogates.
        grid: Settings to try at every ratio; the whole grid where left out.
        noise_hours: Of surrogates.

    Raises:
        DataError: The recordings are not there.
    """
    truths = read_truths(data, TUNING_PARTS)
    quiet = quiet_stretches(list(read_openeew(data, TUNING_PARTS)))
    grid = tuple(settings()) if grid is None else grid
    counts = {(config, on): _Count() for config in grid for on in ON_RATIOS}
    whole = len(truths) + len(quiet)
    for done, truth in enumerate(truths, 1):
        _try_record(truth, stretches(read_stream(truth)), grid, counts)
        progress(done, whole)
    for done, stream in enumerate(long_noise(quiet, noise_hours, _SEED), len(truths) + 1):
        _try_record(None, stretches(stream), grid, counts)
        progress(done, whole)
    tried = [_tried(config, on, count) for (config, on), count in counts.items()]
    return sorted(tried, key=lambda one: one.rank, reverse=True)


def tried_to_table(tried: Sequence[Tried]) -> str:
    """Return one row a setting."""
    head = ["setting", ">= 2 gal", "< 2 gal", "false a day", "fired after P"]
    rows = [
        [
            one.config.text(),
            proportion(one.strong),
            proportion(one.weak),
            rate(one.false),
            seconds(one.median_s),
        ]
        for one in tried
    ]
    return table(head, rows)


def tried_to_json(tried: Sequence[Tried]) -> str:
    """Return the settings and their figures for programs."""
    return TypeAdapter(list[Tried]).dump_json(list(tried), indent=2).decode()


def _try_record(
    truth: Truth | None,
    pieces: Sequence[Stretch],
    grid: Sequence[ObspyStaLtaConfig],
    counts: dict[tuple[ObspyStaLtaConfig, float], _Count],
) -> None:
    """Run the grid over a record, or over noise where there is no truth."""
    traces: dict[tuple[str, float, float], list[Array]] = {}
    for config in grid:
        key = (config.trace, config.low_hz, config.high_hz)
        if key not in traces:
            traces[key] = [band_passed(config, piece.samples) for piece in pieces]
        ratios = [sta_over_lta(config, trace) for trace in traces[key]]
        for on in ON_RATIOS:
            times = _times(pieces, ratios, on)
            _count(counts[config, on], truth, pieces, times, config.lta_s)


def _times(pieces: Sequence[Stretch], ratios: Sequence[Array], on: float) -> Array:
    """Return when the trigger goes on, ns."""
    from obspy.signal.trigger import trigger_onset  # noqa: PLC0415 - a peer that users may not have

    found = [np.empty(0)]
    for piece, values in zip(pieces, ratios, strict=True):
        if values.max(initial=0.0) >= on:
            pairs = np.asarray(trigger_onset(values, on, max(1.0, on / 2))).reshape(-1, 2)
            found.append(piece.start_ns + pairs[:, 0] * SAMPLE_NS)
    return np.concatenate(found)


def _count(
    count: _Count, truth: Truth | None, pieces: Sequence[Stretch], times: Array, lta_s: float
) -> None:
    quiet_until_ns = _END_OF_TIME_NS if truth is None else truth.noise_end_ns
    count.false += int((times < quiet_until_ns).sum())
    count.hours += sum(_watched_s(piece, quiet_until_ns, lta_s) for piece in pieces) / 3600
    if truth is None:
        return
    after = times[(times >= truth.first_p_ns - _EARLY_NS) & (times <= truth.last_s_ns)]
    (count.strong if truth.pga_gal >= LEAST_GAL else count.weak).append(len(after) > 0)
    if truth.picked_p_ns is not None and len(after):
        count.delays.append((after[0] - truth.picked_p_ns) / NANOSECONDS_PER_SECOND)


def _watched_s(piece: Stretch, until_ns: int, lta_s: float) -> float:
    """Return how long a setting watched a stretch before a time."""
    end_ns = min(piece.start_ns + len(piece.samples) * SAMPLE_NS, until_ns)
    return max(0.0, (end_ns - piece.start_ns) / NANOSECONDS_PER_SECOND - lta_s)


def _tried(config: ObspyStaLtaConfig, on: float, count: _Count) -> Tried:
    return Tried(
        config=config.model_copy(update={"on_ratio": on}),
        strong=Proportion(sum(count.strong), len(count.strong)),
        weak=Proportion(sum(count.weak), len(count.weak)),
        false=Rate(count.false, count.hours),
        median_s=float(np.median(count.delays)) if count.delays else float("inf"),
    )
