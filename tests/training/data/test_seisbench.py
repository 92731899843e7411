"""SeisBench's format, as its writer makes it and as older data sets have it."""

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.training.data.quakes import counts, levels
from training.data.drops import Drops
from training.data.readers.seisbench import is_seisbench, read_seisbench
from training.errors import DataError

ROW = {
    "trace_name": "bucket0$1,:3,:5000",
    "trace_sampling_rate_hz": "100.0",
    "trace_P_arrival_sample": "1500.0",
    "trace_S_arrival_sample": "2000",
    "trace_P_status": "manual",
    "trace_start_time": "2020-01-30T06:51:33.250000Z",
    "station_network_code": "CX",
    "station_code": "PB01",
    "source_id": "ev1",
    "source_magnitude": "3.2",
    "split": "dev",
}


def _write(
    folder: Path, rows: list[dict[str, str]], chunk: str = "", form: dict[str, object] | None = None
) -> Path:
    folder.mkdir(exist_ok=True)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (folder / f"metadata{chunk}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    with h5py.File(folder / f"waveforms{chunk}.hdf5", "w") as file:
        bucket = np.zeros((2, 3, 6000), np.float32)
        bucket[1] = counts().T
        file["data/bucket0"] = bucket
        file["data/plain"] = counts(p_index=None).T
        for key, value in (form or {"dimension_order": "NCW", "component_order": "ZNE"}).items():
            file[f"data_format/{key}"] = value
    return folder


def test_bucketed_trace_is_cut_out(tmp_path: Path) -> None:
    """Row, components and samples of the name are taken, the rest is padding."""
    (one,) = read_seisbench(_write(tmp_path / "ETHZ", [ROW]), Drops())

    assert (5000, 3) == one.samples.shape
    assert [1, 2, 3] == levels(one.samples)
    about = one.about
    assert (1500.0, 2000.0, 100.0) == (about.p_index, about.s_index, about.rate_hz)
    assert ("ethz", "ethz-ev1", "CX.PB01") == (about.source, about.event, about.station)
    assert ("validation", "analyst", 3.2) == (about.part, about.picks, about.magnitude)


def test_trace_without_bucket(tmp_path: Path) -> None:
    """Before buckets each trace was a dataset; noise has no source."""
    row = ROW | {"trace_name": "plain", "source_id": "", "split": "test"}
    row |= {"trace_P_arrival_sample": "", "trace_S_arrival_sample": ""}
    (one,) = read_seisbench(_write(tmp_path / "old", [row]), Drops())

    assert [1, 2, 3] == levels(one.samples)
    assert ("noise", "none", "test") == (one.about.category, one.about.picks, one.about.part)


def test_order_and_rate_of_the_file(tmp_path: Path) -> None:
    """What the table leaves out stands in data_format; a row overrides it."""
    form = {
        "dimension_order": "CW",
        "component_order": "ENZ",
        "sampling_rate": 40.0,
        "measurement": "acceleration",
        "unit": "m/s2",
    }
    row = {key: value for key, value in ROW.items() if key != "trace_sampling_rate_hz"}
    folder = _write(tmp_path / "set", [row, row | {"trace_component_order": "ZNE"}], form=form)

    first, second = read_seisbench(folder, Drops())

    assert [3, 2, 1] == levels(first.samples)
    assert [1, 2, 3] == levels(second.samples)
    assert (40.0, "acceleration", "m/s2") == (
        first.about.rate_hz,
        first.about.quantity,
        first.about.unit,
    )


def test_branches_of_a_phase_count_as_the_phase(tmp_path: Path) -> None:
    """Pg and Pn are P; the first of them is the onset."""
    row = {k: v for k, v in ROW.items() if "arrival" not in k}
    row |= {"trace_Pg_arrival_sample": "1600", "trace_Pn_arrival_sample": "1500"}

    (one,) = read_seisbench(_write(tmp_path / "set", [row]), Drops())

    assert 1500.0 == one.about.p_index


def test_single_component_leaves_the_others_missing(tmp_path: Path) -> None:
    """A vertical alone is not two dead horizontals."""
    row = ROW | {"trace_name": "bucket0$1,:1,:6000", "trace_component_order": "Z"}

    (one,) = read_seisbench(_write(tmp_path / "set", [row]), Drops())

    assert 1 == round(float(one.samples[:500, 0].mean()) / 1000)
    assert np.isnan(one.samples[:, 1:]).all()


def test_chunks_are_read_one_after_another(tmp_path: Path) -> None:
    """Large sets come in several pairs of files with a common suffix."""
    folder = _write(tmp_path / "set", [ROW], "2019")
    _write(folder, [ROW | {"source_id": "ev2"}], "2020")

    assert ["set-ev1", "set-ev2"] == [r.about.event for r in read_seisbench(folder, Drops())]


def test_broken_rows_are_counted(tmp_path: Path) -> None:
    """A name that leads nowhere, or to no samples, is dropped with its reason."""
    rows = [
        ROW | {"trace_name": "bucket9$0"},
        ROW | {"trace_name": "bucket0$7,:3,:5000"},
        ROW | {"trace_name": "bucket0$x,:3"},
        ROW | {"trace_sampling_rate_hz": "nan"},
        ROW,
    ]
    drops = Drops()

    assert 1 == len(list(read_seisbench(_write(tmp_path / "set", rows), drops)))
    assert 4 == drops.total
    assert 1 == drops.counts["no waveform"] == drops.counts["no sampling rate"]


def test_other_folders_are_left_to_other_readers(tmp_path: Path) -> None:
    """STEAD's own pair of the same names is no SeisBench set."""
    assert not is_seisbench(tmp_path)
    with pytest.raises(DataError, match=r"metadata\.csv"):
        list(read_seisbench(tmp_path, Drops()))


def test_stead_sample_is_not_taken_for_seisbench(shared_data: Path) -> None:
    """Its files are named alike; its columns tell."""
    assert not is_seisbench(shared_data / "stead_sample")
