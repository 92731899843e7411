"""The card of a model bundle: what the network is, hears and says, and how well.

Unknown fields are refused: a card that needs a reader who knows more says so in
`least_agent_version`, which is looked at first.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from edge.signal.conditioning import ConditioningConfig

ModelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
Probability = Annotated[float, Field(ge=0, le=1)]

NETWORK_FILES = ("model.tflite", "model.onnx")
GOLDEN_FILE = "golden.npz"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileFacts(_Part):
    """What a member of the bundle must be."""

    sha256: Sha256 = Field(title="SHA-256", description="Of the member's content")
    size_bytes: int = Field(gt=0, title="Size", description="Of the member's content, bytes")


class InputFacts(_Part):
    """What the network hears."""

    tensor: str = Field(title="Tensor", description="Input that takes one hop")
    rate_hz: float = Field(gt=0, title="Rate", description="Sampling rate, Hz")
    components: tuple[Literal["Z", "N", "E"], ...] = Field(
        title="Components", description="In the order of the columns"
    )
    unit: Literal["m/s2"] = Field(default="m/s2", title="Unit", description="Before preprocessing")
    hop_samples: int = Field(gt=0, title="Hop", description="New samples a step")
    window_s: float = Field(gt=0, title="Window", description="Past that has a say, seconds")
    warm_up_s: float = Field(
        ge=0, title="Warm-up", description="Seconds after a start in which answers do not count"
    )
    preprocessing: tuple[ConditioningConfig, ...] = Field(
        min_length=1, max_length=1, title="Preprocessing", description="Named steps, in order"
    )


class OutputFacts(_Part):
    """What the network says."""

    tensor: str = Field(title="Tensor", description="Output with the probabilities")
    labels: tuple[str, ...] = Field(min_length=2, title="Labels", description="In their order")
    states: dict[str, str] = Field(
        title="States", description="Output that holds the next value of each state input"
    )


class Tolerance(_Part):
    """How far the golden outputs may differ; int8 differs a little between architectures."""

    worst: Probability = Field(title="Worst", description="Of any one probability")
    mean: Probability = Field(title="Mean", description="Over all probabilities")
    state_mean: float = Field(
        ge=0, title="State", description="Mean over each final state, as a share of its largest"
    )
    conditioned: float = Field(
        ge=0, title="Conditioning", description="Of any one conditioned sample"
    )


class Quantisation(_Part):
    """How numbers are kept in the network."""

    scheme: Literal["float32", "int8", "int16x8"] = Field(title="Scheme", description="Of tensors")
    converter: str = Field(title="Converter", description="Program and version")
    calibration: str = Field(
        default="", title="Calibration", description="Data that set the ranges"
    )


class Metric(_Part):
    """One figure, measured on named data."""

    name: str = Field(title="Name", description="What was measured")
    value: float = Field(title="Value", description="The figure")
    data: str = Field(title="Data", description="On which data, which part")


class TrainingData(_Part):
    """One source of training data."""

    name: str = Field(title="Name", description="Data set")
    licence: str = Field(title="Licence", description="Of the data set")
    recordings: dict[str, int] = Field(title="Recordings", description="Number in each part")


class Card(_Part):
    """The card."""

    format: Literal[1] = Field(default=1, title="Format", description="Of this card")
    name: ModelName = Field(title="Name", description="Of the model")
    version: int = Field(ge=1, title="Version", description="Only ever grows")
    task: Literal["phase-detection"] = Field(title="Task", description="What the model is for")
    summary: str = Field(title="Summary", description="In a sentence or two")
    licence: str = Field(title="Licence", description="Of the model")
    input: InputFacts
    output: OutputFacts
    thresholds: dict[str, Probability] = Field(
        title="Thresholds", description="`trigger`: fire when P or S together reach this"
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
