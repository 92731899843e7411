"""Conversion of a network of the zoo, window in and answer out, to .tflite in a child process.

    python -m training.export.window JOB.json

Three schemes: float32; int8 (full integer, int8 in and out); int16x8 (16-bit activations, 8-bit
weights and 32-bit biases: with 64-bit biases, which it has where 32 bits could wrap, operators
fall back to reference kernels, several times slower than float). The child bears what the converter
does to a process.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from training.errors import ExportError

Scheme = Literal["float32", "int8", "int16x8"]
BiasBits = Literal[32, 64]
SCHEMES: tuple[Scheme, ...] = ("float32", "int8", "int16x8")

_TIMEOUT_S = 1800.0
_LAST_WORDS = 8
"""Lines of the child's errors that are passed on."""


class Subject(BaseModel):
    """A trained network of the zoo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str = Field(title="Network", description="Its name in the zoo")
    weights: Path = Field(title="Weights", description="Of the training form")
    rows: int | None = Field(
        default=None, title="Rows", description="Of a window, where the network takes any length"
    )
    as_published: bool = Field(
        default=False, title="As published", description="With the published mistakes"
    )


class WindowJob(BaseModel):
    """What the child is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Subject = Field(title="Subject", description="What is converted")
    scheme: Scheme = Field(title="Scheme", description="How numbers are kept")
    bias_bits: BiasBits = Field(title="Biases", description="Bits of the biases of int16x8")
    calibration: Path | None = Field(title="Calibration", description="Examples, stacked")
    output: Path = Field(title="Output", description="The file to write")


def convert_window(
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
        bias_bits: Of int16x8: 32, or 64 where 32 could wrap (`window_gates`).

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
        job = WindowJob(
            subject=subject.model_copy(update={"weights": subject.weights.resolve()}),
            scheme=scheme,
            bias_bits=bias_bits,
            calibration=examples,
            output=place / "model.tflite",
        )
        return _run(job, place / "job.json", name)


def _run(job: WindowJob, job_file: Path, name: str) -> bytes:
    job_file.write_text(job.model_dump_json())
    try:
        # The program is this interpreter, the arguments are our own file.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", __name__, str(job_file)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(name, f"not done after {_TIMEOUT_S:.0f} s") from error
    if done.returncode != 0 or not job.output.exists():
        words = "\n".join(done.stderr.strip().splitlines()[-_LAST_WORDS:])
        raise ExportError(name, f"exit {done.returncode}: {words}")
    return job.output.read_bytes()


def _main(job_file: Path) -> None:
    """Convert; TensorFlow is imported here, in the child alone."""
    import keras  # noqa: PLC0415
    import tensorflow as tf  # noqa: PLC0415

    from training.models.convertible import convertible  # noqa: PLC0415
    from training.zoo import network  # noqa: PLC0415

    job = WindowJob.model_validate_json(job_file.read_text())
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
        _ask_for_integers(tf, converter, job, np.load(job.calibration))
    job.output.write_bytes(converter.convert())


def _ask_for_integers(
    tf: Any,  # noqa: ANN401 - no stubs
    converter: Any,  # noqa: ANN401 - no stubs
    job: WindowJob,
    calibration: NDArray[np.float32],
) -> None:
    def examples() -> Iterator[list[NDArray[np.float32]]]:
        for example in calibration:
            yield [example[None]]

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = examples
    if job.scheme == "int8":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        number = tf.int8
    else:
        wide = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [wide]
        # A private option, hence the pinned minor version of TensorFlow.
        bias_type = tf.int32 if job.bias_bits == 32 else tf.int64
        converter._experimental_full_integer_quantization_bias_type = bias_type  # noqa: SLF001
        number = tf.int16
    converter.inference_input_type = number
    converter.inference_output_type = number


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
