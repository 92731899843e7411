"""The section `[seedlink_server]` of a station file."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

PORT: Final = 18_000
"""Of SeedLink, by custom."""


class SeedLinkServerConfig(BaseModel):
    """Serves the samples to SeisComP, ObsPy, Swarm and others; the section switches it on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        title="Host",
        description="Address to listen on; 0.0.0.0 lets everybody read who reaches the station",
    )
    port: int = Field(default=PORT, ge=0, le=65535, title="Port", description="TCP port")
    record_s: float = Field(
        default=2.0,
        ge=0.5,
        le=30,
        title="Record",
        description="Seconds of samples in a record: the shorter, the sooner they are there",
    )
    ring_records: int = Field(
        default=4_000,
        ge=10,
        le=200_000,
        title="Ring",
        description="Records of 512 bytes that are kept for those who come back",
    )
    max_clients: int = Field(
        default=8, ge=1, le=200, title="Most clients", description="Connections at once"
    )
    organisation: str = Field(
        default="tremorkit",
        pattern=r"^[ -~]{1,80}$",
        title="Organisation",
        description="Who runs the station, told to clients",
    )
