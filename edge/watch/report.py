"""A scene as one JSON object, for programs."""

import math
from typing import Any

from edge.watch.scene import Scene

_SECOND_S = 1.0
_DIGITS = 4


def report(scene: Scene) -> dict[str, Any]:
    """Return what a program may want to know of this second."""
    peaks = scene.trace.peaks(_SECOND_S)
    health = scene.health
    return {
        "agent": not scene.gone,
        "station": scene.station,
        "agent_version": scene.agent_version,
        "release": scene.release,
        "time": health.get("time"),
        "clock": health.get("clock"),
        "sampling_rate_hz": health.get("sampling_rate_hz"),
        "latency_s": health.get("latency_s"),
        "peak_m_s2": {
            channel: None if missing or math.isnan(peak) else float(f"{peak:.3g}")
            for channel, peak, missing in zip(
                scene.channels, peaks, scene.trace.missing, strict=True
            )
        },
        "detectors": {
            name: {
                "score": round(now.score, _DIGITS),
                "threshold": round(now.threshold, _DIGITS),
                "probabilities": now.probabilities,
                "asleep": now.asleep,
            }
            for name, now in scene.detectors.items()
        },
        "quality": list(scene.quality),
        "source_trouble": scene.trouble if scene.silent_s is not None else None,
        "broker": {"address": scene.broker, "connected": scene.connected},
        "outbox_depth": health.get("outbox_depth"),
        "packets_dropped": health.get("packets_dropped"),
        "gaps": health.get("gaps"),
        "last_trigger": next(reversed(scene.triggers.values()), None),
        "frames_dropped": scene.frames_dropped,
    }
