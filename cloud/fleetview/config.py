"""When the centre alarms on stations."""

from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloud.board.trouble import Trouble

_AFTER_S: Final = {
    Trouble.SILENT: 60.0,
    Trouble.STRANGER: 600.0,
    Trouble.CLOCK: 600.0,
    Trouble.LATE: 300.0,
    Trouble.QUEUE: 600.0,
    Trouble.MODEL: 300.0,
    Trouble.NOISE: 900.0,
    Trouble.DOUBT: 10.0,
    Trouble.DISK: 600.0,
    Trouble.ARCHIVE: 300.0,
    Trouble.TEMPERATURE: 600.0,
    Trouble.MOVED: 60.0,
    Trouble.TWIN: 60.0,
    Trouble.ROLLBACK: 60.0,
    Trouble.REFUSED: 600.0,
    Trouble.BEHIND: 3600.0,
    Trouble.CERTIFICATE: 3600.0,
    Trouble.ROLLOUT: 0.0,
}


class FleetConfig(BaseModel):
    """When the centre alarms on stations; what is wrong is said by `screen.condition`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after_s: dict[Trouble, float] = Field(
        default={},
        title="After",
        description="Seconds of our clock for which a trouble must last, by kind, such as "
        "{ silent = 120 }; those that are left out keep their own (aggregator.md)",
    )
    well_s: float = Field(
        default=120.0,
        ge=0,
        title="Well",
        description="Seconds without the trouble after which it is over",
    )
    gather_s: float = Field(
        default=20.0,
        ge=0,
        title="Gather",
        description="Seconds for which an alarm waits for other stations with the same trouble: "
        "one power cut is one alarm",
    )
    wide_stations: int = Field(
        default=5,
        ge=2,
        title="Wide",
        description="Stations from which an alarm is wide: further ones join it without notice",
    )
    join_s: float = Field(
        default=600.0,
        ge=0,
        title="Join",
        description="Seconds after the last station joined for which a wide alarm takes more",
    )
    mute: tuple[Trouble, ...] = Field(
        default=(), title="Mute", description="Kinds of trouble that alarm nobody"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        bad = {kind.value: value for kind, value in self.after_s.items() if value < 0}
        if bad:
            raise ValueError(f"after_s: seconds are not negative, unlike {bad}")
        return self

    def patience_s(self, kind: Trouble) -> float:
        """Return for how long a trouble must last."""
        return self.after_s.get(kind, _AFTER_S[kind])
