"""Conversion of the step form to .tflite; run as a program, in a process of its own.

    python -m training.export.convert JOB.json

Some conversions end in a segmentation fault, and TensorFlow keeps half a gigabyte: a child
process bears both. `convert` starts it and tells its failure as an `ExportError`.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from training.errors import ExportError
from training.models.tremor_stream import TremorStreamConfig

Inputs = dict[str, NDArray[np.float32]]


class _Job(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: TremorStreamConfig
    weights: Path
    scheme: Literal["float32", "int8"]
    calibration: Path | None
    output: Path


def convert(
    shape: TremorStreamConfig,
    weights: Path,
    scheme: Literal["float32", "int8"],
    calibration: Inputs | None = None,
) -> bytes:
    """Return the step form as a .tflite file.

    Args:
        shape: Shape of the network.
        weights: Trained weights of the batch form.
        scheme: How numbers are kept.
        calibration: For int8: every input of many steps, stacked along a new first axis.

    Raises:
        ExportError: The conversion failed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        examples = place / "calibration.npz" if calibration is not None else None
        if examples is not None and calibration is not None:
            # A stub of NumPy takes the first keyword for another parameter.
            np.savez(examples, **calibration)  # type: ignore[arg-type]
        output = place / "model.tflite"
        job = _Job(
            shape=shape,
            weights=weights.resolve(),
            scheme=scheme,
            calibration=examples,
            output=output,
        )
        job_file = place / "job.json"
        job_file.write_text(job.model_dump_json())
        # The program is this interpreter, the arguments are our own file.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "training.export.convert", str(job_file)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or not output.exists():
            tail = "\n".join(done.stderr.strip().splitlines()[-8:])
            raise ExportError(f"{weights.name} as {scheme}", f"exit {done.returncode}: {tail}")
        return output.read_bytes()


def _main(job_file: Path) -> None:
    """Convert; TensorFlow is imported here, in the child alone."""
    import keras  # noqa: PLC0415
    import tensorflow as tf  # noqa: PLC0415

    from training.models.tremor_stream import TremorStreamStep, build  # noqa: PLC0415

    job = _Job.model_validate_json(job_file.read_text())
    batch = build(job.shape)
    batch.load_weights(job.weights)
    step = TremorStreamStep(batch, job.shape)
    example = step.zero_inputs()
    step(example)
    archive = keras.export.ExportArchive()
    archive.track(step)
    signature = {
        name: tf.TensorSpec(value.shape, tf.float32, name=name) for name, value in example.items()
    }
    archive.add_endpoint("serve", step.call, input_signature=[signature])
    saved = job_file.parent / "saved"
    archive.write_out(str(saved), verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    if job.scheme == "int8":
        _ask_for_int8(tf, converter, job)
    job.output.write_bytes(converter.convert())


def _ask_for_int8(tf: Any, converter: Any, job: _Job) -> None:  # noqa: ANN401 - no stubs
    if job.calibration is None:
        raise ExportError(job.weights.name, "int8 needs calibration data")
    with np.load(job.calibration) as archive:
        inputs = {name: archive[name] for name in archive.files}

    def examples() -> Iterator[Inputs]:
        for i in range(len(inputs["trace"])):
            yield {name: values[i] for name, values in inputs.items()}

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = examples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
