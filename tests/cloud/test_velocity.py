"""Velocity models: iasp91 as published, files as users write them, and refusals."""

from pathlib import Path

import numpy as np
import pytest

from cloud.errors import VelocityModelError
from cloud.velocity import VelocityModel, iasp91, load_velocity_model


@pytest.mark.parametrize(
    ("depth_km", "phase", "below", "expected"),
    [
        (0.0, "P", True, 5.8),
        (20.0, "P", False, 5.8),
        (20.0, "P", True, 6.5),
        (35.0, "S", False, 3.75),
        (35.0, "S", True, 4.47),
        (77.5, "P", True, 8.045),
        (410.0, "P", False, 9.03),
        (410.0, "P", True, 9.36),
        (660.0, "S", False, 5.6),
        (5000.0, "P", True, 11.0558),
    ],
)
def test_iasp91_is_as_published(
    depth_km: float, phase: str, *, below: bool, expected: float
) -> None:
    """Velocities on either side of discontinuities, and in between, are those of the model."""
    actual = iasp91().velocity_km_s(np.array([depth_km]), phase, below=below)[0]

    assert expected == pytest.approx(actual, abs=0.0006)


def test_layers_are_steps() -> None:
    """Layers of constant velocity jump at their tops, and the last one goes on."""
    model = VelocityModel.from_layers("two", (0.0, 10.0), (5.0, 6.0), (3.0, 3.5))
    depths = np.array([0.0, 9.9, 10.1, 50.0])

    assert [5.0, 5.0, 6.0, 6.0] == model.velocity_km_s(depths, "P", below=True).tolist()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nodes.csv", "# ours\ndepth_km, vp_km_s, vs_km_s\n0,5,3\n10,5,3\n\n10,6,3.5\n30,6,3.5\n"),
        ("layers.csv", "top_depth_km,vp_km_s,vs_km_s\n0,5,3\n10,6,3.5\n"),
        ("layers.toml", "top_depth_km = [0, 10]\nvp_km_s = [5, 6]\nvs_km_s = [3, 3.5]\n"),
    ],
)
def test_the_same_model_in_every_format(tmp_path: Path, name: str, text: str) -> None:
    """Nodes and layers, CSV and TOML say the same."""
    path = tmp_path / name
    path.write_text(text)
    depths = np.array([0.0, 5.0, 15.0])

    model = load_velocity_model(path)

    assert [5.0, 5.0, 6.0] == model.velocity_km_s(depths, "P", below=True).tolist()
    assert [3.0, 3.0, 3.5] == model.velocity_km_s(depths, "S", below=True).tolist()


def test_a_toml_model_may_have_a_name(tmp_path: Path) -> None:
    """The name in the file holds; without one it is the file's."""
    path = tmp_path / "guerrero.toml"
    columns = "depth_km = [0]\nvp_km_s = [6]\nvs_km_s = [3.4]\n"
    path.write_text(columns)
    assert "guerrero" == load_velocity_model(path).name

    path.write_text('name = "coast"\n' + columns)

    assert "coast" == load_velocity_model(path).name


REFUSED = {
    "nothing in it": ("m.csv", "# empty\n", "is empty"),
    "no number": ("m.csv", "depth_km,vp_km_s,vs_km_s\n0,fast,3\n", "m.csv:2: vp_km_s is 'fast'"),
    "a cell too many": ("m.csv", "depth_km,vp_km_s,vs_km_s\n0,5,3,1\n", "m.csv:2: 4 values"),
    "a wrong column": ("m.csv", "depth,vp,vs\n0,5,3\n", "need depth_km or top_depth_km"),
    "air on top": ("m.csv", "depth_km,vp_km_s,vs_km_s\n5,5,3\n", "start at 0"),
    "upside down": ("m.csv", "depth_km,vp_km_s,vs_km_s\n0,5,3\n9,5,3\n4,5,3\n", "sort by depth"),
    "a depth three times": (
        "m.csv",
        "depth_km,vp_km_s,vs_km_s\n0,5,3\n9,5,3\n9,6,3\n9,7,3\n",
        "at most twice",
    ),
    "water": ("m.csv", "depth_km,vp_km_s,vs_km_s\n0,1.5,0\n", "no fluids"),
    "S faster than P": ("m.csv", "depth_km,vp_km_s,vs_km_s\n0,3,5\n", "0 < Vs < Vp"),
    "no TOML": ("m.toml", "depth_km = [0\n", "is no TOML"),
    "a scalar": ("m.toml", "depth_km = 0\nvp_km_s = [5]\nvs_km_s = [3]\n", "give an array"),
    "a truth value": ("m.toml", "depth_km = [true]\nvp_km_s = [5]\nvs_km_s = [3]\n", "a number"),
    "unequal columns": (
        "m.toml",
        "depth_km = [0, 5]\nvp_km_s = [5]\nvs_km_s = [3]\n",
        "different lengths",
    ),
}


@pytest.mark.parametrize(("name", "text", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_broken_model_is_refused_with_its_place(
    tmp_path: Path, name: str, text: str, expected: str
) -> None:
    """What is wrong, and where, is in the message."""
    path = tmp_path / name
    path.write_text(text)

    with pytest.raises(VelocityModelError, match="velocity model") as refusal:
        load_velocity_model(path)

    assert expected in str(refusal.value)
    assert name in refusal.value.place


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """The refusal names the file."""
    with pytest.raises(VelocityModelError, match=r"nowhere\.csv: cannot be read"):
        load_velocity_model(tmp_path / "nowhere.csv")
