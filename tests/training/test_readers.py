"""Readers bring every collection to the station's rate, components and units."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from training.data.collection import TRAINING_PARTS
from training.data.hand_motion import read_hand_motion
from training.data.ncedc import read_ncedc, vertical_first
from training.data.openeew import read_openeew
from training.data.record import RATE_HZ, Record
from training.data.stead import read_stead


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


@pytest.mark.parametrize("read", [read_ncedc, read_stead])
def test_windows_have_an_onset_at_their_p(
    read: Callable[[Path], Iterator[Record]], shared_data: Path
) -> None:
    """The catalogue's P is where the trace begins to move, at 32 Hz too."""
    records = [record for record in read(shared_data) if record.p_index is not None]

    assert np.median([_jump_at_p(record) for record in records]) > 5


def test_hand_motion_holds_gravity(shared_data: Path) -> None:
    """The archive's first three columns are acceleration in m/s2."""
    records = list(read_hand_motion(shared_data))
    levels = [np.linalg.norm(record.samples.mean(axis=0)) for record in records]

    assert 48 <= len(records)
    assert 9.0 < np.median(levels) < 12.0


@pytest.mark.parametrize(
    "channels", [["HNE", "HNN", "HNZ"], ["HHZ", "HHN", "HHE"], ["EH2", "EHZ", "EH1"]]
)
def test_vertical_comes_first(channels: list[str]) -> None:
    """Whatever the order in a file, the columns are Z, N, E (or Z, 1, 2)."""
    data = np.array([["ZN1E2".index(channel[-1]) for channel in channels]], np.float64)

    ordered = vertical_first(data, channels)[0].tolist()

    assert sorted(ordered) == ordered
    assert 0.0 == ordered[0]
