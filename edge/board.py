"""Board profiles: which buses and pins a single-board computer offers to a sensor.

Use: `load_board_profile("raspberry-pi-5")`, or `find_board(text)` with what the board says of
itself in `/proc/device-tree/model`.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import ConfigError
from edge.resources import firmware_configs

DEVICE_TREE_MODEL: Final = Path("/proc/device-tree/model")

Pin = Annotated[int, Field(ge=1, le=40)]
"""A pin of the 40-pin header."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpiBusProfile(_Part):
    """One SPI bus on the header."""

    device: Path = Field(title="Device", description="What the kernel calls it")
    enable: str = Field(title="Enable", description="Line or command that switches it on")
    pins: dict[Literal["mosi", "miso", "sclk", "cs"], Pin] = Field(
        title="Pins", description="Pins of the 40-pin header"
    )
    max_hz: int = Field(gt=0, title="Fastest clock", description="Hertz")


class I2cBusProfile(_Part):
    """One I2C bus on the header."""

    device: Path = Field(title="Device", description="What the kernel calls it")
    enable: str = Field(title="Enable", description="Line or command that switches it on")
    pins: dict[Literal["sda", "scl"], Pin] = Field(
        title="Pins", description="Pins of the 40-pin header"
    )
    max_hz: int = Field(gt=0, title="Fastest clock", description="Hertz")


class DataReadyProfile(_Part):
    """The GPIO line that the kit's wiring uses for a sensor's INT1."""

    chip: str = Field(title="GPIO chip", description="Label, the same over kernels")
    line: int = Field(ge=0, title="Line", description="Number of the line on the chip")
    pin: Pin = Field(title="Pin", description="Pin of the 40-pin header")


class BoardProfile(_Part):
    """One single-board computer."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        title="Name",
        description="The file's name without .toml",
    )
    title: str = Field(title="Title", description="What people call it")
    platform: Literal["aarch64", "x86_64"] = Field(
        default="aarch64", title="Processor", description="Which wheels run on it"
    )
    models: tuple[str, ...] = Field(
        title="Models",
        description="How the text in /proc/device-tree/model may begin; a PC has no such file",
    )
    system: str = Field(title="System", description="Operating system that this is written for")
    boot_config: str | None = Field(
        default=None, title="Boot configuration", description="File that takes the enabling lines"
    )
    memory_mib: tuple[int, ...] = Field(min_length=1, title="Memory", description="Sizes sold, MiB")
    cores: int = Field(gt=0, title="Cores", description="Number of processor cores")
    spi: tuple[SpiBusProfile, ...] = Field(default=(), title="SPI", description="Buses")
    i2c: tuple[I2cBusProfile, ...] = Field(default=(), title="I2C", description="Buses")
    data_ready: DataReadyProfile | None = Field(
        default=None, title="Data ready", description="Line for INT1"
    )
    supply_pin: Pin | None = Field(default=None, title="Supply", description="A pin with 3.3 V")
    ground_pin: Pin | None = Field(default=None, title="Ground", description="A pin with ground")
    kernel_drivers: tuple[str, ...] = Field(
        title="Kernel drivers", description="IIO drivers of the usual kernel, of use to the kit"
    )
    limits: tuple[str, ...] = Field(title="Limits", description="What to know before wiring")
    sources: tuple[str, ...] = Field(
        min_length=1, title="Sources", description="Where the figures come from"
    )


def board_names() -> list[str]:
    """Return the names of the profiles that come with the kit."""
    return sorted(path.stem for path in firmware_configs("boards").glob("*.toml"))


def load_board_profile(name: str) -> BoardProfile:
    """Return a profile of the kit.

    Raises:
        ConfigError: There is no such profile, or its file has a mistake.
    """
    if name not in board_names():
        problem = f"board: no profile {name!r}; there are: {', '.join(board_names())}"
        raise ConfigError(None, [problem])
    path = firmware_configs("boards") / f"{name}.toml"
    try:
        return BoardProfile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigError(path, [str(error)]) from error


def find_board(model: str) -> BoardProfile | None:
    """Return the profile of a board by what it says of itself; None where there is none.

    Args:
        model: Content of `/proc/device-tree/model`.
    """
    text = model.rstrip("\0\n")
    profiles = [load_board_profile(name) for name in board_names()]
    fitting = [
        (len(start), profile)
        for profile in profiles
        for start in profile.models
        if text.startswith(start)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None
