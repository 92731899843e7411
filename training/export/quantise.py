"""From a run folder of `tremor_stream` to bundles: integer networks and their float parent."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np

from edge.bundle import Card, Golden
from edge.bundle.card import (
    InputFacts,
    Metric,
    OutputFacts,
    Quantisation,
    Tolerance,
    TrainingData,
)
from edge.errors import BundleError
from edge.grid import HOP_NS, HOP_SAMPLES
from edge.packet import COMPONENTS, Samples
from edge.runtime.stream import NetworkStream
from edge.signal.conditioning import Conditioner
from edge.timestamps import NANOSECONDS_PER_SECOND
from training.data.batches import draw_batch
from training.data.collection import LICENCES, census, read_collection
from training.data.labels import LABELS
from training.data.mixing import Mixer
from training.data.record import RATE_HZ, Record
from training.data.synthetic import make_event
from training.errors import ExportError
from training.export.bundles import Naming, Wanted, folder_of, proven_bundle
from training.export.gates import measure_parity, open_stream, run_stream
from training.export.network import Converted
from training.export.report import FileReport, Parity, Release
from training.export.runtimes import installed, run_in
from training.export.stream import StreamSubject, convert_stream, float_parent, states_of
from training.export.subject import CARD_SCHEMES, Format, Scheme
from training.run import RunConfig, RunFolder
from training.score.command import validation_metrics

_CALIBRATION_SEED = 11
_CALIBRATION_EXAMPLES = 96
_PARITY_SEED = 12
_PARITY_EXAMPLES = 48
_TIMED_TRACES = 2
_GOLDEN_S = 60.0
_GOLDEN_BEFORE_P_S = 45.0
_WARM_UP_S = 10.0
_HOP_S = HOP_NS / NANOSECONDS_PER_SECOND
_TOLERANCES = {
    "float32": Tolerance(worst=1e-3, mean=1e-4, state_mean=1e-3, conditioned=1e-3),
    "int8": Tolerance(worst=0.35, mean=0.03, state_mean=0.03, conditioned=1e-3),
    "int16": Tolerance(worst=0.05, mean=3e-3, state_mean=3e-3, conditioned=1e-3),
}
_DATA = "OpenEEW validation events, station pipeline"
_SUMMARY = "Small causal network over a stream: noise, P or S after each quarter second."
_PARITY_DATA = "validation examples, streamed end to end"


def quantise(run: RunFolder, data: Path, out: Path, naming: Naming, wanted: Wanted) -> Release:
    """Convert the best weights of a run, pass the gates and write a bundle a scheme.

    Calibration sees training examples alone; parity and golden vectors come from validation.

    What does not pass a gate or its own golden vectors is left out and told in `failures`; the
    others are written all the same.

    Raises:
        RunError: The run has no weights.
        ExportError: The float form cannot be had.
        DataError: The recordings are not there.
    """
    config = run.config()
    run.weights_sha256()
    records = read_collection(data)
    subject = StreamSubject(config.shape, run.best_weights)
    parent = float_parent(subject)
    calibration = _examples(config, records, "train")
    traces = _examples(config, records, "validation")
    golden = _golden(config, parent)
    bundles: dict[Scheme, Path] = {}
    files: list[FileReport] = []
    accuracy: dict[str, dict[str, float]] = {}
    failures: dict[str, str] = {}
    for scheme in wanted.schemes:
        made = _convert(subject, scheme, wanted.formats, parent, calibration, failures)
        if not made:
            continue
        reports = [_report(one, subject, parent, traces) for one in made]
        card = _card(config, scheme, naming, records, reports[0].parity)
        networks = {f"model.{one.file_format}": one.content for one in made}
        try:
            draft = proven_bundle(folder_of(out, scheme), card, networks, golden)
            measured = validation_metrics(draft, data)
            finished = card.model_copy(update={"metrics": (*card.metrics, *measured)})
            bundles[scheme] = proven_bundle(draft.parent, finished, networks, golden)
        except BundleError as error:
            failures[scheme] = str(error)
            continue
        accuracy[scheme] = {metric.name: metric.value for metric in measured}
        files += reports
    return Release(
        network=config.network,
        version=naming.version,
        threshold=naming.threshold,
        data=_DATA,
        bundles=bundles,
        files=tuple(files),
        accuracy=accuracy,
        failures=failures,
    )


def _convert(
    subject: StreamSubject,
    scheme: Scheme,
    formats: Sequence[Format],
    parent: NetworkStream,
    calibration: Sequence[Samples],
    failures: dict[str, str],
) -> list[Converted]:
    """Return the files of a scheme that pass; `failures` takes the reasons of the others."""
    made = []
    for file_format in formats:
        try:
            made.append(convert_stream(subject, scheme, file_format, parent, calibration))
        except ExportError as error:
            failures[f"{scheme} {file_format}"] = error.reason
    return made


def _report(
    made: Converted, subject: StreamSubject, parent: NetworkStream, traces: Sequence[Samples]
) -> FileReport:
    stream = open_stream(made.content, made.file_format, subject.states)
    some = np.stack(traces[:_TIMED_TRACES])
    expected = np.stack([run_stream(parent, trace, HOP_SAMPLES) for trace in some])
    return FileReport(
        scheme=made.scheme,
        file_format=made.file_format,
        size_bytes=len(made.content),
        operators=made.operators,
        parity=measure_parity(stream, parent, traces, HOP_SAMPLES),
        runtimes={
            runtime: run_in(runtime, made.content, some, expected)
            for runtime in installed(made.file_format)
        },
        bias_bits=made.bias_bits,
    )


def _examples(
    config: RunConfig, records: Sequence[Record], part: Literal["train", "validation"]
) -> list[Samples]:
    chosen = [record for record in records if record.part == part]
    mixer = Mixer(chosen, config.conditioning, config.mixing, make_event)
    seed, count = (
        (_CALIBRATION_SEED, _CALIBRATION_EXAMPLES)
        if part == "train"
        else (_PARITY_SEED, _PARITY_EXAMPLES)
    )
    traces, _ = draw_batch(mixer, count, (seed,))
    return list(traces)


def _golden(config: RunConfig, parent: NetworkStream) -> Golden:
    """Return golden vectors: a synthetic event in synthetic noise, owned by nobody."""
    rng = np.random.default_rng(_CALIBRATION_SEED)
    count = int(_GOLDEN_S * RATE_HZ)
    samples = 4e-4 * rng.standard_normal((count, 3))
    event = make_event(rng)
    place = int(_GOLDEN_BEFORE_P_S * RATE_HZ)
    piece = event.samples[: count - place]
    samples[place:] += piece * (0.2 / np.abs(piece).max())
    trace = samples.astype(np.float32)
    conditioned = Conditioner(config.conditioning, RATE_HZ)(trace)
    probabilities = run_stream(parent, conditioned, HOP_SAMPLES)
    return Golden(trace, conditioned, probabilities, parent.state())


def _card(
    config: RunConfig, scheme: Scheme, naming: Naming, records: Sequence[Record], parity: Parity
) -> Card:
    counts = census(list(records))
    measured = (
        Metric(name="parity mean", value=round(parity.mean, 6), data=_PARITY_DATA),
        Metric(name="parity worst", value=round(parity.worst, 6), data=_PARITY_DATA),
        Metric(name="parity labels flipped", value=round(parity.flipped, 6), data=_PARITY_DATA),
    )
    return Card(
        name=config.network,
        version=naming.version,
        task="phase-detection",
        summary=f"{_SUMMARY} {naming.remark}".strip(),
        licence=naming.licence,
        input=InputFacts(
            tensor="trace",
            rate_hz=RATE_HZ,
            components=COMPONENTS,
            hop_samples=HOP_SAMPLES,
            window_s=config.shape.context_hops * _HOP_S,
            warm_up_s=_WARM_UP_S,
            preprocessing=(config.conditioning,),
        ),
        output=OutputFacts(
            tensor="probabilities",
            labels=LABELS,
            states=states_of(config.shape),
        ),
        thresholds={"trigger": naming.threshold},
        quantisation=Quantisation(
            scheme=CARD_SCHEMES[scheme],
            converter=f"TensorFlow {version('tensorflow')}",
            calibration="" if scheme == "float32" else "training examples",
        ),
        tolerance=_TOLERANCES[scheme],
        metrics=() if scheme == "float32" else measured,
        training_data=tuple(
            TrainingData(name=source, licence=LICENCES[source], recordings=parts)
            for source, parts in counts.items()
        ),
        recipe=naming.recipe,
        least_agent_version="0.1.0",
        files={},
    )
