"""All the recordings a training may use, and the count of them for its card."""

from collections import Counter
from pathlib import Path

from training.data.drops import Drops
from training.data.hand_motion import read_hand_motion
from training.data.layouts import read_records
from training.data.openeew import read_openeew
from training.data.record import Part, Record
from training.errors import DataError

LICENCES = {
    "openeew": "CC BY-SA 4.0 (OpenEEW, Grillo)",
    "ncedc": "MIT collections of NCEDC records (PhaseNet, DeepDenoiser samples)",
    "stead": "CC BY 4.0 (STEAD, Mousavi et al. 2019)",
    "hand_motion": "MIT (Ergül 2025)",
}

_WINDOWS = ("ncedc_windows", "stead_sample")
"""Folders in layouts of their own, read where they are there."""

TRAINING_PARTS: frozenset[Part] = frozenset({"train", "validation"})


def read_collection(folder: Path, parts: frozenset[Part] = TRAINING_PARTS) -> list[Record]:
    """Return the recordings of the wanted parts.

    Raises:
        DataError: `folder` holds no OpenEEW events.
    """
    if not (folder / "openeew_mx").is_dir():
        raise DataError(
            folder,
            "no folder openeew_mx/; --data names the folder that holds openeew_mx/, "
            "ncedc_windows/, stead_sample/ and hand_motion/",
        )
    records = list(read_openeew(folder, parts))
    for name in _WINDOWS:
        if (folder / name).is_dir():
            records += read_records(folder / name, Drops(), parts)
    if (folder / "hand_motion").is_dir():
        records += [record for record in read_hand_motion(folder) if record.part in parts]
    return records


def census(records: list[Record]) -> dict[str, dict[str, int]]:
    """Return how many recordings of each source are in each part."""
    counts: dict[str, Counter[str]] = {}
    for record in records:
        counts.setdefault(record.source, Counter())[record.part] += 1
    return {source: dict(sorted(parts.items())) for source, parts in sorted(counts.items())}
