"""The whole scoreboard: everything measured, nothing yet written."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edge.bundle import Bundle
from training.data.example import Example
from training.score.bundle_windows import (
    SourceMetrics,
    common_windows,
    is_windowed,
    judge_bundle,
)
from training.score.config import ScoreConfig
from training.score.contest import Contestant
from training.score.continuous import Material, Report, Standing, read_material, run_row
from training.score.elsewhere import Elsewhere, measure_elsewhere
from training.score.keep import Keep, fingerprint
from training.score.lineup import bundle_contestant, has_obspy, label, lineup, load_bundles
from training.score.pipeline_windows import StreamedWindows, run_windows
from training.score.position import PlaceCurve, recordings, stream_curve, window_curve
from training.score.schemes import SchemeScore, compare_schemes


@dataclass(frozen=True, slots=True)
class Entry:
    """A bundle on the scoreboard."""

    name: str
    version: int
    scheme: str
    sha256: str
    threshold: float | None
    training_data: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that was measured."""

    entries: tuple[Entry, ...]
    config: ScoreConfig
    has_obspy: bool
    events: tuple[str, ...]
    standings: tuple[Standing, ...]
    schemes: tuple[SchemeScore, ...]
    own_windows: tuple[SourceMetrics, ...]
    streamed: tuple[StreamedWindows, ...]
    curves: tuple[PlaceCurve, ...]
    elsewhere: tuple[Elsewhere, ...]

    @property
    def ours(self) -> Standing:
        """The first row."""
        return self.standings[0]

    def standing(self, name: str) -> Standing | None:
        """Return a row by its name."""
        return next((one for one in self.standings if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Given:
    """What is to be compared."""

    bundles: Sequence[Path]
    """The first one is ours: a station runs it beside STA/LTA."""
    floats: Sequence[Path] = ()
    """Other schemes of the same networks, by which quantisation is judged."""
    elsewhere: Sequence[tuple[str, Path]] = ()
    """Bundles trained on other data, each with its name."""


def measure(
    data: Path, given: Given, config: ScoreConfig, keep_in: Path | None, report: Report
) -> Board:
    """Measure everything.

    Args:
        data: Folder that holds `openeew_mx/` and others beside it.
        given: What is to be compared.
        config: How much.
        keep_in: Folder of rows that were measured before.
        report: Told of the progress.

    Raises:
        BundleError: A bundle is refused.
        DataError: The recordings are not there.
    """
    bundles, floats = load_bundles(given.bundles), load_bundles(given.floats)
    material = read_material(data)
    run = _Measuring(data, config, Keep(keep_in), report, material)
    rows = lineup(bundles, floats)
    windows = common_windows(data)
    report("comparing schemes", 0, 1)
    return Board(
        entries=tuple(_entry(bundle) for bundle in [*bundles, *floats]),
        config=config,
        has_obspy=has_obspy(),
        events=tuple(sorted({truth.event for truth, _, _ in material.tests})),
        standings=tuple(run.streams(row) for row in rows),
        schemes=tuple(compare_schemes([*bundles, *floats], data, config.examples, config.seed)),
        own_windows=tuple(
            found
            for bundle in [*bundles, *floats]
            if is_windowed(bundle)
            for found in judge_bundle(label(bundle), bundle, data)
        ),
        streamed=tuple(run.windows(row, windows) for row in rows if windows),
        curves=run.curves(rows, bundles),
        elsewhere=tuple(
            measure_elsewhere(bundle_contestant(bundle, name), material, windows)
            for (name, _), bundle in zip(
                given.elsewhere, load_bundles([path for _, path in given.elsewhere]), strict=True
            )
        ),
    )


class _Measuring:
    """Rows, each measured once."""

    def __init__(
        self, data: Path, config: ScoreConfig, keep: Keep, report: Report, material: Material
    ) -> None:
        self._data = data
        self._config = config
        self._keep = keep
        self._report = report
        self._material = material
        self._known = (fingerprint(data), config.model_dump_json(exclude={"examples"}))

    def streams(self, row: Contestant) -> Standing:
        """Return how a row does on streams."""
        key = ("streams", row.identity, *self._known)
        measured = partial(run_row, row, self._material, self._config, self._report)
        return self._keep(Standing, key, measured)

    def windows(self, row: Contestant, windows: Sequence[Example]) -> StreamedWindows:
        """Return how a row does on windows through the pipeline."""
        key = ("windows", row.identity, *self._known)
        measured = self._keep(StreamedWindows, key, partial(run_windows, row, windows))
        self._report(f"{row.name}, windows", 1, 1)
        return measured

    def curves(
        self, rows: Sequence[Contestant], bundles: Sequence[Bundle]
    ) -> tuple[PlaceCurve, ...]:
        """Return what depends on the place of P."""
        examples = recordings(self._data)
        if not examples:
            return ()
        windowed = {label(bundle): bundle for bundle in bundles if is_windowed(bundle)}
        found = [window_curve(name, bundle, self._data) for name, bundle in windowed.items()]
        streamed = [row for row in rows if row.name not in windowed]
        for row in streamed:
            key = ("curve", row.identity, *self._known)
            found.append(self._keep(PlaceCurve, key, partial(stream_curve, row, examples)))
            self._report(f"{row.name}, places of P", 1, 1)
        return tuple(curve for curve in found if curve is not None)


def _entry(bundle: Bundle) -> Entry:
    card = bundle.card
    return Entry(
        name=card.name,
        version=card.version,
        scheme=card.quantisation.scheme,
        sha256=bundle.sha256,
        threshold=card.thresholds.get("trigger"),
        training_data=tuple(source.name for source in card.training_data),
    )
