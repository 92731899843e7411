"""What is exported, and in which ways: three schemes, two formats."""

from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from training.errors import ExportError

Scheme = Literal["float32", "int8", "int16"]
"""int8: full integer. int16: 16-bit activations, 8-bit weights."""
Format = Literal["tflite", "onnx"]
CardScheme = Literal["float32", "int8", "int16x8"]

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
FORMATS: tuple[Format, ...] = get_args(Format)
CARD_SCHEMES: dict[Scheme, CardScheme] = {
    "float32": "float32",
    "int8": "int8",
    "int16": "int16x8",
}
"""As the card of a bundle calls them."""
RUNTIMES: dict[Format, tuple[str, ...]] = {
    "tflite": ("ai-edge-litert", "tflite-runtime"),
    "onnx": ("onnxruntime",),
}
"""Those that run a format; the first one must."""

_DYNAMIC = frozenset({"dynamic", "dynamic-range", "dynamic_range"})
_WHY_NOT_DYNAMIC = (
    "dynamic-range quantisation is refused: TensorFlow writes it with FULLY_CONNECTED version 12, "
    "which tflite-runtime 2.14 does not know, and ONNX Runtime runs dynamic int8 2.5 to 3.6 times "
    f"slower than float32. Choose among {', '.join(SCHEMES)}: int8 is the small and fast one"
)


class Subject(BaseModel):
    """A trained network of the zoo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str = Field(title="Network", description="Its name in the zoo")
    weights: Path = Field(title="Weights", description="Of the training form")
    rows: int | None = Field(
        default=None, title="Rows", description="Of a window, where the network takes any length"
    )
    as_published: bool = Field(
        default=False, title="As published", description="With the published mistakes"
    )

    def resolved(self) -> "Subject":
        """Return it with a path that holds in every folder."""
        return self.model_copy(update={"weights": self.weights.resolve()})


def scheme_named(name: str) -> Scheme:
    """Return a scheme by its name.

    Raises:
        ExportError: There is none, or it is one that is refused, with the reason.
    """
    if name in _DYNAMIC:
        raise ExportError(f"scheme {name!r}", _WHY_NOT_DYNAMIC)
    for scheme in SCHEMES:
        if name in {scheme, CARD_SCHEMES[scheme]}:
            return scheme
    raise ExportError(f"scheme {name!r}", f"there is none; there are {', '.join(SCHEMES)}")


def formats_named(name: str) -> tuple[Format, ...]:
    """Return the formats that a name stands for: tflite, onnx or both.

    Raises:
        ExportError: There is no such format.
    """
    if name == "both":
        return FORMATS
    for file_format in FORMATS:
        if name == file_format:
            return (file_format,)
    raise ExportError(f"format {name!r}", "there is none; there are tflite, onnx and both")
