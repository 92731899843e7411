"""A data set's layout is found out by looking at it."""

from pathlib import Path

import pytest

from tests.training.data.quakes import recording
from training.data.drops import Drops
from training.data.layouts import LAYOUTS, find_layout, read_records
from training.data.record import RATE_HZ
from training.data.store import StoreWriter
from training.errors import DataError


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("openeew_mx", "openeew"),
        ("ncedc_windows", "ncedc"),
        ("stead_sample", "stead"),
        ("volcano/bezymianny", "volcano"),
        ("rshake", "miniseed"),
    ],
)
def test_real_sets_are_recognised(shared_data: Path, folder: str, expected: str) -> None:
    """By the files they hold."""
    assert expected == find_layout(shared_data / folder).name


def test_unknown_folder_is_told_with_the_layouts(tmp_path: Path) -> None:
    """The message names what could be read."""
    with pytest.raises(DataError, match="none of the layouts tremorkit, openeew"):
        find_layout(tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        find_layout(tmp_path / "nothing")


def test_layout_can_be_named(tmp_path: Path) -> None:
    """A wrong name is told with the right ones."""
    assert "sac" == find_layout(tmp_path, "sac").name
    with pytest.raises(DataError, match="'stade' is none of"):
        find_layout(tmp_path, "stade")


def test_names_are_unique() -> None:
    """Each layout can be asked for."""
    assert len(LAYOUTS) == len({layout.name for layout in LAYOUTS})


def test_any_set_can_be_trained_on(tmp_path: Path) -> None:
    """At the detection rate, of the wanted parts alone, velocity as acceleration."""
    with StoreWriter(tmp_path / "set") as writer:
        for seed, part in enumerate(("train", "test", "validation")):
            writer.append(recording(seed, part=part, quantity="velocity"))
    parts = frozenset({"train", "validation"})

    records = list(read_records(tmp_path / "set", Drops(), parts))

    assert ["train", "validation"] == [record.part for record in records]
    for record in records:
        assert pytest.approx(15 * RATE_HZ) == record.p_index
        assert abs(float(record.samples[50:400].mean())) < 50
