"""All the recordings a training may use, and the count of them for its card."""

from collections import Counter
from collections.abc import Collection
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

_WINDOWS = {"ncedc": "ncedc_windows", "stead": "stead_sample"}
"""Folders in layouts of their own, read where they are there."""
_OPENEEW, _HAND_MOTION = "openeew", "hand_motion"

TRAINING_PARTS: frozenset[Part] = frozenset({"train", "validation"})


def read_collection(
    folder: Path,
    parts: frozenset[Part] = TRAINING_PARTS,
    sources: Collection[str] | None = None,
) -> list[Record]:
    """Return the recordings of the wanted parts.

    Args:
        folder: Holds `openeew_mx/` and others beside it.
        parts: Recordings of other parts are left out.
        sources: Names of data sets, of `LICENCES`; all that are there if left out.

    Raises:
        DataError: `folder` holds no OpenEEW events where they are wanted, or nothing at all.
    """
    wanted = LICENCES.keys() if sources is None else frozenset(sources)
    unknown = sorted(wanted - LICENCES.keys())
    if unknown:
        raise DataError(folder, f"no source {', '.join(unknown)}; there are {', '.join(LICENCES)}")
    if _OPENEEW in wanted and not (folder / "openeew_mx").is_dir():
        raise DataError(
            folder,
            "no folder openeew_mx/; --data names the folder that holds openeew_mx/, "
            "ncedc_windows/, stead_sample/ and hand_motion/",
        )
    records = list(read_openeew(folder, parts)) if _OPENEEW in wanted else []
    for source, name in _WINDOWS.items():
        if source in wanted and (folder / name).is_dir():
            records += read_records(folder / name, Drops(), parts)
    if _HAND_MOTION in wanted and (folder / "hand_motion").is_dir():
        records += [record for record in read_hand_motion(folder) if record.part in parts]
    if not records:
        raise DataError(folder, f"holds no recording of {', '.join(sorted(wanted))}")
    return records


def census(records: list[Record]) -> dict[str, dict[str, int]]:
    """Return how many recordings of each source are in each part."""
    counts: dict[str, Counter[str]] = {}
    for record in records:
        counts.setdefault(record.source, Counter())[record.part] += 1
    return {source: dict(sorted(parts.items())) for source, parts in sorted(counts.items())}
