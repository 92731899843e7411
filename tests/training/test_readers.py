"""Readers bring every collection to the station's rate, components and units."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from training.data.collection import TRAINING_PARTS
from training.data.drops import Drops
from training.data.hand_motion import read_hand_motion
from training.data.layouts import read_records
from training.data.openeew import read_openeew
from training.data.record import RATE_HZ, Part, Record

_ALL_PARTS: frozenset[Part] = frozenset({"train", "validation", "test"})


def _jump_at_p(record: Record) -> float:
    """Return the peak in the second after the P over the rms before it."""
    assert record.p_index is not None
    p = int(record.p_index)
    samples = np.diff(record.samples.astype(np.float64), axis=0)
    before = samples[max(0, p - 320) : p - 16]
    return float(np.abs(samples[p : p + 64]).max() / before.std())


def test_openeew_p_stands_where_the_list_says(shared_data: Path) -> None:
    """Through source, time base and resampler the picks still meet the onsets."""
    records = [r for r in read_openeew(shared_data, TRAINING_PARTS) if r.p_index is not None]

    assert 38 == len(records)
    assert np.median([_jump_at_p(record) for record in records]) > 10


def test_openeew_is_in_m_s2(shared_data: Path) -> None:
    """The noise of these sensors is near 0.05 gal."""
    noises = [
        np.diff(r.samples[: r.noise_end], axis=0).std() / np.sqrt(2)
        for r in read_openeew(shared_data, TRAINING_PARTS)
        if r.noise_end > 60 * RATE_HZ
    ]

    assert 2e-4 < np.median(noises) < 2e-3


def test_tiny_event_has_its_arrivals_in_place(tiny_data: Path) -> None:
    """P and S of the list become positions in the resampled trace."""
    for record in read_openeew(tiny_data, TRAINING_PARTS):
        assert record.distance_km is not None
        assert record.p_index is not None
        assert record.s_index is not None
        assert pytest.approx((90 + record.distance_km / 6.2) * RATE_HZ, abs=5) == record.p_index
        assert record.s_index > record.p_index > record.noise_end


def test_record_with_a_gap_keeps_its_earthquake(tiny_data: Path, tmp_path: Path) -> None:
    """The stretch with the P is taken, not a longer one after it."""
    shutil.copytree(tiny_data / "openeew_mx", tmp_path / "openeew_mx")
    for file in tmp_path.rglob("00.jsonl.gz"):
        seconds = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
        file.write_bytes(gzip.compress(b"".join([*seconds[60:100], *seconds[115:]])))

    records = list(read_openeew(tmp_path, TRAINING_PARTS))

    assert 4 == len(records)
    for record in records:
        assert record.p_index is not None
        assert 0 <= record.p_index < len(record.samples)
        assert 40 == pytest.approx(len(record.samples) / RATE_HZ, abs=2)


@pytest.mark.parametrize("folder", ["ncedc_windows", "stead_sample"])
def test_windows_have_an_onset_at_their_p(folder: str, shared_data: Path) -> None:
    """The catalogue's P is where the trace begins to move, at 32 Hz too."""
    records = read_records(shared_data / folder, Drops(), _ALL_PARTS)

    jumps = [_jump_at_p(record) for record in records if record.p_index is not None]

    assert np.median(jumps) > 5


def test_hand_motion_holds_gravity(shared_data: Path) -> None:
    """The archive's first three columns are acceleration in m/s2."""
    records = list(read_hand_motion(shared_data))
    levels = [np.linalg.norm(record.samples.mean(axis=0)) for record in records]

    assert 48 <= len(records)
    assert 9.0 < np.median(levels) < 12.0
