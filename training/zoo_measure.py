"""Convert a network to every scheme and measure what the conversion cost it.

The network learns briefly from made-up examples (`zoo_probe`), so that its activations are those
of a network that knows something; it is calibrated on those it learned from and compared on others.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from training.errors import ExportError
from training.export.run_file import run_file
from training.export.window import SCHEMES, BiasBits, Scheme, Subject, convert_window
from training.export.window_gates import check_window, look_into
from training.models.compiling import compile_network
from training.zoo import ZooEntry
from training.zoo_conversions import Conversion, Conversions, RuntimeResult
from training.zoo_probe import probe_examples, probe_rows

_TRAIN_SEED, _COMPARE_SEED = 1, 2
_BATCH = 8
_FOLDERS = re.compile(r"[\w.]*(?:/[\w.+~-]+)+/")
_MOMENTUM, _DROPOUT = 0.8, 0.1
_LONGEST_WORDS = 600
_LARGEST_SHARE = 0.25
"""Mean error as a share of the range of the outputs, above which a file is of no use."""
MEASURED_ELSEWHERE = frozenset({"tremor_stream"})
"""Its bundle is made of the step form, not of a window, and holds its own measurements."""
RUNTIMES = ("ai-edge-litert", "tflite-runtime")


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


def words_of(reason: str) -> str:
    """Return a program's own words on one line, without the folders of this machine."""
    return " ".join(_FOLDERS.sub("", reason).split())[:_LONGEST_WORDS]


def measure(entry: ZooEntry, folder: Path, effort: Effort = Effort()) -> list[Conversion]:
    """Return what became of a network in each scheme.

    Args:
        entry: The network.
        folder: For weights and files; they stay there.
        effort: How long to learn and how much to compare.
    """
    trained = _learn(entry, folder, effort)
    return [_convert(trained, scheme, folder) for scheme in SCHEMES]


def gather(results: Sequence[Conversion]) -> Conversions:
    """Return measurements with the versions that they were made with."""
    versions = {}
    for runtime in RUNTIMES:
        try:
            versions[runtime] = version(runtime)
        except PackageNotFoundError:
            versions[runtime] = "not installed"
    return Conversions(
        converter=f"TensorFlow {version('tensorflow')}, Keras {version('keras')}",
        runtimes=versions,
        results=tuple(results),
    )


def _learn(entry: ZooEntry, folder: Path, effort: Effort) -> _Trained:
    keras.utils.set_random_seed(_TRAIN_SEED)
    model = entry.build()
    compile_network(model, entry.sound)
    _hasten(model)
    examples = probe_examples(entry.sound, effort.train_examples, _TRAIN_SEED)
    model.fit(examples.inputs, examples.targets, batch_size=_BATCH, epochs=effort.epochs, verbose=0)
    weights = folder / f"{entry.name}.weights.h5"
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


def _convert(trained: _Trained, scheme: Scheme, folder: Path) -> Conversion:
    name = trained.entry.name
    made = Conversion(
        network=name,
        scheme=scheme,
        rows=trained.rows,
        output_range=_rounded(float(np.ptp(trained.expected))),
    )
    try:
        content = _file(trained, scheme, 32)
        facts = look_into(content)
        bias_bits: BiasBits = 32
        if scheme == "int16x8" and facts.accumulator_share >= 1:
            bias_bits = 64
            content = _file(trained, scheme, bias_bits)
            facts = look_into(content)
        check_window(f"{name} as {scheme}", facts, scheme, bias_bits)
    except ExportError as error:
        return made.model_copy(update={"failure": words_of(error.reason)})
    (folder / f"{name}.{scheme}.tflite").write_bytes(content)
    wide = scheme == "int16x8"
    runtimes = {runtime: _run(trained, content, runtime) for runtime in RUNTIMES}
    wrong = judge(runtimes[RUNTIMES[0]], made.output_range or 0.0, bias_bits if wide else None)
    if wrong is not None:
        return made.model_copy(update={"failure": wrong})
    return made.model_copy(
        update={
            "size_bytes": len(content),
            "bias_bits": bias_bits if wide else None,
            "accumulator_share": round(facts.accumulator_share, 3) if wide else None,
            "operators": facts.operators,
            "runtimes": runtimes,
        }
    )


def judge(result: RuntimeResult, output_range: float, bias_bits: int | None) -> str | None:
    """Return why a file that converted is of no use, or None.

    Args:
        result: Of the first runtime.
        output_range: Largest minus smallest output of float Keras.
        bias_bits: Of int16x8.
    """
    if result.failure is not None or result.mean_error is None:
        return f"converts, but does not run: {result.failure}"
    if result.mean_error <= _LARGEST_SHARE * output_range:
        return None
    biases = "" if bias_bits is None else f" with biases of {bias_bits} bits"
    return (
        f"converts{biases} and runs, but its answers are wrong: from float they differ by "
        f"{result.mean_error:g} on average and {result.worst_error:g} at worst"
    )


def _file(trained: _Trained, scheme: Scheme, bias_bits: BiasBits) -> bytes:
    subject = Subject(network=trained.entry.name, weights=trained.weights, rows=trained.rows)
    return convert_window(subject, scheme, trained.calibration, bias_bits=bias_bits)


def _run(trained: _Trained, content: bytes, runtime: str) -> RuntimeResult:
    try:
        answers = run_file(content, runtime, trained.inputs)
    except ExportError as error:
        return RuntimeResult(failure=words_of(error.reason))
    error = np.abs(answers.outputs - trained.expected)
    return RuntimeResult(
        call_ms=round(answers.call_ms, 3),
        mean_error=_rounded(float(error.mean())),
        worst_error=_rounded(float(error.max())),
    )


def _rounded(value: float) -> float:
    """Keep two digits: more would say nothing and change at every measurement."""
    return float(f"{value:.2g}")
