"""From a run folder of a network of windows to bundles in each scheme and format."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from edge.bundle import Golden
from edge.bundle.card import Metric
from edge.errors import BundleError
from edge.sources.synthetic_waveform import Arrivals, synthesise
from training.data.pool import Pool
from training.data.record import Part
from training.errors import ExportError
from training.export.bundles import Naming, Wanted, folder_of, proven_bundle
from training.export.finetune import Finetuning, finetune
from training.export.network import Converted, convert_network
from training.export.report import FileReport, Parity, Release
from training.export.run_file import run_file
from training.export.runtimes import installed, result_of, run_in, words_of
from training.export.subject import RUNTIMES, Scheme, Subject
from training.export.window_card import input_facts, window_card
from training.export.window_data import (
    WindowData,
    chosen_threshold,
    judged,
    subject_of,
    window_data,
)
from training.models.recipe import Recipe
from training.score.window_metrics import WindowMetrics
from training.zoo_run import ZooRunFolder

Array = NDArray[np.float32]

FLOAT, TUNED = "float Keras", "int8, fine-tuned"
_PREDICTED = 16
"""Windows at a time."""
_OTHER_RUNTIMES = 16
"""Windows shown to runtimes that need not run the file."""
_GOLDEN_SEED = 13
_GOLDEN_NOISE = 4e-4
_GOLDEN_PEAK = 0.2
_GOLDEN_MAGNITUDE, _GOLDEN_DISTANCE_KM, _GOLDEN_S_MINUS_P_S = 5.0, 30.0, 4.0
_SIGNIFICANT = 4
_REMEDY: dict[Scheme, str] = {
    "int8": "try --finetune 2, or take int16",
    "int16": "take float32, or train longer: a network that is unsure rounds badly",
    "float32": "its conversion is at fault, please report it",
}


@dataclass(frozen=True, slots=True)
class _Work:
    """What all schemes share."""

    run: ZooRunFolder
    recipe: Recipe
    subject: Subject
    data: WindowData
    expected: Array
    """Answers of float Keras to the validation windows."""
    naming: Naming
    golden: Golden


@dataclass(frozen=True, slots=True)
class _Form:
    """One file and its answers to the validation windows."""

    made: Converted
    outputs: Array
    report: FileReport


def quantise_windows(
    run: ZooRunFolder,
    pools: Mapping[Part, Pool],
    out: Path,
    naming: Naming,
    wanted: Wanted,
    tuning: Finetuning | None = None,
) -> Release:
    """Convert the best weights of a run, pass the gates and write a bundle a scheme.

    Calibration and fine-tuning see training examples alone; parity, accuracy and the threshold
    come from the validation part.

    Args:
        run: A finished run.
        pools: Of the parts `train` and `validation`.
        out: Folder for the bundles.
        naming: Version, threshold and words of the cards.
        wanted: Schemes and formats.
        tuning: Fine-tune for int8 with quantisation in sight; none: not.

    Raises:
        RunError: The run has no weights.
        DataError: There is nothing to calibrate on or to judge by.
    """
    model = run.load_model()
    work = _prepare(run, model, pools, naming)
    accuracy = {FLOAT: _figures(work, work.expected)}
    bundles: dict[Scheme, Path] = {}
    files: list[FileReport] = []
    untuned = -math.inf
    failures: dict[str, str] = {}
    for scheme, forms in _forms(work, wanted, failures).items():
        _write(work, scheme, forms, out, bundles, failures)
        accuracy[scheme] = _figures(work, forms[0].outputs)
        files += [form.report for form in forms]
        if scheme == "int8":
            untuned = _headline(work, forms[0].outputs)
    if tuning is not None:
        tuned = _tuned(work, model, pools["train"], tuning)
        forms = _forms(tuned, replace(wanted, schemes=("int8",)), failures).get("int8", [])
        if forms:
            accuracy[TUNED] = _figures(work, forms[0].outputs)
        if forms and ("int8" not in bundles or _headline(work, forms[0].outputs) > untuned):
            _write(tuned, "int8", forms, out, bundles, failures)
            files = [one for one in files if one.scheme != "int8"]
            files += [form.report for form in forms]
    return Release(
        network=work.recipe.name,
        version=naming.version,
        threshold=work.naming.threshold,
        data=work.data.told,
        bundles=bundles,
        files=tuple(files),
        accuracy=accuracy,
        failures=failures,
    )


def _prepare(
    run: ZooRunFolder, model: keras.Model, pools: Mapping[Part, Pool], naming: Naming
) -> _Work:
    subject = subject_of(run)
    data = window_data(run, pools, subject.rows)
    expected = predict(model, data.inputs)
    if naming.threshold is None:
        naming = replace(naming, threshold=chosen_threshold(run, data, expected))
    return _Work(
        run=run,
        recipe=run.config().recipe(),
        subject=subject,
        data=data,
        expected=expected,
        naming=naming,
        golden=golden_vectors(run, model),
    )


def _tuned(work: _Work, model: keras.Model, pool: Pool, tuning: Finetuning) -> _Work:
    """Return the work with fine-tuned weights; its golden answers are those of the tuned network.

    Its parity is still told against the network as it was.
    """
    weights = finetune(work.run, pool, tuning)
    model.load_weights(weights)
    return replace(
        work,
        subject=work.subject.model_copy(update={"weights": weights}),
        golden=golden_vectors(work.run, model),
    )


def _headline(work: _Work, outputs: Array) -> float:
    """Return the figure by which forms of a network are compared; more is better."""
    return _judged(work, outputs).headline[1]


def _forms(work: _Work, wanted: Wanted, failures: dict[str, str]) -> dict[Scheme, list[_Form]]:
    """Return the files of each scheme, measured.

    Args:
        work: What is converted.
        wanted: Schemes and formats.
        failures: What did not convert or run is added here, in its own words.
    """
    forms: dict[Scheme, list[_Form]] = {}
    for file_format in wanted.formats:
        made = convert_network(work.subject, wanted.schemes, file_format, work.data.calibration)
        for scheme, one in made.items():
            try:
                if isinstance(one, ExportError):
                    raise one
                forms.setdefault(scheme, []).append(_measure(work, one))
            except ExportError as error:
                failures[f"{scheme} {file_format}"] = words_of(error.reason)
    return forms


def _write(
    work: _Work,
    scheme: Scheme,
    forms: Sequence[_Form],
    out: Path,
    bundles: dict[Scheme, Path],
    failures: dict[str, str],
) -> None:
    """Write the bundle of one scheme; one that fails its own golden vectors is a failure told."""
    metrics = _metrics(work, scheme, forms[0])
    card = window_card(work.run, scheme, work.naming, metrics)
    networks = {f"model.{form.made.file_format}": form.made.content for form in forms}
    try:
        bundles[scheme] = proven_bundle(folder_of(out, scheme), card, networks, work.golden)
    except BundleError as error:
        failures[scheme] = f"{error}; {_REMEDY[scheme]}"
    else:
        failures.pop(scheme, None)


def _measure(work: _Work, made: Converted) -> _Form:
    """Return a file with its answers to the validation windows and what is to be told of it.

    Raises:
        ExportError: The first runtime of its format refuses it, or its answers are of no use.
    """
    first, *others = RUNTIMES[made.file_format]
    answers = run_file(made.content, first, work.data.inputs)
    told = {first: result_of(answers.outputs, work.expected, answers.call_ms)}
    if told[first].failure is not None:
        name = f"{work.subject.network} as {made.scheme} {made.file_format}"
        raise ExportError(name, f"{first} {told[first].failure}")
    some, wished = work.data.inputs[:_OTHER_RUNTIMES], work.expected[:_OTHER_RUNTIMES]
    for runtime in others:
        if runtime in installed(made.file_format):
            told[runtime] = run_in(runtime, made.content, some, wished)
    report = FileReport(
        scheme=made.scheme,
        file_format=made.file_format,
        size_bytes=len(made.content),
        operators=made.operators,
        parity=parity_of(answers.outputs, work.expected),
        runtimes=told,
        bias_bits=made.bias_bits,
    )
    return _Form(made, answers.outputs, report)


def parity_of(outputs: Array, expected: Array) -> Parity:
    """Compare answers of windows, shape (n, ..., labels), with those of float Keras."""
    difference = np.abs(outputs - expected)
    flipped = 0.0
    if expected.shape[-1] > 1:
        flipped = float(np.mean(outputs.argmax(axis=-1) != expected.argmax(axis=-1)))
    return Parity(
        answers=len(outputs),
        mean=float(difference.mean()),
        worst=float(difference.max()),
        p999=float(np.quantile(difference, 0.999)),
        flipped=flipped,
    )


def _judged(work: _Work, outputs: Array) -> WindowMetrics:
    return judged(work.run, work.data, outputs, work.naming.threshold)


def _figures(work: _Work, outputs: Array) -> dict[str, float]:
    return _judged(work, outputs).figures()


def _metrics(work: _Work, scheme: Scheme, form: _Form) -> tuple[Metric, ...]:
    found = _figures(work, form.outputs)
    if scheme != "float32":
        name, value = _judged(work, work.expected).headline
        parity = form.report.parity
        found |= {
            f"{name} of float": value,
            "parity mean": parity.mean,
            "parity worst": parity.worst,
        }
    return tuple(
        Metric(name=name, value=float(f"{value:.{_SIGNIFICANT}g}"), data=work.data.told)
        for name, value in found.items()
    )


def predict(model: keras.Model, inputs: Array) -> Array:
    """Return what a network says of prepared windows, shape (n, ...)."""
    return np.asarray(model.predict(inputs, batch_size=_PREDICTED, verbose=0), np.float32)


def golden_vectors(run: ZooRunFolder, model: keras.Model) -> Golden:
    """Return golden vectors: synthetic noise, and a synthetic event in it, owned by nobody."""
    heard = input_facts(run)
    rng = np.random.default_rng(_GOLDEN_SEED)
    count = heard.window_samples
    p_s = heard.window_s / 2
    arrivals = Arrivals(p_s, p_s + min(_GOLDEN_S_MINUS_P_S, p_s / 2))
    motion = synthesise(_GOLDEN_MAGNITUDE, _GOLDEN_DISTANCE_KM, arrivals, heard.rate_hz, count, rng)
    windows = _GOLDEN_NOISE * rng.standard_normal((2, count, 3))
    windows[1] += motion * (_GOLDEN_PEAK / np.abs(motion).max())
    labels = len(run.config().recipe().labels)
    return Golden.of_windows(
        heard, labels, windows.astype(np.float32), lambda features: predict(model, features)
    )
