"""Where a trained network loses in 8 bits: its float form with layers rounded, on validation data.

    python scripts/round_layers.py RUN --data SET [--data SET ...] [--by-layer] [--json]

Rounded to 8 bits are the input alone, the weights alone (a scale a channel), the outputs of all
layers, and both; with --by-layer also the output of each layer alone. Ranges are those of the
calibration windows, which are of the training part. If none of it costs what the int8 file costs,
then the file is wrong and not the precision (docs/decisions/0004).
"""

import argparse
import json
from collections.abc import Callable, Collection
from pathlib import Path

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.data.sets import read_pools
from training.export.window_data import (
    WindowData,
    chosen_threshold,
    judged,
    subject_of,
    window_data,
)
from training.zoo_run import ZooRunFolder

Array = NDArray[np.float32]
Range = tuple[float, float]

_STEPS = 255
_LARGEST = 127
_BATCH = 8
_CALIBRATE = 24


class Rounded(keras.layers.Layer):
    """Rounds to 256 values of a range that holds zero, as a tensor of an int8 file is."""

    def __init__(self, lowest: float, highest: float) -> None:
        super().__init__()
        self.lowest, self.highest = min(lowest, 0.0), max(highest, 0.0)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Round x."""
        scale = (self.highest - self.lowest) / _STEPS or 1.0
        steps = ops.clip(ops.round(x / scale), round(self.lowest / scale), self.highest / scale)
        return steps * scale


def main() -> None:
    """Round and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--by-layer", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    run = ZooRunFolder(options.run)
    config = run.config()
    pools = read_pools(options.data, config.recipe(), quantity=config.quantity, cache=None)
    data = window_data(run, pools, subject_of(run).rows)
    model = run.load_model()
    windows = data.calibration[:_CALIBRATE]
    ranges, given = output_ranges(model, windows), (float(windows.min()), float(windows.max()))
    figures = judge_by(run, data)
    rows = {"float": figures(model), **compare(model, ranges, given, figures)}
    if options.by_layer:
        rows |= {name: figures(rounding(model, ranges, {name})) for name in ranges}
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    names = list(rows["float"])
    print("| rounded | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for row, found in rows.items():
        print(f"| {row} | " + " | ".join(f"{found[name]:.4g}" for name in names) + " |")


def judge_by(run: ZooRunFolder, data: WindowData) -> Callable[[keras.Model], dict[str, float]]:
    """Return what tells the figures of a form, all at the threshold that float is best at."""
    answers = run.load_model().predict(data.inputs, batch_size=_BATCH, verbose=0)
    threshold = chosen_threshold(run, data, answers)

    def figures(model: keras.Model) -> dict[str, float]:
        outputs = model.predict(data.inputs, batch_size=_BATCH, verbose=0)
        return judged(run, data, outputs, threshold).figures()

    return figures


def compare(
    model: keras.Model,
    ranges: dict[str, Range],
    given: Range,
    figures: Callable[[keras.Model], dict[str, float]],
) -> dict[str, dict[str, float]]:
    """Return the figures with input, outputs, weights, and weights and outputs rounded."""
    rows = {
        "input": figures(rounding(model, ranges, (), given=given)),
        "outputs of all layers": figures(rounding(model, ranges, ranges)),
    }
    before = model.get_weights()
    model.set_weights([rounded_weights(weight) for weight in before])
    rows["weights"] = figures(model)
    rows["weights and outputs"] = figures(rounding(model, ranges, ranges))
    model.set_weights(before)
    return rows


def output_ranges(model: keras.Model, windows: Array) -> dict[str, Range]:
    """Return the lowest and highest output of each layer over some windows."""
    found = {}
    for layer in model.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            part = keras.Model(model.inputs, layer.output)
            outputs = part.predict(windows, batch_size=_BATCH, verbose=0)
            found[layer.name] = float(outputs.min()), float(outputs.max())
    return found


def rounding(
    model: keras.Model,
    ranges: dict[str, Range],
    names: Collection[str],
    *,
    given: Range | None = None,
) -> keras.Model:
    """Return the network, weights shared, with the outputs of some layers or its input rounded."""

    def call(layer: keras.Operation, *arguments: object, **options: object) -> object:
        made = layer(*arguments, **options)
        return Rounded(*ranges[layer.name])(made) if layer.name in names else made

    form = keras.models.clone_model(model, clone_function=lambda one: one, call_function=call)
    if given is None:
        return form
    window = keras.Input(model.input_shape[1:])
    return keras.Model(window, form(Rounded(*given)(window)))


def rounded_weights(weight: Array) -> Array:
    """Round matrices and kernels to 8 bits, a scale for each channel of their last axis."""
    if weight.ndim == 1:
        return weight
    scale = np.abs(weight).max(axis=tuple(range(weight.ndim - 1)), keepdims=True) / _LARGEST
    scale = np.where(scale == 0, 1.0, scale)
    return (np.round(weight / scale) * scale).astype(np.float32)


if __name__ == "__main__":
    main()
