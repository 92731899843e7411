"""What quantisation gains in time and costs in answers, in LiteRT and ONNX Runtime (B14).

    python benchmarks/quantisation.py [--network quake_cnn ...] [--rounds 7] [--json]

Each network learns for some seconds from made-up examples, is converted to every scheme and format,
and all files answer the same windows in one process on one thread, taking turns: CPU time of a
window, medians over the rounds. The peer in the same run is ONNX Runtime's own dynamic int8, which
the exporter refuses. Answers are compared with those of the float32 file of the same runtime; what
quantisation costs a trained network in F1 is measured by `model-trainer quantise` and stands on the
card of its bundle.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.runtime import Network, load_network
from training.errors import ExportError
from training.export.network import Converted, convert_network
from training.export.run_file import answer, run_file
from training.export.subject import FORMATS, RUNTIMES, SCHEMES, Subject

_NETWORKS = ("quake_cnn", "volcano_tcn", "cred", "eqd_picker")
_TARGET = 1.8
_LEARN, _CALIBRATE, _ASK = 64, 24, 8
_EPOCHS = 4
_BATCH = 8
_SEED = 1
_LEAST_S = 0.05
"""CPU time of one turn at least: the clock of a process is coarse."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Row:
    """One network in one form."""

    network: str
    form: str
    window_ms: float
    least_ms: float
    most_ms: float
    speed: float
    """Times as fast as float32 in the same runtime."""
    mean_error: float
    """Of the answers, from float32 in the same runtime."""


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", action="append", choices=_NETWORKS, default=None)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [
        row
        for name in options.network or _NETWORKS
        for row in compare(name, max(5, options.rounds))
    ]
    facts = {
        "packages": {n: version(n) for n in ("ai-edge-litert", "onnxruntime", "tensorflow")},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": os.getloadavg()[0],
    }
    if options.json:
        print(json.dumps({**facts, "rows": [asdict(row) for row in rows]}, indent=2))
    else:
        _print(rows, facts)


def compare(name: str, rounds: int) -> list[Row]:
    """Return every form of one network, timed turn by turn."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        # TensorFlow stays out of the process that measures.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
            rows, inputs = child.submit(learn, name, place).result()
        subject = Subject(network=name, weights=place / "network.weights.h5", rows=rows)
        networks = _forms(subject, inputs[:_CALIBRATE], place)
    windows = inputs[-_ASK:]
    answers = {form: np.stack([answer(n, w) for w in windows]) for form, n in networks.items()}
    turns: dict[str, list[float]] = {form: [] for form in networks}
    for _ in range(rounds):
        for form, network in networks.items():
            turns[form].append(_turn_ms(network, windows))
    medians = {form: statistics.median(times) for form, times in turns.items()}
    made = []
    for form, times in turns.items():
        floating = f"{form.split()[0]} float32"
        made.append(
            Row(
                network=name,
                form=form,
                window_ms=medians[form],
                least_ms=min(times),
                most_ms=max(times),
                speed=medians[floating] / medians[form],
                mean_error=float(np.abs(answers[form] - answers[floating]).mean()),
            )
        )
    return made


def learn(name: str, place: Path) -> tuple[int | None, Array]:
    """Train a network for a moment, in a process of its own; return rows and examples."""
    import keras  # noqa: PLC0415 - TensorFlow is for the child

    from training.models.compiling import compile_network  # noqa: PLC0415
    from training.zoo import network  # noqa: PLC0415
    from training.zoo_probe import probe_examples, probe_rows  # noqa: PLC0415

    keras.utils.set_random_seed(_SEED)
    entry = network(name)
    model = entry.build()
    compile_network(model, entry.sound)
    examples = probe_examples(entry.sound, _LEARN, _SEED)
    model.fit(examples.inputs, examples.targets, batch_size=_BATCH, epochs=_EPOCHS, verbose=0)
    model.save_weights(place / "network.weights.h5")
    return probe_rows(entry.sound), examples.inputs


def _forms(subject: Subject, calibration: Array, place: Path) -> dict[str, Network]:
    networks: dict[str, Network] = {}
    for file_format in FORMATS:
        runtime = RUNTIMES[file_format][0]
        for scheme, made in convert_network(subject, SCHEMES, file_format, calibration).items():
            refusal = _refusal(made, runtime, calibration)
            if refusal is not None:
                print(f"{subject.network} {runtime} {scheme}: {refusal}")
                continue
            networks[f"{runtime} {scheme}"] = load_network(made.content, prefer=runtime)
            if (file_format, scheme) == ("onnx", "float32"):
                networks[f"{runtime} dynamic"] = _dynamic(made.content, place, runtime)
    return networks


def _refusal(made: Converted | ExportError, runtime: str, windows: Array) -> str | None:
    """Return why a form cannot be timed here; a file that ends its runtime ends a child."""
    if isinstance(made, ExportError):
        return made.reason
    try:
        run_file(made.content, runtime, windows[:1])
    except ExportError as error:
        return error.reason
    return None


def _dynamic(content: bytes, place: Path, runtime: str) -> Network:
    """Return what the exporter refuses, to show why."""
    from onnxruntime.quantization import quantize_dynamic  # noqa: PLC0415 - heavy

    floating, dynamic = place / "float32.onnx", place / "dynamic.onnx"
    floating.write_bytes(content)
    quantize_dynamic(floating, dynamic)
    return load_network(dynamic, prefer=runtime)


def _turn_ms(network: Network, windows: Array) -> float:
    """Return the CPU time of a window, ms, over at least `_LEAST_S`."""
    begin, count = time.process_time(), 0
    while time.process_time() - begin < _LEAST_S:
        for window in windows:
            answer(network, window)
        count += len(windows)
    return (time.process_time() - begin) / count * 1e3


def _print(rows: list[Row], facts: dict[str, object]) -> None:
    print(", ".join(f"{key}: {value}" for key, value in facts.items()))
    print("| network | form | ms a window | least to most | times float32's speed | mean error |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| `{row.network}` | {row.form} | {row.window_ms:.3g} | {row.least_ms:.3g} to "
            f"{row.most_ms:.3g} | {row.speed:.2f} | {row.mean_error:.2g} |"
        )
    int8 = [row.speed for row in rows if row.form == "ai-edge-litert int8"]
    if int8:
        print(f"int8 in LiteRT: {min(int8):.2f} to {max(int8):.2f} times as fast; goal {_TARGET}")


if __name__ == "__main__":
    main()
