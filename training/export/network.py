"""A network of the zoo as a file in any scheme and format, past the gates of that format."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.errors import ExportError
from training.export.onnx_gates import check_onnx, look_into_onnx
from training.export.onnx_window import convert_to_onnx
from training.export.subject import Format, Scheme, Subject
from training.export.tflite import BiasBits, convert_to_tflite
from training.export.tflite_gates import check_tflite, look_into_tflite

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Converted:
    """A file that passed the gates of its format."""

    scheme: Scheme
    file_format: Format
    content: bytes
    operators: dict[str, int]
    """How often each occurs."""
    bias_bits: BiasBits | None = None
    """Of the biases of int16 as TFLite."""
    accumulator_share: float | None = None
    """Largest sum that 16-bit activations can reach there, as a share of 32 bits."""


def convert_network(
    subject: Subject,
    schemes: Sequence[Scheme],
    file_format: Format,
    calibration: Array | None = None,
) -> dict[Scheme, Converted | ExportError]:
    """Convert a network and check what came of it, without running it.

    Args:
        subject: The trained network.
        schemes: How numbers are kept.
        file_format: Of the files.
        calibration: Examples of the training data, stacked; float32 needs none.

    Returns:
        For each scheme the file, or why there is none: the conversion failed or the file did not
        pass, in the converter's own words.
    """
    convert = _each_tflite if file_format == "tflite" else _all_onnx
    return convert(subject, schemes, calibration)


def _each_tflite(
    subject: Subject, schemes: Sequence[Scheme], calibration: Array | None
) -> dict[Scheme, Converted | ExportError]:
    made: dict[Scheme, Converted | ExportError] = {}
    for scheme in schemes:
        try:
            made[scheme] = _tflite(subject, scheme, calibration, _name(subject, scheme))
        except ExportError as error:
            made[scheme] = error
    return made


def _all_onnx(
    subject: Subject, schemes: Sequence[Scheme], calibration: Array | None
) -> dict[Scheme, Converted | ExportError]:
    """Convert in one child: the graph is the same for all schemes."""
    try:
        contents = convert_to_onnx(subject, schemes, calibration)
    except ExportError as error:
        return dict.fromkeys(schemes, error)
    made: dict[Scheme, Converted | ExportError] = {}
    for scheme, content in contents.items():
        try:
            facts = look_into_onnx(content)
            check_onnx(_name(subject, scheme), facts, scheme)
            made[scheme] = Converted(scheme, "onnx", content, facts.operators)
        except ExportError as error:
            made[scheme] = error
    return made


def _name(subject: Subject, scheme: Scheme) -> str:
    return f"{subject.network} as {scheme}"


def _tflite(subject: Subject, scheme: Scheme, calibration: Array | None, name: str) -> Converted:
    """Convert; biases have 64 bits where a sum of 16-bit activations may leave 32."""
    bias_bits: BiasBits = 32
    content = convert_to_tflite(subject, scheme, calibration)
    facts = look_into_tflite(content)
    if scheme == "int16" and facts.accumulator_share >= 1:
        bias_bits = 64
        content = convert_to_tflite(subject, scheme, calibration, bias_bits=bias_bits)
        facts = look_into_tflite(content)
    check_tflite(name, facts, scheme, bias_bits)
    if scheme != "int16":
        return Converted(scheme, "tflite", content, facts.operators)
    share = facts.accumulator_share
    return Converted(scheme, "tflite", content, facts.operators, bias_bits, share)
