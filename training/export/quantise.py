"""From a run folder to two bundles: the int8 network and its float parent."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.bundle import Card, Golden, load_bundle, verify_bundle, write_bundle
from edge.bundle.card import (
    InputFacts,
    Metric,
    OutputFacts,
    Quantisation,
    Tolerance,
    TrainingData,
)
from edge.grid import HOP_NS, HOP_SAMPLES
from edge.packet import COMPONENTS, Samples
from edge.runtime.stream import NetworkStream
from edge.runtime.tflite import TfliteNetwork
from edge.signal.conditioning import Conditioner
from edge.timestamps import NANOSECONDS_PER_SECOND
from training.data.batches import draw_batch
from training.data.collection import LICENCES, census, read_collection
from training.data.labels import LABELS
from training.data.mixing import Mixer
from training.data.record import RATE_HZ, Record
from training.data.synthetic import make_event
from training.export.convert import convert
from training.export.gates import Parity, check_int8, measure_parity, operators, run_stream
from training.models.tremor_stream import state_specs
from training.run import RunConfig, RunFolder
from training.score.command import validation_metrics

Scheme = Literal["float32", "int8"]

_CALIBRATION_SEED = 11
_CALIBRATION_EXAMPLES = 96
_CALIBRATION_EVERY = 3
"""Every third step of the calibration streams is shown to the converter."""

_PARITY_SEED = 12
_PARITY_EXAMPLES = 48
_GOLDEN_S = 60.0
_GOLDEN_BEFORE_P_S = 45.0
_WARM_UP_S = 10.0
_HOP_S = HOP_NS / NANOSECONDS_PER_SECOND
_INT8_TOLERANCE = Tolerance(worst=0.35, mean=0.03, state_mean=0.03, conditioned=1e-3)
_FLOAT_TOLERANCE = Tolerance(worst=1e-3, mean=1e-4, state_mean=1e-3, conditioned=1e-3)


@dataclass(frozen=True, slots=True)
class Release:
    """What `quantise` made of a run."""

    int8: Path
    float32: Path
    int8_bytes: int
    float32_bytes: int
    operators: dict[str, int]
    parity: Parity


@dataclass(frozen=True, slots=True)
class Naming:
    """What the makers decide of a bundle."""

    version: int
    threshold: float
    recipe: str
    licence: str


def quantise(run: RunFolder, data: Path, out: Path, naming: Naming) -> Release:
    """Convert the best weights of a run, pass the gates and write the bundles.

    Calibration sees training examples alone; parity and golden vectors come from validation.

    Raises:
        RunError: The run has no weights.
        ExportError: A gate failed.
        DataError: The recordings are not there.
    """
    config = run.config()
    run.weights_sha256()
    records = read_collection(data)
    states = {spec.name: f"next_{spec.name}" for spec in state_specs(config.shape)}
    parent_file = convert(config.shape, run.best_weights, "float32")
    parent = _stream(parent_file, states)
    calibration = calibration_inputs(parent, _examples(config, records, "train"))
    int8_file = convert(config.shape, run.best_weights, "int8", calibration)
    network = TfliteNetwork(int8_file, "ai-edge-litert", "ai_edge_litert.interpreter")
    check_int8(f"{config.network} int8", network, states)
    quantised = NetworkStream(network, "trace", "probabilities", states)
    traces = _examples(config, records, "validation")
    parity = measure_parity(quantised, parent, traces, HOP_SAMPLES)
    golden = _golden(config, parent)
    out.mkdir(parents=True, exist_ok=True)
    paths = {}
    files: dict[Scheme, bytes] = {"float32": parent_file, "int8": int8_file}
    for scheme, content in files.items():
        folder = out if scheme == "int8" else out / "float32"
        folder.mkdir(exist_ok=True)
        card = _card(config, scheme, naming, records, parity)
        networks = {"model.tflite": content}
        draft = write_bundle(folder, card, networks, golden)
        measured = (*card.metrics, *validation_metrics(draft, data))
        finished = card.model_copy(update={"metrics": measured})
        paths[scheme] = write_bundle(folder, finished, networks, golden)
        verify_bundle(load_bundle(paths[scheme]))
    return Release(
        int8=paths["int8"],
        float32=paths["float32"],
        int8_bytes=len(int8_file),
        float32_bytes=len(parent_file),
        operators=operators(network),
        parity=parity,
    )


def _stream(content: bytes, states: dict[str, str]) -> NetworkStream:
    network = TfliteNetwork(content, "ai-edge-litert", "ai_edge_litert.interpreter")
    return NetworkStream(network, "trace", "probabilities", states)


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


def calibration_inputs(
    parent: NetworkStream, traces: Sequence[Samples]
) -> dict[str, NDArray[np.float32]]:
    """Return the inputs, states included, of many steps of the float network."""
    steps: dict[str, list[NDArray[np.float32]]] = {}
    for trace in traces:
        parent.reset()
        for i, hop in enumerate(trace.reshape(-1, HOP_SAMPLES, trace.shape[1])):
            if i % _CALIBRATION_EVERY == 0:
                for name, value in {"trace": hop[None], **parent.state()}.items():
                    steps.setdefault(name, []).append(value.copy())
            parent.push(hop)
    return {name: np.stack(values) for name, values in steps.items()}


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
    data = "validation examples, streamed end to end"
    measured = (
        Metric(name="parity mean", value=round(parity.mean, 6), data=data),
        Metric(name="parity worst", value=round(parity.worst, 6), data=data),
        Metric(name="parity labels flipped", value=round(parity.flipped, 6), data=data),
    )
    return Card(
        name=config.network,
        version=naming.version,
        task="phase-detection",
        summary="Small causal network over a stream: noise, P or S after each quarter second.",
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
            states={spec.name: f"next_{spec.name}" for spec in state_specs(config.shape)},
        ),
        thresholds={"trigger": naming.threshold},
        quantisation=Quantisation(
            scheme=scheme,
            converter=f"TensorFlow {version('tensorflow')}",
            calibration="training examples" if scheme == "int8" else "",
        ),
        tolerance=_INT8_TOLERANCE if scheme == "int8" else _FLOAT_TOLERANCE,
        metrics=measured if scheme == "int8" else (),
        training_data=tuple(
            TrainingData(name=source, licence=LICENCES[source], recordings=parts)
            for source, parts in counts.items()
        ),
        recipe=naming.recipe,
        least_agent_version="0.1.0",
        files={},
    )
