"""What a watched agent tells: a JSON object a line, `kind` says which.

`hello` once, `samples` for each block, `hop` for each look of the detectors, `status` each second.
"""

import json
from typing import Any, Final

import numpy as np

from edge import __version__
from edge.detect.seen import HopSeen
from edge.messages import Health
from edge.packet import Block
from edge.software.launched import told
from edge.station import Station

MOST_BYTES: Final = 1_000_000
"""Of a line; a block of a source with long packets."""
_DIGITS: Final = 9
"""Behind the point, m/s2: a nanometre per second squared is far below any sensor's noise."""


def hello(station: Station) -> bytes:
    """Return who is watched."""
    config, source = station.config, station.source.describe()
    band, word = config.detection.sta_lta, told()
    return _line(
        "hello",
        station=f"{config.station.network}.{config.station.station}.{config.station.location}",
        sensor=source.sensor,
        channels=list(source.channels),
        band_hz=[band.low_hz, band.high_hz],
        broker=f"{config.mqtt.host}:{config.mqtt.port}",
        detectors=[detector.name for detector in station.pipeline.detectors],
        agent_version=__version__,
        release=word.running if word is not None else None,
    )


def samples(block: Block) -> bytes:
    """Return a block; a component that is missing is null."""
    columns = np.round(block.samples.astype(np.float64), _DIGITS).T
    return _line(
        "samples",
        start_ns=block.start_ns,
        rate_hz=block.rate_hz,
        continues=block.continues,
        m_s2=[None if np.isnan(column).any() else column.tolist() for column in columns],
    )


def hop(seen: HopSeen, station: Station) -> bytes:
    """Return what the detectors said of a hop, and what came of it."""
    thresholds = {detector.name: detector.threshold for detector in station.pipeline.detectors}
    return _line(
        "hop",
        end_ns=seen.end_ns,
        detectors={
            name: {
                "score": round(frame.score, 4),
                "threshold": thresholds[name],
                "probabilities": {k: round(p, 4) for k, p in frame.probabilities.items()},
                "asleep": frame.asleep,
            }
            for name, frame in seen.frames.items()
        },
        quality=sorted(seen.quality),
        triggers=[trigger.model_dump(mode="json") for trigger in seen.triggers],
    )


def status(
    health: Health,
    trouble: str | None,
    *,
    connected: bool | None,
    frames_dropped: int,
) -> bytes:
    """Return how the station does.

    Args:
        health: The report of the moment.
        trouble: Why the source failed last; None where it never did.
        connected: A broker listens; None where none is wanted.
        frames_dropped: Frames that this viewer was too slow for.
    """
    return _line(
        "status",
        health=health.model_dump(mode="json", exclude={"spectrum"}),
        trouble=trouble,
        connected=connected,
        frames_dropped=frames_dropped,
    )


def read_frame(line: bytes) -> dict[str, Any] | None:
    """Return a frame; None for what is none."""
    try:
        frame = json.loads(line)
    except ValueError:
        return None
    return frame if isinstance(frame, dict) and "kind" in frame else None


def _line(kind: str, **fields: Any) -> bytes:  # noqa: ANN401 - whatever JSON knows
    return json.dumps({"kind": kind, **fields}, separators=(",", ":")).encode() + b"\n"
