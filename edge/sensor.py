"""Sensor profiles: what a MEMS accelerometer can do and how it errs, each figure with its source.

Use: `load_sensor_profile("adxl355")`, or a path of a TOML file of one's own.
"""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from edge.errors import ConfigError
from edge.resources import firmware_configs

G_M_S2: Final = 9.80665
"""Standard gravity (CGPM 1901), m/s2."""
_DESCRIPTIVE: Final = frozenset({"name", "title", "sources"})

Positive = Annotated[float, Field(gt=0)]


class SensorProfile(BaseModel):
    """One sensor as it is set up on a station."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        title="Name",
        description="What configurations call it; the file's name without .toml",
    )
    title: str = Field(title="Title", description="What people call it")
    ranges_g: tuple[Positive, ...] = Field(
        min_length=1, title="Ranges", description="Full scales that can be set, plus or minus g"
    )
    range_g: Positive = Field(title="Range", description="Full scale in use, plus or minus g")
    bits: int = Field(ge=8, le=32, title="Bits", description="Word length of a sample")
    lsb_ug: Positive = Field(
        title="Least step", description="Step of the quantiser at the range in use, micro-g"
    )
    noise_density_ug_rthz: tuple[Positive, Positive, Positive] = Field(
        title="Noise density",
        description="White part for Z, N and E, micro-g per square root of hertz",
    )
    noise_corner_hz: float = Field(
        ge=0, title="1/f corner", description="Hertz below which 1/f noise exceeds the white part"
    )
    rates_hz: tuple[Positive, ...] = Field(
        min_length=1, title="Rates", description="Sampling rates that can be set, hertz"
    )
    rate_hz: Positive = Field(title="Rate", description="Sampling rate in use, hertz")
    rate_error: float = Field(
        ge=0,
        lt=0.2,
        title="Rate error",
        description="The sampling rate may be off by this fraction",
    )
    low_pass_ratio: float | None = Field(
        default=None,
        gt=0,
        le=0.5,
        title="Low-pass",
        description="Corner of the sensor's low-pass as a fraction of the rate; none if left out",
    )
    group_delay_samples: float = Field(
        ge=0,
        le=10,
        title="Group delay",
        description="How late the sensor's own filters make a sample, in samples",
    )
    buses: tuple[Literal["spi", "i2c", "i3c", "ethernet"], ...] = Field(
        min_length=1, title="Buses", description="How it can be wired"
    )
    fifo_samples: int | None = Field(
        default=None,
        gt=0,
        title="FIFO",
        description="Three-component samples that the sensor keeps; none if left out",
    )
    overlay: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9,_-]+$",
        title="Overlay",
        description="What `dtoverlay=` wants on a Raspberry Pi for the kernel's own driver",
    )
    sources: dict[str, str] = Field(
        title="Sources", description="For each figure above, where it comes from"
    )

    @model_validator(mode="after")
    def _check_figures(self) -> Self:
        figures = self.model_fields_set - _DESCRIPTIVE
        if unknown := sorted(self.sources.keys() - figures):
            raise ValueError(f"sources names {unknown}, which are no figures of this profile")
        if missing := sorted(figures - self.sources.keys()):
            raise ValueError(f"sources says nothing of {missing}; name the data sheet or test")
        if self.range_g not in self.ranges_g:
            raise ValueError(f"range_g {self.range_g} is not among ranges_g {self.ranges_g}")
        if self.rate_hz not in self.rates_hz:
            raise ValueError(f"rate_hz {self.rate_hz} is not among rates_hz {self.rates_hz}")
        return self

    def set_up(self, range_g: float | None = None, rate_hz: float | None = None) -> Self:
        """Return the profile at another range or rate.

        Args:
            range_g: Full scale, plus or minus g; as it is where left out.
            rate_hz: Sampling rate, hertz; as it is where left out.

        Raises:
            ConfigError: The sensor has no such range or rate.
        """
        range_g, rate_hz = range_g or self.range_g, rate_hz or self.rate_hz
        for name, value, known in (
            ("range_g", range_g, self.ranges_g),
            ("rate_hz", rate_hz, self.rates_hz),
        ):
            if value not in known:
                problem = f"{name}: {self.name} cannot be set to {value:g}; it knows {list(known)}"
                raise ConfigError(None, [problem])
        lsb_ug = self.lsb_ug * range_g / self.range_g
        return self.model_copy(update={"range_g": range_g, "rate_hz": rate_hz, "lsb_ug": lsb_ug})

    @property
    def delay_ns(self) -> int:
        """How late a sample is at the rate in use, nanoseconds."""
        return round(self.group_delay_samples / self.rate_hz * 1e9)

    @property
    def lsb_m_s2(self) -> float:
        """Step of the quantiser, m/s2."""
        return self.lsb_ug * 1e-6 * G_M_S2

    @property
    def range_m_s2(self) -> float:
        """Full scale, m/s2."""
        return self.range_g * G_M_S2

    @property
    def counts_per_m_s2(self) -> float:
        """Sensitivity, counts per m/s2."""
        return 1 / self.lsb_m_s2


def sensor_names() -> list[str]:
    """Return the names of the profiles that come with the kit."""
    return sorted(path.stem for path in firmware_configs("sensors").glob("*.toml"))


def load_sensor_profile(name_or_path: str | Path) -> SensorProfile:
    """Return a profile of the kit by name, or one's own by path.

    Args:
        name_or_path: A name such as `adxl355`, or a path that ends in `.toml`.

    Raises:
        ConfigError: There is no such profile, or its file has a mistake.
    """
    text = str(name_or_path)
    if text.endswith(".toml"):
        return _read(Path(text))
    path = firmware_configs("sensors") / f"{text}.toml"
    if text not in sensor_names():
        raise ConfigError(None, [_unknown(text)])
    return _read(path)


def _unknown(name: str) -> str:
    names = sensor_names()
    near = difflib.get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
    return f"sensor: no profile {name!r}; {hint}"


def _read(path: Path) -> SensorProfile:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(path, [f"is no TOML: {error}"]) from None
    try:
        return SensorProfile.model_validate(content)
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(part) for part in one['loc']) or 'profile'}: {one['msg']}"
            for one in error.errors()
        ]
        raise ConfigError(path, problems) from None
