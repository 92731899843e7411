"""STEAD and TXED, from real samples and from files in their layouts."""

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.training.data.quakes import counts, levels
from training.data.drops import Drops
from training.data.readers.stead import is_stead, read_stead_files
from training.data.readers.txed import is_txed, read_txed
from training.errors import DataError

EVENT = {
    "network_code": "TA",
    "receiver_code": "109C",
    "receiver_type": "HH",
    "p_arrival_sample": "1500.0",
    "p_status": "manual",
    "s_arrival_sample": "2000.0",
    "source_id": "77",
    "source_magnitude": "2.1",
    "source_distance_km": "30.5",
    "snr_db": "[40. nan 50.]",
    "coda_end_sample": "[[3401.]]",
    "trace_start_time": "2006-07-23 15:59:00.960000",
    "trace_category": "earthquake_local",
    "trace_name": "109C.TA_20060723155859_EV",
}
NOISE = EVENT | {
    "p_arrival_sample": "",
    "s_arrival_sample": "nan",
    "source_id": "",
    "source_magnitude": "nan",
    "snr_db": "",
    "coda_end_sample": "",
    "trace_category": "noise",
    "trace_name": "109C.TA_201510210555_NO",
}


def _write_stead(folder: Path, groups: dict[str, str], rows: list[dict[str, str]]) -> None:
    with (folder / "chunk2.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(EVENT))
        writer.writeheader()
        writer.writerows(rows)
    with h5py.File(folder / "chunk2.hdf5", "w") as file:
        for name, group in groups.items():
            # The columns of STEAD are E, N, Z.
            file[f"{group}/{name}"] = counts()[:, ::-1].astype(np.float32)


@pytest.mark.parametrize(
    ("event_group", "noise_group"),
    [("data", "data"), ("earthquake/local", "non_earthquake/noise")],
)
def test_both_generations_of_stead(tmp_path: Path, event_group: str, noise_group: str) -> None:
    """The published groups and those of before give the same recordings."""
    names = {EVENT["trace_name"]: event_group, NOISE["trace_name"]: noise_group}
    _write_stead(tmp_path, names, [EVENT, NOISE])

    event, noise = read_stead_files(tmp_path, Drops())

    assert [1, 2, 3] == levels(event.samples) == levels(noise.samples)
    assert (1500.0, 2000.0, 3401.0) == (
        event.about.p_index,
        event.about.s_index,
        event.about.end_index,
    )
    assert ("stead-77", "TA.109C", "velocity") == (
        event.about.event,
        event.about.station,
        event.about.quantity,
    )
    assert 45.0 == event.about.snr_db
    assert 1_153_670_340_960_000_000 == event.about.start_ns
    assert ("noise", None, None) == (noise.about.category, noise.about.p_index, noise.about.s_index)


def test_broken_rows_are_counted_and_left_out(tmp_path: Path) -> None:
    """No waveform, no P, P after the end: each is a reason, and the others are read."""
    names = {EVENT["trace_name"]: "data"}
    rows = [
        EVENT | {"trace_name": "missing_EV"},
        EVENT | {"p_arrival_sample": "", "s_arrival_sample": ""},
        EVENT | {"p_arrival_sample": "6001"},
        EVENT | {"s_arrival_sample": "1000"},
        EVENT,
    ]
    _write_stead(tmp_path, names, rows)
    drops = Drops()

    assert 1 == len(list(read_stead_files(tmp_path, drops)))
    assert {
        "no waveform": 1,
        "an earthquake without P or S": 1,
        "P outside the trace": 1,
        "S before P": 1,
    } == drops.counts
    assert drops.first["no waveform"].endswith("chunk2.csv:2")


def test_short_row_and_strange_bytes_cost_their_row_alone(tmp_path: Path) -> None:
    """A line cut in the middle, one in another encoding: the rest is read."""
    _write_stead(tmp_path, {EVENT["trace_name"]: "data"}, [EVENT])
    table = tmp_path / "chunk2.csv"
    whole = table.read_bytes()
    table.write_bytes(whole + b"TA,109C\r\n\xff\xfe\xe9,,,\r\n" + whole.splitlines()[1] + b"\r\n")
    drops = Drops()

    assert 2 == len(list(read_stead_files(tmp_path, drops)))
    assert 2 == drops.total


@pytest.mark.parametrize("keep", [0, 100, 20_000])
def test_half_a_download_is_told(tmp_path: Path, keep: int) -> None:
    """An HDF5 that was cut is a sentence with its size."""
    _write_stead(tmp_path, {EVENT["trace_name"]: "data"}, [EVENT])
    waveforms = tmp_path / "chunk2.hdf5"
    waveforms.write_bytes(waveforms.read_bytes()[:keep])

    with pytest.raises(DataError, match="was its download complete"):
        list(read_stead_files(tmp_path, Drops()))


def test_stead_sample_is_read_whole(shared_data: Path) -> None:
    """Fifty windows, the P of each within half a second of the first strong change."""
    drops = Drops()
    recordings = list(read_stead_files(shared_data / "stead_sample", drops))

    assert (50, 0) == (len(recordings), drops.total)
    assert {100.0} == {one.about.rate_hz for one in recordings}
    rises = []
    for one in recordings:
        if one.about.p_index is not None:
            p = int(one.about.p_index)
            trace = np.abs(np.diff(one.samples.astype(np.float64), axis=0)).max(axis=1)
            rises.append(trace[p : p + 200].max() / max(trace[max(0, p - 400) : p - 50].std(), 1.0))
    assert 20 < len(rises)
    assert np.median(rises) > 10


def test_folder_without_pairs_is_told(tmp_path: Path) -> None:
    """The message says what was looked for."""
    assert not is_stead(tmp_path)
    with pytest.raises(DataError, match=r"chunk2\.hdf5"):
        list(read_stead_files(tmp_path, Drops()))


def test_txed_keeps_a_group_for_each_trace(tmp_path: Path) -> None:
    """Labels are the group's attributes; columns are Z, N, E already."""
    with h5py.File(tmp_path / "TXED.h5", "w") as file:
        event = file.create_group("texnet2022ptdv_WB02_EV")
        event["data"] = counts().astype(np.float64)
        event.attrs["p_arrival_sample"] = 1500
        event.attrs["s_arrival_sample"] = np.float64(2000)
        event.attrs["p_arrival_time"] = "2022-08-05T03:00:15.000000Z"
        event.attrs["coda_end_sample"] = np.array([[3000.0]])
        event.attrs["magnitude"] = 1.9
        event.attrs["station"] = "WB02"
        noise = file.create_group("17_PB29_NO")
        noise["data"] = counts(p_index=None)
        file.create_group("18_PB29_EV")
    drops = Drops()

    noise_read, event_read = read_txed(tmp_path, drops)

    assert is_txed(tmp_path)
    assert [1, 2, 3] == levels(event_read.samples)
    about = event_read.about
    assert (1500.0, 2000.0, 3000.0) == (about.p_index, about.s_index, about.end_index)
    assert ("txed-texnet2022ptdv", "WB02", 1.9) == (about.event, about.station, about.magnitude)
    assert 1_659_668_400_000_000_000 == about.start_ns
    assert ("noise", "PB29") == (noise_read.about.category, noise_read.about.station)
    assert {"no waveform": 1} == drops.counts


def test_other_hdf5_is_not_txed(tmp_path: Path) -> None:
    """A file without such groups is left to other readers."""
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data/trace"] = np.zeros((10, 3))

    assert not is_txed(tmp_path)
    with pytest.raises(DataError, match="group for each trace"):
        list(read_txed(tmp_path, Drops()))
