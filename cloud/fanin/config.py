"""How many processes receive."""

from pydantic import BaseModel, ConfigDict, Field


class IngestConfig(BaseModel):
    """Receiving and checking stations' messages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    processes: int = Field(
        default=0,
        ge=0,
        le=64,
        title="Processes",
        description="Processes that receive and check, by shared subscriptions of MQTT 5; 0: the "
        "centre's own process does it",
    )
    group: str = Field(
        default="ingest",
        pattern=r"^[A-Za-z0-9_-]{1,32}$",
        title="Group",
        description="Name of the shared subscription; another one for each centre at a broker",
    )
