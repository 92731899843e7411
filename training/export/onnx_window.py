"""Conversion of a network of the zoo, window in and answer out, to .onnx in a child process.

    python -m training.export.onnx_window JOB.json

The schemes are those of `training.export.tflite`; a quantised file takes and gives floating point.
"""

import io
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from training.errors import ExportError
from training.export.child import run_child
from training.export.subject import Scheme, Subject

OUTPUT = "output_0"
"""As TensorFlow names it in a .tflite file."""


class OnnxJob(BaseModel):
    """What the child is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Subject = Field(title="Subject", description="What is converted")
    many: bool = Field(default=False, title="Many", description="Takes many windows at once")
    schemes: tuple[Scheme, ...] = Field(title="Schemes", description="How numbers are kept")
    calibration: Path | None = Field(title="Calibration", description="Examples, stacked")
    output: Path = Field(title="Output", description="The archive to write, a member a scheme")


def convert_to_onnx(
    subject: Subject,
    schemes: Sequence[Scheme],
    calibration: NDArray[np.float32] | None = None,
    *,
    many: bool = False,
) -> dict[Scheme, bytes]:
    """Return a network as .onnx files, one a scheme.

    Args:
        subject: The trained network.
        schemes: How numbers are kept.
        calibration: Examples of the training data, stacked; float32 needs none.
        many: The file takes any number of windows at once; not for recurrent networks.

    Raises:
        ExportError: The conversion failed; the error has the converter's own words.
    """
    name = f"{subject.network} as {', '.join(schemes)}"
    integers = any(scheme != "float32" for scheme in schemes)
    if integers and calibration is None:
        raise ExportError(name, "it needs calibration examples of the training data")
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        examples = None
        if calibration is not None and integers:
            examples = place / "calibration.npy"
            np.save(examples, calibration)
        job = OnnxJob(
            subject=subject.resolved(),
            many=many,
            schemes=tuple(schemes),
            calibration=examples,
            output=place / "models.zip",
        )
        content = run_child(__name__, job, job.output, name)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {scheme: archive.read(scheme) for scheme in schemes}


def _main(job_file: Path) -> None:
    """Convert; TensorFlow is imported here, in the child alone."""
    from training.export.onnx_file import name_outputs, to_onnx  # noqa: PLC0415
    from training.export.onnx_gaps import close_gaps  # noqa: PLC0415
    from training.export.onnx_integers import quantised  # noqa: PLC0415
    from training.models.onnx_form import onnx_form  # noqa: PLC0415
    from training.zoo import network  # noqa: PLC0415

    job = OnnxJob.model_validate_json(job_file.read_text())
    model = network(job.subject.network).build(as_published=job.subject.as_published)
    model.load_weights(job.subject.weights)
    form = onnx_form(model, job.subject.rows, None if job.many else 1)
    inputs = [(tensor.name, tensor.shape) for tensor in form.model.inputs]
    proto = to_onnx(lambda *x: form.answers(x), inputs)
    close_gaps(proto, form.gaps)
    name_outputs(proto, [OUTPUT])
    (given, _), *_ = inputs
    examples = [] if job.calibration is None else np.load(job.calibration)
    fed = [{given: example[None]} for example in examples]
    with zipfile.ZipFile(job.output, "w") as archive:
        for scheme in job.schemes:
            plain = scheme == "float32"
            archive.writestr(
                scheme, proto.SerializeToString() if plain else quantised(proto, scheme, fed)
            )


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
