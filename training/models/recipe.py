"""What is known of a network beside its layers: task, input, labels, training, source.

Each module of a network holds two recipes: the sound one, which is the default, and the published
one, mistakes included. They differ only in what `differences` lists.
"""

from itertools import pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Task = Literal[
    "detection", "picking", "phase-detection", "classification", "regression", "volcano-sequence"
]
Loss = Literal[
    "binary_crossentropy",
    "categorical_crossentropy",
    "scaled_kl_divergence",
    "mean_squared_error",
    "allowed_answers",
]
Metric = Literal["binary_accuracy", "categorical_accuracy", "accuracy", "mean_absolute_error"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputSpec(_Part):
    """What the network is given."""

    kind: Literal["waveform", "stft", "image", "filter-bank"] = Field(
        title="Kind", description="What one example is"
    )
    shape: tuple[int | None, ...] = Field(
        title="Shape", description="Of one example without the batch; none where any length goes"
    )
    rate_hz: float = Field(gt=0, title="Rate", description="Samples a second of the waveform, Hz")
    window_s: float | None = Field(
        default=None, title="Window", description="Length of one example, s; none for a stream"
    )
    components: str = Field(
        title="Components", description="Their order along the last axis, by their letters"
    )
    step_rows: int = Field(
        default=1,
        ge=1,
        title="Step",
        description="Rows that make one step where any length goes; MACs are counted for one step",
    )

    @property
    def step_shape(self) -> tuple[int, ...]:
        """Shape of one example, or of one step where the network takes any length."""
        return tuple(self.step_rows if size is None else size for size in self.shape)


class Schedule(_Part):
    """Learning rate of each epoch."""

    steps: tuple[tuple[int, float], ...] = Field(
        min_length=1, title="Steps", description="Epoch (from 0) and learning rate from there on"
    )
    halve_every: int | None = Field(
        default=None,
        gt=0,
        title="Halving",
        description="Epochs after which the last rate is halved, again and again; none: never",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        epochs = [epoch for epoch, _ in self.steps]
        if epochs[0] != 0 or any(later <= before for before, later in pairwise(epochs)):
            raise ValueError(f"epochs of the steps are {epochs}; begin at 0 and ascend")
        return self

    def rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch, counted from 0."""
        first, rate = max(step for step in self.steps if step[0] <= epoch)
        if self.halve_every is None or first != self.steps[-1][0]:
            return rate
        return rate * 0.5 ** ((epoch - first) // self.halve_every)


class Training(_Part):
    """How the network is trained."""

    loss: Loss = Field(title="Loss", description="What is minimised")
    loss_weight: float = Field(default=1.0, gt=0, title="Weight", description="Factor of the loss")
    metrics: tuple[Metric, ...] = Field(
        default=(), title="Metrics", description="Watched beside the loss"
    )
    optimiser: Literal["adam", "adamw", "sgd"] = Field(title="Optimiser", description="By name")
    schedule: Schedule = Field(title="Schedule", description="Learning rate by epoch")
    batch_size: int = Field(gt=0, title="Batch", description="Examples a step")
    epochs: int = Field(gt=0, title="Epochs", description="At most")
    patience: int | None = Field(
        default=None, gt=0, title="Patience", description="Epochs without gain before it stops"
    )
    monitor: Literal["val_loss", "loss", "val_accuracy"] = Field(
        default="val_loss", title="Monitor", description="What decides about the best epoch"
    )


class Difference(_Part):
    """One mistake of the published network and what stands in its place."""

    topic: str = Field(title="Topic", description="What it is about")
    published: str = Field(title="Published", description="What the published one does")
    sound: str = Field(title="Sound", description="What is done here by default")


class Source(_Part):
    """Where the network comes from."""

    citation: str = Field(title="Citation", description="Publication or repository")
    licence: str = Field(title="Licence", description="Of the authors' own code")
    result: str = Field(title="Result", description="What its authors report of it")


class Recipe(_Part):
    """A network and all that belongs to it."""

    name: str = Field(title="Name", description="In the zoo")
    summary: str = Field(title="Summary", description="In a sentence")
    task: Task = Field(title="Task", description="What it is for")
    input: InputSpec = Field(title="Input", description="What it is given")
    labels: tuple[str, ...] = Field(title="Labels", description="Of the last axis of the output")
    training: Training = Field(title="Training", description="How it is trained")
    source: Source = Field(title="Source", description="Where it comes from")
    parameters: int | None = Field(
        default=None,
        gt=0,
        title="Parameters",
        description="As published, which a test counts; none for our own, whose shape is settable",
    )
    counted: Literal["all", "trainable"] = Field(
        default="all",
        title="Counted",
        description="PyTorch counts no running statistics, Keras does",
    )
    differences: tuple[Difference, ...] = Field(
        default=(), title="Differences", description="Where sound and published form part"
    )
