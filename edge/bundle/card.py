"""The card of a model bundle: what the network is, hears and says, and how well.

Unknown fields are refused: a card that needs a reader who knows more says so in
`least_agent_version`, which is looked at first.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edge.bundle.facts import (
    AnyInput,
    AnyOutput,
    InputFacts,
    OutputFacts,
    Part,
    WindowInputFacts,
    WindowOutputFacts,
)

__all__ = [
    "Card",
    "FileFacts",
    "InputFacts",
    "Metric",
    "OutputFacts",
    "Quantisation",
    "Tolerance",
    "TrainingData",
    "WindowInputFacts",
    "WindowOutputFacts",
]

ModelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
Probability = Annotated[float, Field(ge=0, le=1)]

NETWORK_FILES = ("model.tflite", "model.onnx")
GOLDEN_FILE = "golden.npz"


class FileFacts(Part):
    """What a member of the bundle must be."""

    sha256: Sha256 = Field(title="SHA-256", description="Of the member's content")
    size_bytes: int = Field(gt=0, title="Size", description="Of the member's content, bytes")


class Tolerance(Part):
    """How far the golden outputs may differ; int8 differs a little between architectures."""

    worst: float = Field(ge=0, title="Worst", description="Of any one output")
    mean: float = Field(ge=0, title="Mean", description="Over all outputs")
    state_mean: float = Field(
        default=0.0,
        ge=0,
        title="State",
        description="Mean over each final state, as a share of its largest",
    )
    conditioned: float = Field(
        ge=0, title="Conditioning", description="Of any one conditioned sample or feature"
    )


class Quantisation(Part):
    """How numbers are kept in the network."""

    scheme: Literal["float32", "int8", "int16x8"] = Field(title="Scheme", description="Of tensors")
    converter: str = Field(title="Converter", description="Program and version")
    calibration: str = Field(
        default="", title="Calibration", description="Data that set the ranges"
    )


class Metric(Part):
    """One figure, measured on named data."""

    name: str = Field(title="Name", description="What was measured")
    value: float = Field(title="Value", description="The figure")
    data: str = Field(title="Data", description="On which data, which part")


class TrainingData(Part):
    """One source of training data."""

    name: str = Field(title="Name", description="Data set")
    licence: str = Field(title="Licence", description="Of the data set")
    recordings: dict[str, int] = Field(title="Recordings", description="Number in each part")


class Card(Part):
    """The card."""

    format: Literal[1] = Field(default=1, title="Format", description="Of this card")
    name: ModelName = Field(title="Name", description="Of the model")
    version: int = Field(ge=1, title="Version", description="Only ever grows")
    task: Literal[
        "detection",
        "picking",
        "phase-detection",
        "classification",
        "regression",
        "volcano-sequence",
    ] = Field(title="Task", description="What the model is for")
    summary: str = Field(title="Summary", description="In a sentence or two")
    licence: str = Field(title="Licence", description="Of the model")
    input: AnyInput
    output: AnyOutput
    thresholds: dict[str, Probability] = Field(
        title="Thresholds", description="`trigger`: fire when the score reaches this"
    )
    quantisation: Quantisation
    tolerance: Tolerance
    metrics: tuple[Metric, ...] = Field(title="Metrics", description="How well it does")
    training_data: tuple[TrainingData, ...] = Field(
        title="Training data", description="What it learned from"
    )
    recipe: str = Field(title="Recipe", description="Command that makes it again")
    least_agent_version: Version = Field(
        title="Least agent", description="Oldest edge-agent that can run it"
    )
    files: dict[str, FileFacts] = Field(title="Files", description="Every other member")

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        stream = isinstance(self.input, InputFacts)
        if stream != isinstance(self.output, OutputFacts):
            raise ValueError(f"input is of a {self.input.kind}, output is {self.output.reading}")
        # A tolerance of one would let a probability be anything; a value has no such bounds.
        if self.output.reading != "value" and max(self.tolerance.worst, self.tolerance.mean) > 1:
            raise ValueError(f"tolerance of probabilities is {self.tolerance.worst}, above 1")
        if isinstance(self.output, WindowOutputFacts):
            _check_newest(self.output.newest_s, self.input.window_s)
        return self


def _check_newest(newest_s: float | None, window_s: float) -> None:
    if newest_s is not None and newest_s > window_s:
        raise ValueError(f"newest_s {newest_s} is longer than the window of {window_s} s")
