"""From a run folder of a picker to the bundle that the centre picks with.

The network is an .onnx file that takes any number of windows at once. Its weights are rounded to 16
bits, which halves the file; the arithmetic stays in 32. The card has a threshold of each phase, and
how exact its picks are.
"""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import keras

from edge.bundle.card import Card, Metric
from training.data.pool import Pool
from training.data.record import Part
from training.errors import ExportError
from training.export.bundles import Naming, proven_bundle
from training.export.onnx_gates import check_onnx, look_into_onnx
from training.export.onnx_half import halved, rounded_to_half
from training.export.onnx_names import in_one_form
from training.export.onnx_window import convert_to_onnx
from training.export.phases import PhaseReading, read_phase
from training.export.report import FileReport, Release
from training.export.run_file import run_file
from training.export.runtimes import result_of
from training.export.subject import RUNTIMES
from training.export.window_card import window_card
from training.export.window_data import (
    WindowData,
    chosen_threshold,
    judged,
    subject_of,
    window_data,
)
from training.export.windows import FLOAT, Array, golden_vectors, parity_of, predict
from training.zoo_run import ZooRunFolder

_SCHEME = "float32"
_SIGNIFICANT = 4


def centre_bundle(
    run: ZooRunFolder, pools: Mapping[Part, Pool], out: Path, naming: Naming
) -> Release:
    """Write the bundle for the centre, if it passes every gate.

    Args:
        run: A finished run of a picker.
        pools: Of the parts `train` and `validation`.
        out: Folder for the bundle.
        naming: Version, threshold and words of the card.

    Raises:
        RunError: The run has no weights.
        DataError: There is nothing to judge by.
        ExportError: The network is no picker, or does not convert.
        BundleError: The file fails its own golden vectors.
    """
    recipe = run.config().recipe()
    if recipe.task != "picking":
        raise ExportError(recipe.name, f"is for {recipe.task}; the centre picks with a picker")
    model = run.load_model()
    data = window_data(run, pools, None)
    trained = predict(model, data.inputs)
    model.set_weights(rounded_to_half(model.get_weights()))
    expected = predict(model, data.inputs)
    content = _converted(run, model)
    (runtime,) = RUNTIMES["onnx"]
    answers = run_file(content, runtime, data.inputs)
    threshold = naming.threshold or chosen_threshold(run, data, expected)
    report = FileReport(
        scheme=_SCHEME,
        file_format="onnx",
        size_bytes=len(content),
        operators=look_into_onnx(content).operators,
        parity=parity_of(answers.outputs, trained),
        runtimes={runtime: result_of(answers.outputs, expected, answers.call_ms)},
    )
    readings = _readings(run, data, answers.outputs)
    figures = judged(run, data, answers.outputs, threshold).figures()
    for reading in readings.values():
        figures |= reading.figures
    thresholds = {name: reading.threshold for name, reading in readings.items()}
    if threshold is not None:
        thresholds["trigger"] = threshold
    card = _card(window_card(run, _SCHEME, naming, _metrics(figures, data)), thresholds)
    golden = golden_vectors(run, model)
    path = proven_bundle(out, card, {"model.onnx": content}, golden)
    return Release(
        network=recipe.name,
        version=naming.version,
        threshold=threshold,
        data=data.told,
        bundles={_SCHEME: path},
        files=(report,),
        accuracy={FLOAT: judged(run, data, trained, threshold).figures(), _SCHEME: figures},
    )


def _card(plain: Card, thresholds: dict[str, float]) -> Card:
    """Return a card that says what was done to the weights, and from where on a pick is one."""
    converter = f"tf2onnx {version('tf2onnx')}; weights rounded to 16 bits"
    quantisation = plain.quantisation.model_copy(update={"converter": converter})
    return plain.model_copy(update={"thresholds": thresholds, "quantisation": quantisation})


def _converted(run: ZooRunFolder, model: keras.Model) -> bytes:
    """Return the .onnx file of a network whose weights are rounded already."""
    name = run.config().network
    with TemporaryDirectory() as scratch:
        weights = Path(scratch) / "rounded.weights.h5"
        model.save_weights(weights)
        subject = subject_of(run).model_copy(update={"weights": weights})
        content = in_one_form(halved(convert_to_onnx(subject, (_SCHEME,), many=True)[_SCHEME]))
    check_onnx(name, look_into_onnx(content), _SCHEME)
    return content


def _readings(run: ZooRunFolder, data: WindowData, outputs: Array) -> dict[str, PhaseReading]:
    recipe = run.config().recipe()
    if data.examples is None:
        raise ExportError(recipe.name, "the validation windows have no onsets")
    return {
        phase: read_phase(phase, outputs[..., i], data.examples, recipe.input.rate_hz)
        for i, phase in enumerate(recipe.labels)
    }


def _metrics(figures: Mapping[str, float], data: WindowData) -> tuple[Metric, ...]:
    return tuple(
        Metric(name=name, value=float(f"{value:.{_SIGNIFICANT}g}"), data=data.told)
        for name, value in figures.items()
    )
