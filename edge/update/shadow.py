"""A child that runs a network beside the one in charge, on the same samples, and says nothing.

It watches the agent as `edge-agent watch` does: blocks of samples and what the detectors say of
them come through a socket; what the new network makes of them goes nowhere but into figures. It can
crash, hang or be too slow, and detection does not notice.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from edge.bundle import load_bundle
from edge.config import StationConfig
from edge.detect.loading import open_detector
from edge.detect.seen import HopSeen
from edge.detect.sta_lta import StaLtaDetector
from edge.errors import BundleError, RuntimeUnavailableError, WatchError
from edge.grid import HOP_NS
from edge.logs import configure_logs
from edge.messages.clock import ClockSource, ClockState
from edge.packet import Block
from edge.pipeline import StationPipeline
from edge.reconfigure.effective import load_effective_config
from edge.sources.base import SourceDescription
from edge.timestamps import ns_to_seconds
from edge.update.child import bound_self, peak_mb, tell
from edge.update.config import ShadowSection
from edge.update.firing import Firing, Said
from edge.watch.client import Watcher

_CLOCK: Final = ClockState(source=ClockSource.FREE_RUN, error_s=0.0)
_LOOK_S: Final = 1.0
_GRACE_S: Final = 30.0
_PERCENTILE: Final = 95
_MOST_SHARE: Final = 1.0
"""Of the samples' own time: who takes longer cannot keep up."""


class Shadow:
    """The new network at work.

    Args:
        config: The station's.
        path: The new network's bundle.
        sha256: What it must be.

    Raises:
        BundleError: It does not load.
    """

    def __init__(self, config: StationConfig, path: Path, sha256: str) -> None:
        bundle = load_bundle(path, expected_sha256=sha256)
        self._config = config
        self._detectors = [
            StaLtaDetector(config.detection.sta_lta),
            open_detector(bundle, config.detection.model.threshold),
        ]
        self._thresholds = {one.name: one.threshold for one in self._detectors}
        self._pipeline: StationPipeline | None = None
        self._hello: dict[str, Any] = {}
        self._end_ns = 0
        self._shares: list[float] = []
        self.dropped = 0
        self.own = Firing()
        self.other = Firing()

    def take(self, frame: dict[str, Any]) -> None:
        """Take what the watched agent tells."""
        match frame["kind"]:
            case "hello":
                self._hello = frame
            case "samples":
                self._hear(_block(frame, self._end_ns))
            case "hop":
                self.other.take(_said(frame["detectors"]))
            case "status":
                self.dropped = frame["frames_dropped"]

    @property
    def heard_s(self) -> float:
        """Seconds for which the network has answered."""
        return self.own.answers * ns_to_seconds(HOP_NS)

    def figures(self) -> dict[str, float]:
        """Return what both networks did."""
        share = float(np.percentile(self._shares, _PERCENTILE)) if self._shares else 0.0
        return {
            "heard_s": round(self.heard_s, 2),
            "answers": self.own.answers,
            "firings": self.own.firings,
            "firings_alone": self.own.alone,
            "mean_score": round(self.own.mean_answer, 4),
            "incumbent_answers": self.other.answers,
            "incumbent_hops": self.other.hops,
            "incumbent_firings": self.other.firings,
            "incumbent_mean_score": round(self.other.mean_score, 4),
            "broken": self.own.broken,
            "processor_share": round(share, 4),
            "frames_dropped": self.dropped,
            "memory_mb": round(peak_mb(), 1),
        }

    def _hear(self, block: Block | None) -> None:
        if block is None or not self._hello:
            return
        if self._pipeline is None:
            self._pipeline = self._open(block.rate_hz)
        begin_s = time.process_time()
        self._pipeline.take(block)
        length_s = len(block.samples) / block.rate_hz
        self._shares.append((time.process_time() - begin_s) / length_s)
        self._end_ns = block.end_ns

    def _open(self, rate_hz: float) -> StationPipeline:
        first, second, third = self._hello["channels"]
        source = SourceDescription(
            type="shadow",
            place="the agent",
            sensor=self._hello["sensor"],
            nominal_rate_hz=rate_hz,
            channels=(first, second, third),
        )
        # Never asleep: a network that is only heard when the ground shakes shows little of itself.
        awake = self._config.detection.gate.model_copy(update={"enabled": False})
        detection = self._config.detection.model_copy(update={"gate": awake})
        pipeline = StationPipeline(self._config.station, detection, self._detectors, source)
        pipeline.listeners.append(self._listen)
        return pipeline

    def _listen(self, seen: HopSeen) -> None:
        self.own.take(
            {
                name: Said(frame.score, self._thresholds[name], bool(frame.probabilities))
                for name, frame in seen.frames.items()
            }
        )


