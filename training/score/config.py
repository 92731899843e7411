"""How much the scoreboard measures."""

from pydantic import BaseModel, ConfigDict, Field


class ScoreConfig(BaseModel):
    """Amounts and seed of a scoreboard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    noise_hours: float = Field(
        default=48.0, ge=0, title="Noise", description="Surrogates of recorded noise, hours"
    )
    slow_noise_hours: float = Field(
        default=8.0,
        ge=0,
        title="Noise for slow ones",
        description="For a detector that costs more than `slow_cpu_s_an_hour`, hours",
    )
    slow_cpu_s_an_hour: float = Field(
        default=1.8, ge=0, title="Slow", description="CPU time for an hour of stream, s"
    )
    disturbances: int = Field(
        default=20, ge=0, title="Disturbances", description="How often each kind comes"
    )
    most_cpu_s_an_hour: float = Field(
        default=4.0,
        ge=0,
        title="Cost",
        description="A detector that costs more CPU time for an hour of stream is run over the "
        "test events alone, s",
    )
    examples: int = Field(
        default=400,
        ge=0,
        title="Examples",
        description="Mixed from test recordings, by which schemes of one network are compared",
    )
    seed: int = Field(default=1, ge=0, title="Seed", description="Of every draw")
