"""What each installed runtime makes of a file: answers near those of float Keras, CPU time."""

import importlib.util
import re

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from training.errors import ExportError
from training.export.run_file import run_file
from training.export.subject import RUNTIMES, Format

Array = NDArray[np.float32]

LARGEST_SHARE = 0.25
"""Mean error as a share of the range of the outputs, above which a file is of no use."""

_MODULES = {
    "ai-edge-litert": "ai_edge_litert",
    "tflite-runtime": "tflite_runtime",
    "onnxruntime": "onnxruntime",
}
_FOLDERS = re.compile(r"[\w.]*(?:/[\w.+~-]+)+/")
_LONGEST_WORDS = 600


class RuntimeResult(BaseModel):
    """What one runtime made of one file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call_ms: float | None = Field(
        default=None, title="Call", description="CPU time of one window or hop, one thread, ms"
    )
    mean_error: float | None = Field(
        default=None,
        title="Mean error",
        description="Mean difference of outputs from float Keras",
    )
    worst_error: float | None = Field(
        default=None, title="Worst error", description="Largest difference from float Keras"
    )
    failure: str | None = Field(
        default=None, title="Failure", description="Its own words where it does not run the file"
    )


def run_in(runtime: str, content: bytes, inputs: Array, expected: Array) -> RuntimeResult:
    """Return what a runtime makes of a file.

    Args:
        runtime: Its name.
        content: The file.
        inputs: Shape (n, ...); for a stream the traces, shape (n, samples, 3).
        expected: Answers of float Keras, shape (n, ...).
    """
    try:
        answers = run_file(content, runtime, inputs)
    except ExportError as error:
        return RuntimeResult(failure=words_of(error.reason))
    return result_of(answers.outputs, expected, answers.call_ms)


def result_of(outputs: Array, expected: Array, call_ms: float) -> RuntimeResult:
    """Compare answers with those of float Keras; answers that are of no use are a failure."""
    if outputs.shape != expected.shape or not np.isfinite(outputs).all():
        return RuntimeResult(failure=f"answers {outputs.shape} that are no {expected.shape}")
    error = np.abs(outputs - expected)
    mean, worst = rounded(float(error.mean())), rounded(float(error.max()))
    if mean > LARGEST_SHARE * float(np.ptp(expected)):
        return RuntimeResult(
            failure="runs it, but its answers are wrong: from float they differ by "
            f"{mean:g} on average and {worst:g} at worst"
        )
    return RuntimeResult(call_ms=round(call_ms, 3), mean_error=mean, worst_error=worst)


def installed(file_format: Format) -> tuple[str, ...]:
    """Return the runtimes of a format that are installed."""
    return tuple(r for r in RUNTIMES[file_format] if importlib.util.find_spec(_MODULES[r]))


def words_of(reason: str) -> str:
    """Return a program's own words on one line, without the folders of this machine."""
    return " ".join(_FOLDERS.sub("", reason).split())[:_LONGEST_WORDS]


def rounded(value: float) -> float:
    """Keep two digits: more would say nothing and change at every measurement."""
    return float(f"{value:.2g}")
