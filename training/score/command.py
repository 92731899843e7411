"""What the commands `tune` and `score` do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edge.bundle import Bundle, load_bundle
from edge.bundle.card import Metric
from edge.detect.loading import shipped_bundle
from edge.detect.network import NetworkDetector
from edge.detect.sta_lta import StaLtaConfig, StaLtaDetector
from training.data.record import Part
from training.score.observe import DetectorMaker, Observation, observe
from training.score.summary import Summary, summarise
from training.score.truth import read_truths

STA_LTA = "STA/LTA"

Summaries = Mapping[str, Summary]


@dataclass(frozen=True, slots=True)
class Board:
    """The comparison on the test events."""

    bundle: Bundle
    summaries: Summaries
    observations: Mapping[str, Sequence[Observation]]


def score_test_events(data: Path, bundle: Path | None, float_bundle: Path | None) -> Board:
    """Run int8, float parent and STA/LTA over the test events.

    Raises:
        BundleError: A bundle is refused.
        DataError: The recordings are not there.
    """
    int8 = load_bundle(bundle or shipped_bundle())
    makers: dict[str, DetectorMaker] = {f"{int8.card.name} int8": partial(NetworkDetector, int8)}
    if float_bundle is not None:
        parent = load_bundle(float_bundle)
        makers[f"{parent.card.name} float32"] = partial(NetworkDetector, parent)
    makers[STA_LTA] = _sta_lta
    observations = _observe_all(data, frozenset({"test"}), makers)
    return Board(int8, _summaries(observations), observations)


def summarise_thresholds(bundle: Path, data: Path, thresholds: Sequence[float]) -> Summaries:
    """Run a bundle at several thresholds over the training and validation events, and STA/LTA.

    Raises:
        BundleError: The bundle is refused.
        DataError: The recordings are not there.
    """
    loaded = load_bundle(bundle)
    makers: dict[str, DetectorMaker] = {
        f"at {threshold:g}": partial(NetworkDetector, loaded, threshold=threshold)
        for threshold in thresholds
    }
    makers[STA_LTA] = _sta_lta
    return {
        f"{part}, {name}": summary
        for part in ("train", "validation")
        for name, summary in _summaries(_observe_all(data, frozenset({part}), makers)).items()
    }


def validation_metrics(bundle: Path, data: Path) -> tuple[Metric, ...]:
    """Return what goes on the card: the bundle through the pipeline on the validation events.

    Raises:
        BundleError: The bundle is refused.
        DataError: The recordings are not there.
    """
    maker: DetectorMaker = partial(NetworkDetector, load_bundle(bundle))
    summary = summarise(
        _observe_all(data, frozenset({"validation"}), {"network": maker})["network"]
    )
    told = "OpenEEW validation events, station pipeline"
    figures = {
        "records of 2 gal and more": float(summary.detected.of),
        "detected of them": float(summary.detected.hit),
        "false triggers, sent": float(summary.sent.count),
        "hours before the events": round(summary.sent.hours, 3),
    }
    if summary.median_fired_s is not None:
        figures["median seconds from P to firing"] = round(summary.median_fired_s, 3)
    return tuple(Metric(name=name, value=value, data=told) for name, value in figures.items())


def _sta_lta() -> StaLtaDetector:
    return StaLtaDetector(StaLtaConfig())


def _observe_all(
    data: Path, parts: frozenset[Part], makers: Mapping[str, DetectorMaker]
) -> dict[str, list[Observation]]:
    observations: dict[str, list[Observation]] = {name: [] for name in makers}
    for truth in read_truths(data, parts):
        for name, observation in observe(truth, makers).items():
            observations[name].append(observation)
    return observations


def _summaries(observations: Mapping[str, Sequence[Observation]]) -> dict[str, Summary]:
    return {name: summarise(seen) for name, seen in observations.items()}
