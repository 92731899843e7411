"""Ten-second stretches of a hand-held IMU at rest and in motion: they must not trigger.

The archive is an Edge Impulse export: JSON files with `payload.values` rows of accelerometer and
gyroscope readings, of which the first three columns are x, y, z in m/s2.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.data.record import Record, to_detection_rate
from training.data.split import hashed_part


def read_hand_motion(folder: Path) -> Iterator[Record]:
    """Yield the records of `folder`, which holds `hand_motion/motion.zip`."""
    with zipfile.ZipFile(folder / "hand_motion" / "motion.zip") as archive:
        for name in sorted(archive.namelist()):
            stem = Path(name).name
            if ".json." in stem and stem.endswith(".json"):
                payload = json.loads(archive.read(name))["payload"]
                yield _record(stem, payload)


def _record(stem: str, payload: dict[str, object]) -> Record:
    values = np.asarray(payload["values"], np.float64)[:, :3]
    rate_hz = 1000.0 / float(str(payload["interval_ms"]))
    samples, _ = to_detection_rate(values, rate_hz)
    event = f"hand-{stem}"
    return Record(
        source="hand_motion",
        event=event,
        station="hand",
        part=hashed_part(event),
        samples=samples,
        noise_end=len(samples),
        in_m_s2=True,
    )
