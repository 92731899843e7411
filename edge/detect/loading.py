"""Which detectors a station runs: STA/LTA always, the network where its bundle can be trusted."""

from pathlib import Path

import structlog

from edge.bundle import Bundle, load_bundle
from edge.bundle.card import WindowInputFacts
from edge.bundle.shipped import OWN, find_bundle, shipped_bundle
from edge.config import DetectionSection, ModelSection
from edge.detect.base import Detector
from edge.detect.network import NetworkDetector
from edge.detect.sta_lta import StaLtaDetector
from edge.detect.windowed import WindowDetector
from edge.errors import BundleError, RuntimeUnavailableError
from edge.messages import ModelIdentity

__all__ = ["load_detectors", "open_detector", "shipped_bundle"]

_log = structlog.get_logger()


def load_detectors(
    config: DetectionSection, *, must_run: bool = False
) -> tuple[list[Detector], tuple[ModelIdentity, ...]]:
    """Return the detectors, and what became of the network.

    A bundle that is refused never stops a station: STA/LTA goes on alone, and the station's state
    carries the reason.

    Args:
        config: What is wanted.
        must_run: A refused bundle is an error: somebody asked for this very network.

    Raises:
        BundleError: The bundle is refused, and it must run.
        RuntimeUnavailableError: No runtime runs it here, and it must run.
    """
    detectors: list[Detector] = [StaLtaDetector(config.sta_lta)]
    if not config.model.enabled:
        return detectors, ()
    try:
        network = _network(config.model)
    except (BundleError, RuntimeUnavailableError) as error:
        if must_run:
            raise
        wanted = config.model.bundle or Path(OWN)
        _log.error("model refused, STA/LTA goes on alone", bundle=str(wanted), reason=str(error))
        refused = ModelIdentity(name=wanted.stem, version="", running=False, reason=str(error))
        return detectors, (refused,)
    detectors.append(network)
    running = ModelIdentity(
        name=network.name, version=network.version, sha256=network.sha256, scheme=network.scheme
    )
    return detectors, (running,)


def open_detector(
    bundle: Bundle, threshold: float | None = None, prefer: str | None = None
) -> Detector:
    """Return the detector of a bundle, be it one of streams or of windows.

    Args:
        bundle: A loaded bundle.
        threshold: Score that fires; the bundle's own where left out.
        prefer: Inference runtime to try first.

    Raises:
        BundleError: The bundle fails its golden outputs here, or is no detector.
    """
    if isinstance(bundle.card.input, WindowInputFacts):
        return WindowDetector(bundle, threshold, prefer)
    return NetworkDetector(bundle, threshold, prefer)


def _network(config: ModelSection) -> Detector:
    path = shipped_bundle() if config.bundle is None else find_bundle(config.bundle)
    return open_detector(load_bundle(path), config.threshold)
