"""What `tune` does, and what goes on the card of a bundle."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from edge.bundle import load_bundle
from edge.bundle.card import Metric
from training.data.record import Part
from training.score.contest import Contestant
from training.score.lineup import bundle_contestant, detector_of, kit_contestant
from training.score.observe import observe
from training.score.stream import read_stream
from training.score.summary import Summary, summarise
from training.score.table import Summaries
from training.score.truth import read_truths

_VALIDATION = "OpenEEW validation events, station pipeline"


def summarise_thresholds(bundle: Path, data: Path, thresholds: Sequence[float]) -> Summaries:
    """Run a bundle at several thresholds over the training and validation events, and STA/LTA.

    Raises:
        BundleError: The bundle is refused.
        DataError: The recordings are not there.
    """
    row = bundle_contestant(load_bundle(bundle))
    row = Contestant(row.name, row.detectors, thresholds=tuple(thresholds))
    summaries = {}
    for part in ("train", "validation"):
        at: dict[float, list] = {threshold: [] for threshold in thresholds}
        kit = []
        for truth in read_truths(data, frozenset({part})):
            stream = read_stream(truth)
            for threshold, seen in observe(truth, stream, row, roc=True).at.items():
                at[threshold].append(seen)
            kit.append(observe(truth, stream, kit_contestant()).own)
        for threshold in thresholds:
            summaries[f"{part}, at {threshold:g}"] = summarise(at[threshold])
        summaries[f"{part}, {kit_contestant().name}"] = summarise(kit)
    return summaries


def validation_metrics(bundle: Path, data: Path) -> tuple[Metric, ...]:
    """Return what goes on the card: the bundle through the pipeline on the validation events.

    Raises:
        BundleError: The bundle is refused.
        DataError: The recordings are not there.
    """
    detectors = (detector_of(load_bundle(bundle)),)
    summary = summarise_part(Contestant("network", lambda _: detectors), data, "validation")
    figures = {
        "records of 2 gal and more": float(summary.detected.of),
        "detected of them": float(summary.detected.hit),
        "false triggers, sent": float(summary.sent.count),
        "hours before the events": round(summary.sent.hours, 3),
    }
    if summary.fired_after_p is not None:
        figures["median seconds from P to firing"] = round(summary.fired_after_p.median_s, 3)
    metric = partial(Metric, data=_VALIDATION)
    return tuple(metric(name=name, value=value) for name, value in figures.items())


def summarise_part(contestant: Contestant, data: Path, part: Part) -> Summary:
    """Run a contestant over the records of one part.

    Raises:
        DataError: The recordings are not there.
    """
    return summarise(
        [
            observe(truth, read_stream(truth), contestant).own
            for truth in read_truths(data, frozenset({part}))
        ]
    )
