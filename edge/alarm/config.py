"""The section `[alarm]` of a station file; without it nothing rings."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from edge.messages.trigger import QualityFlag
from edge.mqtt.config import MqttConfig

_SECTION: Final = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

Word = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00]+$")]


class AlarmRuleConfig(BaseModel):
    """When it rings: all of these must hold."""

    model_config = _SECTION

    detectors: Literal["all", "any"] = Field(
        default="all",
        title="Detectors",
        description="Which of the running detectors must have fired",
    )
    pga_m_s2: float = Field(
        default=0.05,
        gt=0,
        le=100,
        title="Acceleration",
        description="Least peak acceleration since the onset, m/s2",
    )
    jma_intensity: float = Field(
        default=2.5,
        ge=-3,
        le=7,
        title="Intensity",
        description="Least instrumental intensity of the JMA since the onset; with -3 it is not "
        "asked for",
    )
    sustained_s: float = Field(
        default=1.5,
        ge=0,
        le=30,
        title="Sustained",
        description="Seconds, in all, in which the acceleration came to half of pga_m_s2 and to a "
        "tenth of the peak so far",
    )
    after_s: float = Field(
        default=2.0,
        ge=0,
        le=30,
        title="Not before",
        description="Seconds after the onset before which it does not ring; a sensor that leapt is "
        "known by two",
    )
    within_s: float = Field(
        default=60.0,
        ge=5,
        le=80,
        title="Not after",
        description="Seconds after the onset after which a trigger rings no more",
    )
    mute_on: tuple[QualityFlag, ...] = Field(
        default=(QualityFlag.CLIPPED, QualityFlag.STUCK, QualityFlag.STEP),
        title="Muted by",
        description="What must not be wrong with the samples at that moment",
    )


class CommandConfig(BaseModel):
    """A program that is started when the alarm begins, and one when it ends."""

    model_config = _SECTION

    run: tuple[Word, ...] = Field(
        min_length=1,
        title="Run",
        description="Program with its whole path, and its arguments; no shell reads them",
    )
    clear: tuple[Word, ...] = Field(
        default=(), title="Clear", description="The same for the end of the alarm; none if empty"
    )
    timeout_s: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        title="Time-out",
        description="Seconds after which it is killed, with all that it started",
    )


class GpioConfig(BaseModel):
    """A line that is active as long as the alarm rings."""

    model_config = _SECTION

    chip: str = Field(
        default="/dev/gpiochip0",
        min_length=1,
        title="Chip",
        description="Device of the GPIO chip, or its label, such as pinctrl-rp1",
    )
    line: int = Field(ge=0, le=1023, title="Line", description="Number of the line on the chip")
    active_low: bool = Field(
        default=False, title="Active low", description="The line is at 0 V while the alarm rings"
    )


class AlarmConfig(BaseModel):
    """The alarm; it is always published as `alarm`, and does what else is asked for here."""

    model_config = _SECTION

    hold_s: float = Field(
        default=60.0,
        gt=0,
        le=3600,
        title="Hold",
        description="Seconds after the last strong shaking at which the alarm ends",
    )
    most_per_hour: int = Field(
        default=6, ge=1, le=60, title="Most an hour", description="Alarms in an hour at most"
    )
    exercises: bool = Field(
        default=False, title="Exercises", description="A drill rings the alarm, too"
    )
    rule: AlarmRuleConfig = Field(default=AlarmRuleConfig(), title="Rule")
    command: CommandConfig | None = Field(default=None, title="Command")
    gpio: GpioConfig | None = Field(default=None, title="GPIO")
    broker: MqttConfig | None = Field(
        default=None,
        title="Broker",
        description="A second broker, close by, that is told of the alarm",
    )
