"""Conversion of the step form to .tflite or .onnx; run as a program, in a process of its own.

    python -m training.export.convert JOB.json

`convert` starts it and tells its failure as an `ExportError`.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from training.errors import ExportError
from training.export.child import run_child
from training.export.subject import Format, Scheme
from training.models.tremor_stream import TremorStreamConfig

Inputs = dict[str, NDArray[np.float32]]


class _Job(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: TremorStreamConfig
    weights: Path
    scheme: Scheme
    file_format: Format
    calibration: Path | None
    output: Path


def convert(
    shape: TremorStreamConfig,
    weights: Path,
    scheme: Scheme,
    calibration: Inputs | None = None,
    *,
    file_format: Format = "tflite",
) -> bytes:
    """Return the step form as a file.

    Args:
        shape: Shape of the network.
        weights: Trained weights of the batch form.
        scheme: How numbers are kept.
        calibration: For integers: every input of many steps, stacked along a new first axis.
        file_format: Of the file.

    Raises:
        ExportError: The conversion failed.
    """
    name = f"{weights.name} as {scheme}"
    if scheme != "float32" and calibration is None:
        raise ExportError(name, "it needs calibration examples of the training data")
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        examples = place / "calibration.npz" if calibration is not None else None
        if examples is not None and calibration is not None:
            # A stub of NumPy takes the first keyword for another parameter.
            np.savez(examples, **calibration)  # type: ignore[arg-type]
        job = _Job(
            shape=shape,
            weights=weights.resolve(),
            scheme=scheme,
            file_format=file_format,
            calibration=examples,
            output=place / f"model.{file_format}",
        )
        return run_child(__name__, job, job.output, name)


def _main(job_file: Path) -> None:
    """Convert; TensorFlow is imported here, in the child alone."""
    from training.models.tremor_stream import TremorStreamStep, build  # noqa: PLC0415

    job = _Job.model_validate_json(job_file.read_text())
    batch = build(job.shape)
    batch.load_weights(job.weights)
    step = TremorStreamStep(batch, job.shape)
    make = _tflite if job.file_format == "tflite" else _onnx
    job.output.write_bytes(make(step, job))


def _onnx(step: Any, job: _Job) -> bytes:  # noqa: ANN401 - a class of the child's own imports
    from training.export.onnx_file import name_outputs, to_onnx  # noqa: PLC0415
    from training.export.onnx_integers import quantised  # noqa: PLC0415

    inputs = step.zero_inputs()
    outputs = sorted(step(inputs))

    def advance(*values: Any) -> list[Any]:  # noqa: ANN401 - tensors
        answers = step(dict(zip(inputs, values, strict=True)))
        return [answers[name] for name in outputs]

    model = to_onnx(advance, [(name, value.shape) for name, value in inputs.items()])
    name_outputs(model, outputs)
    if job.scheme == "float32":
        return model.SerializeToString()
    return quantised(model, job.scheme, list(_examples(job)))


def _tflite(step: Any, job: _Job) -> bytes:  # noqa: ANN401 - a class of the child's own imports
    import keras  # noqa: PLC0415
    import tensorflow as tf  # noqa: PLC0415

    from training.export.tflite import ask_for_integers  # noqa: PLC0415

    example = step.zero_inputs()
    step(example)
    archive = keras.export.ExportArchive()
    archive.track(step)
    signature = {
        name: tf.TensorSpec(value.shape, tf.float32, name=name) for name, value in example.items()
    }
    archive.add_endpoint("serve", step.call, input_signature=[signature])
    saved = job.output.parent / "saved"
    archive.write_out(str(saved), verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    if job.scheme != "float32":
        ask_for_integers(converter, job.scheme, 32, lambda: _examples(job))
    return bytes(converter.convert())


def _examples(job: _Job) -> Iterator[Inputs]:
    """Yield the inputs of each calibration step."""
    assert job.calibration is not None
    with np.load(job.calibration) as archive:
        inputs = {name: archive[name] for name in archive.files}
    for i in range(len(inputs["trace"])):
        yield {name: values[i] for name, values in inputs.items()}


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