def verdict(figures: Mapping[str, float], rules: ShadowSection) -> str | None:
    """Return why a network must not be in charge, by what it did; None where nothing says so.

    Args:
        figures: What both did.
        rules: How far they may differ.
    """
    if figures["broken"]:
        return f"{figures['broken']:g} of its answers were no numbers"
    most = rules.firings_factor * figures["incumbent_firings"] + rules.firings_more
    # Where no network is in charge, only what STA/LTA knows nothing of is too much.
    fired = figures["firings" if figures["incumbent_hops"] else "firings_alone"]
    if fired > most:
        return (
            f"it fired {fired:g} times in {figures['heard_s']:g} s, the network in charge "
            f"{figures['incumbent_firings']:g} times; at most {most:g} are allowed"
        )
    above = figures["mean_score"] - figures["incumbent_mean_score"]
    if above > rules.mean_score:
        return f"its mean score is {above:.2f} above the running network's, not {rules.mean_score}"
    if figures["processor_share"] > _MOST_SHARE:
        return f"it needs {figures['processor_share']:.1f} s for a second of samples"
    return None


def _said(detectors: Mapping[str, Mapping[str, Any]]) -> dict[str, Said]:
    return {
        name: Said(float(one["score"]), float(one["threshold"]), bool(one["probabilities"]))
        for name, one in detectors.items()
    }


def _block(frame: Mapping[str, Any], end_ns: int) -> Block | None:
    """Return the samples of a frame; what came between and was dropped makes it begin anew."""
    columns, rate_hz = frame["m_s2"], float(frame["rate_hz"])
    length = max((len(column) for column in columns if column is not None), default=0)
    if length == 0:
        return None
    missing = [np.nan] * length
    samples = np.array([missing if one is None else one for one in columns], np.float32).T
    start_ns = int(frame["start_ns"])
    follows = abs(start_ns - end_ns) < 0.5e9 / rate_hz
    continues = bool(frame["continues"]) and follows
    return Block(start_ns, rate_hz, samples, _CLOCK, start_ns, continues)


def run(config: StationConfig, path: Path, sha256: str) -> dict[str, Any]:
    """Return what came of a shadow; `refused` says why the network must not be in charge.

    Args:
        config: The station's.
        path: The network's bundle.
        sha256: What it must be.
    """
    rules = config.update.shadow
    try:
        shadow = Shadow(config, path, sha256)
    except (BundleError, RuntimeUnavailableError) as error:
        return {"refused": str(error)}
    try:
        watcher = Watcher(config.state_dir)
    except WatchError as error:
        return shadow.figures() | {"problem": str(error)}
    end_s = time.monotonic() + rules.deadline_s
    try:
        while shadow.heard_s < rules.span_s and time.monotonic() < end_s:
            for frame in watcher.frames(_LOOK_S):
                shadow.take(frame)
    except EOFError:
        return shadow.figures()
    finally:
        watcher.close()
    report: dict[str, Any] = shadow.figures()
    if shadow.heard_s >= rules.span_s:
        refused = verdict(report, rules)
        if refused is not None:
            report["refused"] = refused
    return report


def main() -> None:
    """Run a network in the shadow, and tell."""
    reader = argparse.ArgumentParser(prog="edge.update.shadow")
    reader.add_argument("config", type=Path)
    reader.add_argument("bundle", type=Path)
    reader.add_argument("sha256")
    wanted = reader.parse_args()
    configure_logs(as_json=True)
    config = load_effective_config(wanted.config)
    rules = config.update
    bound_self(rules.memory_mb, rules.shadow.deadline_s + _GRACE_S)
    tell(run(config, wanted.bundle, wanted.sha256))


if __name__ == "__main__":
    main()
