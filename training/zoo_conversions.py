"""What became of each network when it was converted: measured once, kept beside the networks.

`scripts/measure_zoo.py` measures and writes `training/models/conversions.json`; tables read it.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from training.export.runtimes import RuntimeResult
from training.export.subject import Format, Scheme

CONVERSIONS_FILE = Path(__file__).parent / "models" / "conversions.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Conversion(_Part):
    """One network in one scheme and format."""

    network: str = Field(title="Network", description="Its name in the zoo")
    scheme: Scheme = Field(title="Scheme", description="How numbers are kept")
    format: Format = Field(title="Format", description="Of the file")
    rows: int | None = Field(
        default=None, title="Rows", description="Of a window, where the network takes any length"
    )
    size_bytes: int | None = Field(default=None, title="Size", description="Of the file, bytes")
    bias_bits: int | None = Field(
        default=None, title="Biases", description="Bits of the biases, of int16 as TFLite"
    )
    accumulator_share: float | None = Field(
        default=None,
        title="Accumulator",
        description="Largest sum 16-bit activations can reach, as a share of 32 bits",
    )
    operators: dict[str, int] = Field(
        default={}, title="Operators", description="How often each occurs"
    )
    output_range: float | None = Field(
        default=None, title="Range", description="Largest minus smallest output of float Keras"
    )
    runtimes: dict[str, RuntimeResult] = Field(
        default={}, title="Runtimes", description="What each runtime made of it"
    )
    failure: str | None = Field(
        default=None, title="Failure", description="The converter's own words where it failed"
    )


class Conversions(_Part):
    """All measurements."""

    converter: str = Field(title="Converter", description="Program and version")
    runtimes: dict[str, str] = Field(title="Runtimes", description="Their versions")
    results: tuple[Conversion, ...] = Field(
        title="Results", description="One a network, scheme and format"
    )


def read_conversions(path: Path = CONVERSIONS_FILE) -> Conversions:
    """Return the measurements that the package comes with."""
    return Conversions.model_validate_json(path.read_text())


def write_conversions(conversions: Conversions, path: Path = CONVERSIONS_FILE) -> None:
    """Write measurements, one network after the other."""
    path.write_text(conversions.model_dump_json(indent=1, exclude_defaults=True) + "\n")
