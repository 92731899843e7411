"""Networks are written in `keras.ops` alone, so that they run on any backend of Keras.

JAX and torch are no dependency of the kit; each is tested where it is installed.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.zoo import network  # noqa: E402 - after the check for the extra

_CHILD = Path(__file__).with_name("other_backend.py")
SHAPES = {"volcano_lstm": (1, 9, 48), "cred": (1, 151, 41, 3), "eqd_picker": (1, 6000, 3)}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
@pytest.mark.parametrize("name", SHAPES)
def test_another_backend_gives_the_same_answers(name: str, backend: str, tmp_path: Path) -> None:
    """The same weights, training form and export form, to 1e-5."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    model = network(name).build()
    example = np.random.default_rng(13).standard_normal(SHAPES[name]).astype(np.float32)
    weights = {f"weight_{i}": weight for i, weight in enumerate(model.get_weights())}
    np.savez(tmp_path / "in.npz", example=example, **weights)
    expected = keras.ops.convert_to_numpy(model(example))

    done = subprocess.run(
        [sys.executable, _CHILD, name, tmp_path / "in.npz", tmp_path / "out.npy"],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    for answer in np.load(tmp_path / "out.npy"):
        np.testing.assert_allclose(expected, answer, atol=1e-5)
