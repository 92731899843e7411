"""`tremor_stream` as files: conversion of the step form with its states, and its gates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.grid import HOP_SAMPLES
from edge.packet import Samples
from edge.runtime.stream import NetworkStream
from training.export.convert import convert
from training.export.gates import check_stream, open_stream
from training.export.network import Converted
from training.export.subject import Format, Scheme
from training.models.tremor_stream import TremorStreamConfig, state_specs

_CALIBRATION_EVERY = 3
"""Every third step of the calibration streams is shown to the converter."""
_TRACE, _FIRST_STATE = "trace", "stem_0"


@dataclass(frozen=True, slots=True)
class StreamSubject:
    """A trained `tremor_stream`."""

    shape: TremorStreamConfig
    weights: Path

    @property
    def states(self) -> dict[str, str]:
        """Output that holds the next value of each state input."""
        return states_of(self.shape)


def states_of(shape: TremorStreamConfig) -> dict[str, str]:
    """Return the output that holds the next value of each state input."""
    return {spec.name: f"next_{spec.name}" for spec in state_specs(shape)}


def float_parent(subject: StreamSubject) -> NetworkStream:
    """Return the float step form at the beginning of a stream.

    Raises:
        ExportError: The conversion failed.
    """
    content = convert(subject.shape, subject.weights, "float32")
    return open_stream(content, "tflite", subject.states)


def convert_stream(
    subject: StreamSubject,
    scheme: Scheme,
    file_format: Format,
    parent: NetworkStream,
    traces: Sequence[Samples],
) -> Converted:
    """Convert the step form and check what came of it.

    Args:
        subject: The trained network.
        scheme: How numbers are kept.
        file_format: Of the file.
        parent: Its float step form, for the states of the calibration.
        traces: Conditioned training examples.

    Raises:
        ExportError: The conversion failed or the file did not pass.
    """
    inputs = None if scheme == "float32" else calibration_inputs(parent, traces)
    content = convert(subject.shape, subject.weights, scheme, inputs, file_format=file_format)
    name = f"tremor_stream as {scheme}"
    operators = check_stream(name, content, scheme, file_format, subject.states)
    bias_bits = 32 if (scheme, file_format) == ("int16", "tflite") else None
    return Converted(scheme, file_format, content, operators, bias_bits)


def calibration_inputs(
    parent: NetworkStream, traces: Sequence[Samples]
) -> dict[str, NDArray[np.float32]]:
    """Return the inputs, states included, of many steps of the float network.

    The converter sets a tensor's scale by the largest value that it is shown, and a state must
    leave in the scale in which it enters: so every state is shown at its largest, and the first
    one, which holds samples of the trace, with the trace's largest.
    """
    steps: dict[str, list[NDArray[np.float32]]] = {}
    for trace in traces:
        whole = _steps_of(parent, trace)
        for i in _chosen(whole):
            for name, values in whole.items():
                steps.setdefault(name, []).append(values[i])
        for name, value in _with_the_largest_sample(whole).items():
            steps[name].append(value)
    return {name: np.stack(values) for name, values in steps.items()}


def _steps_of(parent: NetworkStream, trace: Samples) -> dict[str, list[NDArray[np.float32]]]:
    """Return every input at every step of one stream."""
    steps: dict[str, list[NDArray[np.float32]]] = {}
    parent.reset()
    for hop in trace.reshape(-1, HOP_SAMPLES, trace.shape[1]):
        for name, value in {_TRACE: hop[None], **parent.state()}.items():
            steps.setdefault(name, []).append(value.copy())
        parent.push(hop)
    return steps


def _chosen(steps: Mapping[str, Sequence[NDArray[np.float32]]]) -> list[int]:
    """Return every third step, and those in which an input is at its largest."""
    every = range(0, len(steps[_TRACE]), _CALIBRATION_EVERY)
    largest = (
        int(np.argmax([np.abs(value).max() for value in values])) for values in steps.values()
    )
    return sorted({*every, *largest})


def _with_the_largest_sample(
    steps: Mapping[str, Sequence[NDArray[np.float32]]],
) -> dict[str, NDArray[np.float32]]:
    """Return the step of the trace's largest sample with that sample in the first state, too.

    That state keeps the newest samples of each hop alone: a largest one that is an older sample of
    its hop would never be seen there.
    """
    place = int(np.argmax([np.abs(hop).max() for hop in steps[_TRACE]]))
    step = {name: values[place] for name, values in steps.items()}
    hop, past = step[_TRACE][0], step[_FIRST_STATE].copy()
    past[0, -1, 0] = hop[np.abs(hop).max(axis=1).argmax()]
    return {**step, _FIRST_STATE: past}
