"""The section `[metrics]` of a station file."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

PORT: Final = 9_101


class MetricsConfig(BaseModel):
    """Serves what the health report says to Prometheus; the section switches it on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        title="Host",
        description="Address to listen on; 0.0.0.0 lets everybody read who reaches the station",
    )
    port: int = Field(default=PORT, ge=0, le=65535, title="Port", description="TCP port")
