"""Who takes part: the given bundles, the kit's STA/LTA, ObsPy's, and the station as a whole."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from edge.bundle import Bundle, load_bundle
from edge.bundle.card import WindowInputFacts, WindowOutputFacts
from edge.detect.base import Detector
from edge.detect.loading import shipped_bundle
from edge.detect.network import NetworkDetector
from edge.detect.sta_lta import StaLtaConfig, StaLtaDetector
from edge.detect.windowed import WindowDetector
from training.score import obspy_sta_lta
from training.score.contest import Contestant, MakeDetectors
from training.score.obspy_sta_lta import ObspyStaLtaConfig, has_obspy

KIT_STA_LTA = "STA/LTA, kit"
STATION = "station: both"

_SCORES = (0.3, 0.5, 0.7, 0.8, 0.9, 0.97)
_RATIOS = (3.0, 4.0, 5.0, 6.0, 8.0, 12.0)


def lineup(bundles: Sequence[Bundle], others: Sequence[Bundle] = ()) -> list[Contestant]:
    """Return the rows of the scoreboard.

    Args:
        bundles: Each a row, ours first, which a station runs beside STA/LTA. Those that answer
            with a number cannot fire and are left out.
        others: The same networks in other schemes, over the test events alone.
    """
    rows = [bundle_contestant(bundle) for bundle in bundles if can_fire(bundle)]
    firing = [bundle_contestant(bundle) for bundle in others if can_fire(bundle)]
    rows += [replace(row, events_only=True) for row in firing]
    rows.append(kit_contestant())
    if has_obspy():
        rows.append(obspy_sta_lta.contestant(tuned_obspy(), _RATIOS))
    return [*rows, _station(bundles[0])]


def shipped_bundles() -> list[Path]:
    """Return every bundle that came with the agent, our own network first."""
    first = shipped_bundle()
    return [first, *sorted(set(first.parent.glob("*.tremor")) - {first})]


def load_bundles(paths: Sequence[Path]) -> list[Bundle]:
    """Return bundles.

    Raises:
        BundleError: One is refused.
    """
    return [load_bundle(path) for path in paths]


def can_fire(bundle: Bundle) -> bool:
    """Tell whether a bundle can be a detector: one that answers with a number cannot."""
    said = bundle.card.output
    return not (isinstance(said, WindowOutputFacts) and said.reading == "value")


def label(bundle: Bundle) -> str:
    """Return the name of a bundle in tables."""
    return f"{bundle.card.name} {bundle.card.quantisation.scheme}"


def bundle_contestant(bundle: Bundle, name: str | None = None) -> Contestant:
    """Return a network alone in the pipeline."""
    return Contestant(
        name=name or label(bundle),
        identity=bundle.sha256,
        detectors=_made_once(lambda: (detector_of(bundle),)),
        thresholds=_SCORES,
        warm_up_s=_warm_up_s(bundle),
        note=f"threshold {bundle.card.thresholds['trigger']:g}",
    )


def detector_of(bundle: Bundle, threshold: float | None = None) -> Detector:
    """Return a bundle's network as a detector.

    Raises:
        BundleError: It fails its golden outputs here, or is no detector.
    """
    windowed = isinstance(bundle.card.input, WindowInputFacts)
    return (WindowDetector if windowed else NetworkDetector)(bundle, threshold)


def kit_contestant() -> Contestant:
    """Return the STA/LTA that always runs on a station."""
    config = StaLtaConfig()
    return Contestant(
        name=KIT_STA_LTA,
        identity=config.model_dump_json(),
        detectors=_made_once(lambda: (StaLtaDetector(config),)),
        thresholds=_RATIOS,
        note=f"recursive, energy of all components, {config.low_hz:g}-{config.high_hz:g} Hz, "
        f"STA {config.sta_s:g} s, LTA {config.lta_s:g} s, on at {config.on_ratio:g}",
    )


def tuned_obspy() -> ObspyStaLtaConfig:
    """Return the settings that `model-trainer tune-sta-lta` found."""
    return ObspyStaLtaConfig.model_validate_json(obspy_sta_lta.TUNED.read_text())


def _station(ours: Bundle) -> Contestant:
    return Contestant(
        name=STATION,
        identity=f"{ours.sha256} {StaLtaConfig().model_dump_json()}",
        detectors=_made_once(lambda: (StaLtaDetector(StaLtaConfig()), detector_of(ours))),
        note=f"{label(ours)} and {KIT_STA_LTA} in one pipeline, as a station runs them",
    )


def _made_once(make: Callable[[], Sequence[Detector]]) -> MakeDetectors:
    made = cache(make)
    return lambda _: made()


def _warm_up_s(bundle: Bundle) -> float:
    heard = bundle.card.input
    if isinstance(heard, WindowInputFacts):
        return heard.warm_up_samples / heard.rate_hz
    return heard.warm_up_s
