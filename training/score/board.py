"""The whole scoreboard: everything measured, nothing yet written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

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

T = TypeVar("T")


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
    everybody = [*bundles, *floats]
    material = read_material(data)
    run = _Measuring(data, config, Keep(keep_in), report, material)
    rows = lineup(bundles, floats)
    windows = common_windows(data)
    trained_elsewhere = zip(
        given.elsewhere, load_bundles([path for _, path in given.elsewhere]), strict=True
    )
    return Board(
        entries=tuple(_entry(bundle) for bundle in everybody),
        config=config,
        has_obspy=has_obspy(),
        events=tuple(sorted({truth.event for truth, _, _ in material.tests})),
        standings=tuple(run.streams(row) for row in rows),
        schemes=run.schemes(everybody),
        own_windows=tuple(found for bundle in everybody for found in run.own_windows(bundle)),
        streamed=tuple(run.windows(row, windows) for row in rows if windows),
        curves=run.curves(rows, bundles),
        elsewhere=tuple(
            run.elsewhere(bundle_contestant(bundle, name), windows)
            for (name, _), bundle in trained_elsewhere
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
        self._fingerprint = fingerprint(data)
        self._amounts = config.model_dump_json(exclude={"examples"})

    def streams(self, row: Contestant) -> Standing:
        """Return how a row does on streams."""
        key = (row.identity, str(row.events_only), self._amounts)
        measured = partial(run_row, row, self._material, self._config, self._report)
        return self._kept(Standing, "streams", key, measured)

    def windows(self, row: Contestant, windows: Sequence[Example]) -> StreamedWindows:
        """Return how a row does on windows through the pipeline."""
        self._report(f"{row.name}, windows", 0, 1)
        measured = partial(run_windows, row, windows)
        return self._kept(StreamedWindows, "windows", (row.identity,), measured)

    def own_windows(self, bundle: Bundle) -> tuple[SourceMetrics, ...]:
        """Return how a network of windows does on its own windows; nothing for others."""
        if not is_windowed(bundle):
            return ()
        self._report(f"{label(bundle)}, its own windows", 0, 1)

        def measured() -> tuple[SourceMetrics, ...]:
            return tuple(judge_bundle(label(bundle), bundle, self._data))

        return self._kept(tuple[SourceMetrics, ...], "own", (bundle.sha256,), measured)

    def schemes(self, bundles: Sequence[Bundle]) -> tuple[SchemeScore, ...]:
        """Return what quantisation costs."""
        self._report("comparing schemes", 0, 1)
        key = (*(bundle.sha256 for bundle in bundles), str(self._config.examples))

        def measured() -> tuple[SchemeScore, ...]:
            found = compare_schemes(bundles, self._data, self._config.examples, self._config.seed)
            return tuple(found)

        key = (*key, str(self._config.seed))
        return self._kept(tuple[SchemeScore, ...], "schemes", key, measured)

    def curves(
        self, rows: Sequence[Contestant], bundles: Sequence[Bundle]
    ) -> tuple[PlaceCurve, ...]:
        """Return what depends on the place of P."""
        examples = recordings(self._data)
        if not examples:
            return ()
        windowed = {label(bundle): bundle for bundle in bundles if is_windowed(bundle)}
        found = [self._window_curve(name, bundle) for name, bundle in windowed.items()]
        for row in rows:
            if row.name not in windowed and not row.events_only:
                self._report(f"{row.name}, places of P", 0, 1)
                measured = partial(stream_curve, row, examples)
                found.append(self._kept(PlaceCurve, "places", (row.identity,), measured))
        return tuple(curve for curve in found if curve is not None)

    def elsewhere(self, row: Contestant, windows: Sequence[Example]) -> Elsewhere:
        """Return how a network that was trained on other data does."""
        self._report(f"trained on {row.name}", 0, 1)
        measured = partial(measure_elsewhere, row, self._material, windows)
        return self._kept(Elsewhere, "elsewhere", (row.name, row.identity), measured)

    def _window_curve(self, name: str, bundle: Bundle) -> PlaceCurve | None:
        self._report(f"{name}, places of P", 0, 1)
        measured = partial(window_curve, name, bundle, self._data)
        return self._kept(PlaceCurve | None, "places", (bundle.sha256,), measured)

    def _kept(self, kind: Any, word: str, key: tuple[str, ...], measure: Callable[[], T]) -> T:  # noqa: ANN401 - any type expression
        return self._keep(kind, (word, *key, self._fingerprint), measure)


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
