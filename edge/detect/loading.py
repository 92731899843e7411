"""Which detectors a station runs: STA/LTA always, the network where its bundle can be trusted."""

from pathlib import Path

import structlog

from edge.bundle import load_bundle
from edge.config import DetectionSection
from edge.detect.base import Detector
from edge.detect.network import NetworkDetector
from edge.detect.sta_lta import StaLtaDetector
from edge.errors import BundleError, RuntimeUnavailableError
from edge.messages import ModelIdentity

_SHIPPED = Path(__file__).resolve().parents[1] / "models"

_log = structlog.get_logger()


def load_detectors(config: DetectionSection) -> tuple[list[Detector], tuple[ModelIdentity, ...]]:
    """Return the detectors, and what became of the network.

    A bundle that is refused never stops a station: STA/LTA goes on alone, and the station's state
    carries the reason.
    """
    detectors: list[Detector] = [StaLtaDetector(config.sta_lta)]
    if not config.model.enabled:
        return detectors, ()
    path = config.model.bundle or _SHIPPED
    try:
        path = config.model.bundle or shipped_bundle()
        bundle = load_bundle(path)
        network = NetworkDetector(bundle, threshold=config.model.threshold)
    except (BundleError, RuntimeUnavailableError) as error:
        _log.error("model refused, STA/LTA goes on alone", bundle=str(path), reason=str(error))
        refused = ModelIdentity(name=path.stem, version="", running=False, reason=str(error))
        return detectors, (refused,)
    detectors.append(network)
    running = ModelIdentity(
        name=network.name, version=network.version, sha256=network.sha256, scheme=network.scheme
    )
    return detectors, (running,)


def shipped_bundle() -> Path:
    """Return the newest bundle that came with the agent.

    Raises:
        BundleError: None came with it.
    """
    bundles = sorted(_SHIPPED.glob("*.tremor"), key=_version)
    if not bundles:
        raise BundleError(_SHIPPED, "no bundle was installed with the agent")
    return bundles[-1]


def _version(bundle: Path) -> int:
    """Return the version in a bundle's name: 10 comes after 9."""
    version = bundle.stem.rpartition("-")[2]
    return int(version) if version.isdecimal() else 0
