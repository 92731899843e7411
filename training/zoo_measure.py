"""Convert a network to every scheme and format and measure what the conversion cost it.

The network learns briefly from made-up examples (`zoo_probe`), so that its activations are those
of a network that knows something; it is calibrated on those it learned from and compared on others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from training.errors import ExportError
from training.export.network import Converted, convert_network
from training.export.runtimes import RuntimeResult, rounded, run_in, words_of
from training.export.stream import StreamSubject, convert_stream, float_parent
from training.export.subject import FORMATS, RUNTIMES, SCHEMES, Format, Scheme, Subject
from training.models.compiling import compile_network
from training.models.tremor_stream import TremorStreamConfig
from training.zoo import ZooEntry
from training.zoo_conversions import Conversion, Conversions
from training.zoo_probe import probe_examples, probe_rows

Made = dict[Scheme, Converted | ExportError]

_TRAIN_SEED, _COMPARE_SEED = 1, 2
_BATCH = 8
_MOMENTUM, _DROPOUT = 0.8, 0.1
_STREAM = "tremor_stream"
"""Converted in its step form, a hop at a time with states."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to learn and how much to compare."""

    train_examples: int = 96
    epochs: int = 6
    calibration: int = 24
    compare: int = 24


@dataclass(frozen=True, slots=True)
class _Trained:
    """A network that learned briefly."""

    entry: ZooEntry
    rows: int | None
    weights: Path
    calibration: NDArray[np.float32]
    inputs: NDArray[np.float32]
    expected: NDArray[np.float32]


def measure(
    entry: ZooEntry,
    folder: Path,
    formats: Sequence[Format] = FORMATS,
    effort: Effort = Effort(),
) -> list[Conversion]:
    """Return what became of a network in each scheme and format.

    Args:
        entry: The network.
        folder: For weights and files; they stay there. Weights that lie there are not learned anew.
        formats: Of the files.
        effort: How long to learn and how much to compare.
    """
    trained = _learn(entry, folder, effort)
    results = []
    for file_format in formats:
        for scheme, made in _convert(trained, file_format).items():
            results.append(_result(trained, scheme, file_format, made))
            if isinstance(made, Converted):
                (folder / f"{entry.name}.{scheme}.{file_format}").write_bytes(made.content)
    return results


def gather(results: Sequence[Conversion]) -> Conversions:
    """Return measurements with the versions that they were made with."""
    versions = {}
    for runtime in (name for names in RUNTIMES.values() for name in names):
        try:
            versions[runtime] = version(runtime)
        except PackageNotFoundError:
            versions[runtime] = "not installed"
    return Conversions(
        converter=f"TensorFlow {version('tensorflow')}, Keras {version('keras')}, "
        f"tf2onnx {version('tf2onnx')}, ONNX Runtime {version('onnxruntime')}",
        runtimes=versions,
        results=tuple(results),
    )


def _learn(entry: ZooEntry, folder: Path, effort: Effort) -> _Trained:
    keras.utils.set_random_seed(_TRAIN_SEED)
    model = entry.build()
    compile_network(model, entry.sound)
    _hasten(model)
    examples = probe_examples(entry.sound, effort.train_examples, _TRAIN_SEED)
    weights = folder / f"{entry.name}.weights.h5"
    if weights.exists():
        model.load_weights(weights)
    else:
        model.fit(
            examples.inputs, examples.targets, batch_size=_BATCH, epochs=effort.epochs, verbose=0
        )
        model.save_weights(weights)
    inputs = probe_examples(entry.sound, effort.compare, _COMPARE_SEED).inputs
    return _Trained(
        entry=entry,
        rows=probe_rows(entry.sound),
        weights=weights,
        calibration=examples.inputs[: effort.calibration],
        inputs=inputs,
        expected=np.asarray(model.predict(inputs, batch_size=_BATCH, verbose=0)),
    )


def _hasten(model: keras.Model) -> None:
    """Let running statistics and answers settle in a few dozen steps instead of thousands."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = min(layer.momentum, _MOMENTUM)
        elif isinstance(layer, keras.layers.Dropout):
            layer.rate = min(layer.rate, _DROPOUT)


def _convert(trained: _Trained, file_format: Format) -> Made:
    """Return the files of one format, or why there are none."""
    if trained.entry.name == _STREAM:
        return _convert_steps(trained, file_format)
    subject = Subject(network=trained.entry.name, weights=trained.weights, rows=trained.rows)
    return convert_network(subject, SCHEMES, file_format, trained.calibration)


def _convert_steps(trained: _Trained, file_format: Format) -> Made:
    subject = StreamSubject(TremorStreamConfig(), trained.weights)
    parent = float_parent(subject)
    traces = list(trained.calibration)
    made: Made = {}
    for scheme in SCHEMES:
        try:
            made[scheme] = convert_stream(subject, scheme, file_format, parent, traces)
        except ExportError as error:
            made[scheme] = error
    return made


def _result(
    trained: _Trained, scheme: Scheme, file_format: Format, made: Converted | ExportError
) -> Conversion:
    found = Conversion(
        network=trained.entry.name,
        scheme=scheme,
        format=file_format,
        rows=trained.rows,
        output_range=rounded(float(np.ptp(trained.expected))),
    )
    if isinstance(made, ExportError):
        return found.model_copy(update={"failure": words_of(made.reason)})
    runtimes = {
        runtime: run_in(runtime, made.content, trained.inputs, trained.expected)
        for runtime in RUNTIMES[file_format]
    }
    wrong = verdict(runtimes[RUNTIMES[file_format][0]], made.bias_bits)
    if wrong is not None:
        return found.model_copy(update={"failure": wrong})
    share = made.accumulator_share
    return found.model_copy(
        update={
            "size_bytes": len(made.content),
            "bias_bits": made.bias_bits,
            "accumulator_share": None if share is None else round(share, 3),
            "operators": made.operators,
            "runtimes": runtimes,
        }
    )


def verdict(result: RuntimeResult, bias_bits: int | None) -> str | None:
    """Return why a file that converted is of no use, or None.

    Args:
        result: Of the first runtime.
        bias_bits: Of int16 as TFLite.
    """
    if result.failure is None:
        return None
    biases = "" if bias_bits is None else f" with biases of {bias_bits} bits"
    return f"converts{biases}, but the runtime: {result.failure}"
