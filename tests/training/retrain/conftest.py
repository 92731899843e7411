"""A network that listens to loudness, set by hand: it detects without any training."""

from pathlib import Path

import numpy as np
import pytest

from training.data.labels import LABELS
from training.models.tremor_stream import build
from training.run import RunConfig, RunFolder

_STEEP, _MIDDLE = 5.0, 2.0
"""Logit of P over loudness in units of the noise, which stands near 1."""


def _set(model: object, layer: str, kernel: np.ndarray) -> None:
    chosen = model.get_layer(layer)
    chosen.set_weights([kernel, *chosen.get_weights()[1:]])


@pytest.fixture(scope="session")
def loudness_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Return a run whose P is the loudness of the vertical over the last second."""
    config = RunConfig(epochs=1, batches=1, batch_size=4, validation_examples=4)
    model = build(config.shape)
    for layer in model.layers:
        if layer.name.endswith(("_conv", "_mix")):
            layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    first = np.zeros(model.get_layer("stem_0_conv").kernel.shape, np.float32)
    first[-1, 0, 0], first[-1, 0, 1] = 1.0, -1.0
    first[-2, 0, 2], first[-2, 0, 3] = 1.0, -1.0
    _set(model, "stem_0_conv", first)
    second = np.zeros(model.get_layer("stem_1_conv").kernel.shape, np.float32)
    second[-2:, :4, 0] = 0.25
    _set(model, "stem_1_conv", second)
    third = np.zeros(model.get_layer("stem_2_conv").kernel.shape, np.float32)
    third[-4:, 0, 0] = 0.5
    _set(model, "stem_2_conv", third)
    head = np.zeros((third.shape[-1], len(LABELS)), np.float32)
    head[0, LABELS.index("P")] = _STEEP
    bias = np.array([0.0, -_STEEP * _MIDDLE, -20.0], np.float32)
    model.get_layer("probabilities").set_weights([head, bias])
    run = RunFolder(Path(tmp_path_factory.mktemp("loudness"))).begin(config)
    model.save_weights(run.best_weights)
    return run
