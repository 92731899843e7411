"""Conversion of a network of the zoo, window in and answer out, to .tflite in a child process.

    python -m training.export.tflite JOB.json

Three schemes: float32; int8 (full integer, int8 in and out); int16 (16-bit activations, 8-bit
weights and 32-bit biases: with 64-bit biases, which it has where 32 bits could wrap, operators
fall back to reference kernels, several times slower than float). The child bears what the converter
does to a process.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from training.errors import ExportError
from training.export.child import run_child
from training.export.subject import Scheme, Subject

BiasBits = Literal[32, 64]


class TfliteJob(BaseModel):
    """What the child is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Subject = Field(title="Subject", description="What is converted")
    scheme: Scheme = Field(title="Scheme", description="How numbers are kept")
    bias_bits: BiasBits = Field(title="Biases", description="Bits of the biases of int16")
    calibration: Path | None = Field(title="Calibration", description="Examples, stacked")
    output: Path = Field(title="Output", description="The file to write")


def convert_to_tflite(
    subject: Subject,
    scheme: Scheme,
    calibration: NDArray[np.float32] | None = None,
    *,
    bias_bits: BiasBits = 32,
) -> bytes:
    """Return a network as a .tflite file.

    Args:
        subject: The trained network.
        scheme: How numbers are kept.
        calibration: Examples of the training data, stacked; float32 needs none.
        bias_bits: Of int16: 32, or 64 where 32 could wrap (`tflite_gates`).

    Raises:
        ExportError: The conversion failed; the error has the converter's own words.
    """
    name = f"{subject.network} as {scheme}"
    if scheme != "float32" and calibration is None:
        raise ExportError(name, "it needs calibration examples of the training data")
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        examples = None
        if calibration is not None and scheme != "float32":
            examples = place / "calibration.npy"
            np.save(examples, calibration)
        job = TfliteJob(
            subject=subject.resolved(),
            scheme=scheme,
            bias_bits=bias_bits,
            calibration=examples,
            output=place / "model.tflite",
        )
        return run_child(__name__, job, job.output, name)


def _main(job_file: Path) -> None:
    """Convert; TensorFlow is imported here, in the child alone."""
    import keras  # noqa: PLC0415
    import tensorflow as tf  # noqa: PLC0415

    from training.export.tflite_names import with_short_names  # noqa: PLC0415
    from training.models.convertible import convertible  # noqa: PLC0415
    from training.zoo import network  # noqa: PLC0415

    job = TfliteJob.model_validate_json(job_file.read_text())
    model = network(job.subject.network).build(as_published=job.subject.as_published)
    model.load_weights(job.subject.weights)
    form = convertible(model, job.subject.rows)
    archive = keras.export.ExportArchive()
    archive.track(form)
    signature = tf.TensorSpec(form.input_shape, tf.float32, name=form.inputs[0].name)
    archive.add_endpoint("serve", lambda x: form(x, training=False), input_signature=[signature])
    saved = job_file.parent / "saved"
    archive.write_out(str(saved), verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if job.calibration is not None:
        calibration = np.load(job.calibration)
        ask_for_integers(
            converter,
            job.scheme,
            job.bias_bits,
            lambda: ([example[None]] for example in calibration),
        )
    job.output.write_bytes(with_short_names(converter.convert()))


def ask_for_integers(
    converter: Any,  # noqa: ANN401 - no stubs
    scheme: Scheme,
    bias_bits: BiasBits,
    examples: Callable[[], Iterator[Any]],
) -> None:
    """Set a TFLiteConverter to full integer: integers in, inside and out.

    Args:
        converter: A `TFLiteConverter`.
        scheme: int8 or int16.
        bias_bits: Of the biases of int16.
        examples: Returns the calibration examples, from the first each time.
    """
    import tensorflow as tf  # noqa: PLC0415 - in the child alone

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = examples
    if scheme == "int8":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        number = tf.int8
    else:
        wide = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [wide]
        # A private option, hence the pinned minor version of TensorFlow.
        bias_type = tf.int32 if bias_bits == 32 else tf.int64
        converter._experimental_full_integer_quantization_bias_type = bias_type  # noqa: SLF001
        number = tf.int16
    converter.inference_input_type = number
    converter.inference_output_type = number


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
