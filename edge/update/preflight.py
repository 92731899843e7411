"""A child that tries a network on this very processor, before any sample of the station meets it.

The bundle's golden windows must give the recorded outputs, the answers must come fast enough and
be numbers, and the memory must suffice.
"""

import argparse
import math
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from edge.bundle import load_bundle
from edge.detect.base import Detector, hop_of, rate_of
from edge.detect.loading import open_detector
from edge.errors import TremorError
from edge.messages.clock import ClockSource, ClockState
from edge.packet import Block
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds, seconds_to_ns
from edge.update.child import bound_self, peak_mb, tell

_HOPS: Final = 120
_NOISE_M_S2: Final = 1e-3
_QUAKE_M_S2: Final = 0.5
_PERCENTILE: Final = 95


def preflight(
    path: Path, sha256: str, latency_share: float, memory_mb: int, threshold: float | None = None
) -> dict[str, Any]:
    """Return what came of trying a bundle; `refused` says why it must not run.

    Args:
        path: The bundle.
        sha256: What it must be.
        latency_share: Share of the time between two answers that it may compute.
        memory_mb: Memory that this process may have held, megabytes.
        threshold: The station's own; the bundle's where None.
    """
    try:
        bundle = load_bundle(path, expected_sha256=sha256)
        detector = open_detector(bundle, threshold)
    except TremorError as error:
        return {"refused": str(error)}
    times_s, scores = _timed(detector)
    share = float(np.percentile(times_s, _PERCENTILE)) / ns_to_seconds(hop_of(detector))
    report: dict[str, Any] = {
        "model": f"{detector.name} {detector.version}",
        "latency_share": round(share, 4),
        "memory_mb": round(peak_mb(), 1),
    }
    if not all(math.isfinite(score) for score in scores):
        report["refused"] = "it answers with what is no number"
    elif not scores:
        report["refused"] = "it does not answer"
    elif share > latency_share:
        report["refused"] = (
            f"it computes {share:.0%} of the time between two answers, at most {latency_share:.0%}"
        )
    elif report["memory_mb"] > memory_mb:
        report["refused"] = f"it takes {report['memory_mb']} MB, at most {memory_mb}"
    return report


def _timed(detector: Detector) -> tuple[list[float], list[float]]:
    """Return processor time of each hop, seconds, and the scores, over noise and a shock."""
    rate_hz, hop_s = rate_of(detector), ns_to_seconds(hop_of(detector))
    samples = round(rate_hz * hop_s)
    chance = np.random.default_rng(1)
    clock = ClockState(source=ClockSource.NTP, error_s=0.001)
    start_ns = 1_700_000_000 * NANOSECONDS_PER_SECOND
    times_s: list[float] = []
    scores: list[float] = []
    for hop in range(_HOPS):
        level = _QUAKE_M_S2 if _HOPS // 2 <= hop < _HOPS // 2 + 8 else _NOISE_M_S2
        content = chance.normal(0.0, level, (samples, 3)).astype(np.float32)
        at_ns = start_ns + seconds_to_ns(hop * hop_s)
        block = Block(at_ns, rate_hz, content, clock, at_ns + hop_of(detector), hop > 0)
        begin_s = time.process_time()
        frames = detector.push(block)
        times_s.append(time.process_time() - begin_s)
        scores += [frame.score for frame in frames]
    return times_s, scores


def main() -> None:
    """Try a bundle, and tell."""
    reader = argparse.ArgumentParser(prog="edge.update.preflight")
    reader.add_argument("bundle", type=Path)
    reader.add_argument("sha256")
    reader.add_argument("--latency-share", type=float, required=True)
    reader.add_argument("--memory-mb", type=int, required=True)
    reader.add_argument("--limit-s", type=float, required=True)
    wanted = reader.parse_args()
    bound_self(wanted.memory_mb, wanted.limit_s)
    tell(preflight(wanted.bundle, wanted.sha256, wanted.latency_share, wanted.memory_mb))


if __name__ == "__main__":
    main()
