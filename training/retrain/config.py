"""What decides about a retraining."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from training.retrain.coincidence import CoincidenceConfig


class RetrainConfig(BaseModel):
    """How new training data are selected, and how the base is tuned with them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    coincidence: CoincidenceConfig = Field(
        title="Coincidence", description="What counts as seen by several stations"
    )
    threshold: float = Field(
        default=0.8, gt=0, lt=1, title="Threshold", description="Score at which the network fires"
    )
    epochs: int = Field(gt=0, title="Epochs", description="Rounds of fine-tuning")
    batches: int = Field(default=60, gt=0, title="Batches", description="Steps a round")
    learning_rate: float = Field(gt=0, title="Learning rate", description="At the start")
    rehearsal: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        title="Rehearsal",
        description="Share of old training examples mixed in, against forgetting",
    )
    heard: Literal["earthquake", "anything"] = Field(
        default="anything",
        title="Heard",
        description="What counts as a detection of a volcano network: its class earthquake, or "
        "whatever is no silence, of which coincidence makes an earthquake",
    )
    folds: int = Field(
        default=5,
        ge=2,
        title="Folds",
        description="Parts of the cross-validation over earthquakes; volcano networks only",
    )
    seed: int = Field(default=1, ge=0, title="Seed", description="Start of every random draw")
    compare: bool = Field(
        default=False,
        title="Compare",
        description="Also tune on all own detections and on the labels that came with the data",
    )


STREAM = RetrainConfig(
    coincidence=CoincidenceConfig(stations=3, slack_s=3.0), epochs=8, learning_rate=5e-4
)
"""Defaults for `tremor_stream`."""

FRAMES = RetrainConfig(
    coincidence=CoincidenceConfig(stations=2, slack_s=5.0), epochs=20, learning_rate=4e-3
)
"""Defaults for the volcano networks."""
