"""The data sets of a training: from folders in any known layout to one pool a part.

A set is a folder in a layout of `training.data.layouts`, or a folder that holds several by the
names `openeew_mx/`, `ncedc_windows/`, `stead_sample/` and `volcano/`. Sets that the kit wrote, at
the network's rate, are mapped into memory; others are read, or with a cache written once and then
mapped.
"""

import hashlib
import shutil
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from training.data.drops import Drops
from training.data.layouts import find_layout
from training.data.pool import (
    As,
    FeatureSequence,
    JoinedRecordings,
    LoadedRecordings,
    MappedRecordings,
    Pool,
    Recordings,
    brought,
)
from training.data.readers.openeew import read_openeew_folder
from training.data.readers.sequences import read_npz_sequences, read_pickled_sequences
from training.data.record import Part
from training.data.recording import Recording
from training.data.split import hashed_part
from training.data.store import PARTS, StoreWriter, WaveformStore, is_store
from training.errors import DataError
from training.models.recipe import Recipe

TRAINING_PARTS: tuple[Part, ...] = ("train", "validation")

_COLLECTION = ("openeew_mx", "ncedc_windows", "stead_sample", "volcano")
_VOLCANO = "volcano"
_SEQUENCE_KEYS = {"features", "labels", "lengths"}
_PICKLED_LABELS, _PICKLED_FEATURES = "fbank_labels_", "fbank_"


def read_pools(
    sets: Sequence[Path],
    recipe: Recipe,
    parts: Collection[Part] = TRAINING_PARTS,
    quantity: As = "acceleration",
    cache: Path | None = None,
) -> dict[Part, Pool]:
    """Return the pool of each part.

    Files of OpenEEW events of other parts are not opened.

    Args:
        sets: Data sets, or folders of data sets.
        recipe: Of the network, which decides rate and kind of data.
        parts: Wanted.
        quantity: What becomes of velocity.
        cache: Folder in which sets are kept at the network's rate, for data larger than memory;
            in memory if left out.

    Raises:
        DataError: A set is not there or in no known layout, or a part has no recording.
    """
    drops = Drops()
    recordings: dict[Part, list[Recordings]] = {part: [] for part in parts}
    sequences: dict[Part, list[FeatureSequence]] = {part: [] for part in parts}
    for path in sets_of(sets, recipe):
        found = read_sequences(path) if recipe.task == "volcano-sequence" else []
        for sequence in found:
            part = hashed_part(f"{sequence.source}-{sequence.name}")
            if part in sequences:
                sequences[part].append(sequence)
        if found and (path.is_file() or not _has_layout(path)):
            continue
        for part, held in _recordings_of(path, recipe, parts, quantity, (cache, drops)).items():
            recordings[part].append(held)
    pools = {part: Pool(JoinedRecordings(recordings[part]), sequences[part]) for part in parts}
    empty = [part for part, pool in pools.items() if len(pool) == 0]
    if empty:
        places = ", ".join(str(path) for path in sets)
        reason = f"no recording in part {', '.join(empty)} for {recipe.name}"
        raise DataError(places, f"{reason}; {drops.total} left out as broken")
    return pools


def sets_of(places: Sequence[Path], recipe: Recipe) -> list[Path]:
    """Return the data sets that places hold, of the kind that a network learns from.

    Raises:
        DataError: A place holds none.
    """
    found = []
    for place in places:
        inside = [place / name for name in _COLLECTION if (place / name).is_dir()]
        if not inside:
            found.append(place)
            continue
        is_volcano = recipe.task == "volcano-sequence"
        fitting = [path for path in inside if (path.name == _VOLCANO) == is_volcano]
        if not fitting:
            held = ", ".join(path.name for path in inside)
            raise DataError(place, f"holds {held}, from which {recipe.name} does not learn")
        found += fitting
    return found


def read_sequences(path: Path) -> list[FeatureSequence]:
    """Return the feature sequences of a set: npz, or pairs of pickles of the published names."""
    found = []
    files = sorted(path.glob("*.npz")) if path.is_dir() else [path]
    for file in files:
        if file.suffix == ".npz" and _holds_sequences(file):
            found += _named(file.stem, read_npz_sequences(file))
    if path.is_dir():
        for labels in sorted(path.glob(f"{_PICKLED_LABELS}*.p")):
            features = labels.with_name(labels.name.replace(_PICKLED_LABELS, _PICKLED_FEATURES, 1))
            if features.is_file():
                found += _named(features.stem, read_pickled_sequences(features, labels))
    return found


def _named(stem: str, pairs: Sequence[object]) -> list[FeatureSequence]:
    return [
        FeatureSequence(f"{stem}-{i:03d}", "sequences", pair.features, pair.labels.astype(np.int64))
        for i, pair in enumerate(pairs)
    ]


def _holds_sequences(file: Path) -> bool:
    with np.load(file, allow_pickle=False) as archive:
        return set(archive.files) >= _SEQUENCE_KEYS


def _has_layout(path: Path) -> bool:
    try:
        find_layout(path)
    except DataError:
        return False
    return True


def _recordings_of(
    path: Path,
    recipe: Recipe,
    parts: Collection[Part],
    quantity: As,
    keeping: tuple[Path | None, Drops],
) -> dict[Part, Recordings]:
    """Return the recordings of one set by part, mapped where they are or can be."""
    cache, drops = keeping
    rate_hz = recipe.input.rate_hz
    if is_store(path) and _at_one_rate(path, rate_hz):
        return _mapped(WaveformStore(path), parts, quantity)
    read = _read(path, rate_hz, parts, quantity, drops)
    if cache is None:
        held: dict[Part, list[Recording]] = {part: [] for part in parts}
        for recording in read:
            held[recording.about.part].append(recording)
        return {part: LoadedRecordings(loaded) for part, loaded in held.items()}
    folder = cache / _key(path, rate_hz, parts, quantity)
    if not is_store(folder):
        # Under another name until it is whole: an interrupted writing is begun anew.
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        with StoreWriter(unfinished) as writer:
            for recording in read:
                writer.append(recording)
        unfinished.rename(folder)
    return _mapped(WaveformStore(folder), parts, quantity)


def _at_one_rate(path: Path, rate_hz: float) -> bool:
    return bool((WaveformStore(path).index["rate_hz"] == rate_hz).all())


def _mapped(store: WaveformStore, parts: Collection[Part], quantity: As) -> dict[Part, Recordings]:
    column = store.index["part"]
    return {
        part: MappedRecordings(store, np.flatnonzero(column == PARTS.index(part)), quantity)
        for part in parts
    }


def _read(
    path: Path, rate_hz: float, parts: Collection[Part], quantity: As, drops: Drops
) -> Iterator[Recording]:
    layout = find_layout(path)
    if layout.name == "openeew":
        recordings = read_openeew_folder(path, drops, frozenset(parts))
    else:
        recordings = layout.read(path, drops)
    for recording in recordings:
        if recording.about.part in parts:
            name = f"{path}: {recording.about.name}"
            changed = drops.read(name, partial(brought, recording, rate_hz, quantity))
            if changed is not None:
                yield changed


def _key(path: Path, rate_hz: float, parts: Collection[Part], quantity: As) -> str:
    """Return a name for a set in a cache: another one when its files change."""
    digest = hashlib.sha256(f"{path.resolve()} {rate_hz} {sorted(parts)} {quantity}".encode())
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        facts = file.stat()
        digest.update(f"{file.name} {facts.st_size} {facts.st_mtime_ns}".encode())
    return f"{path.name}-{rate_hz:g}hz-{digest.hexdigest()[:12]}"
