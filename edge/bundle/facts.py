"""What a network hears and says: a stream hop by hop, or window by window."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from edge.grid import HOP_NS
from edge.signal.conditioning import ConditioningConfig
from edge.signal.preparation import Preparation, Step
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns


class Part(BaseModel):
    """Part of a card; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class InputFacts(Part):
    """What a network of streams hears; `kind` is not written: cards without one are of this."""

    tensor: str = Field(title="Tensor", description="Input that takes one hop")
    rate_hz: float = Field(gt=0, title="Rate", description="Sampling rate, Hz")
    components: tuple[Literal["Z", "N", "E"], ...] = Field(
        title="Components", description="In the order of the columns"
    )
    unit: Literal["m/s2"] = Field(default="m/s2", title="Unit", description="Before preprocessing")
    hop_samples: int = Field(gt=0, title="Hop", description="New samples a step")
    window_s: float = Field(gt=0, title="Window", description="Past that has a say, seconds")
    warm_up_s: float = Field(
        ge=0, title="Warm-up", description="Seconds after a start in which answers do not count"
    )
    preprocessing: tuple[ConditioningConfig, ...] = Field(
        min_length=1, max_length=1, title="Preprocessing", description="Named steps, in order"
    )

    @property
    def kind(self) -> Literal["stream"]:
        """A step a hop, with states."""
        return "stream"

    @property
    def hop_s(self) -> float:
        """Seconds from answer to answer."""
        return self.hop_samples / self.rate_hz


class WindowInputFacts(Part):
    """What a network of windows hears."""

    kind: Literal["window"] = Field(
        default="window", title="Kind", description="A whole window each time"
    )
    tensor: str = Field(title="Tensor", description="Input that takes one window's features")
    rate_hz: float = Field(gt=0, title="Rate", description="Sampling rate, Hz")
    components: str = Field(
        pattern="^[ZNEXY]{1,3}$",
        title="Components",
        description="In the network's order; X points north, Y east",
    )
    unit: Literal["m/s2"] = Field(default="m/s2", title="Unit", description="Before preprocessing")
    window_samples: int = Field(gt=0, title="Window", description="Samples of a window")
    hop_s: float = Field(
        ge=0.25,
        le=1,
        title="Hop",
        description="Seconds from window to window, whole quarters of a second",
    )
    warm_up_s: float | None = Field(
        default=None,
        gt=0,
        title="Warm-up",
        description="Seconds after a start in which there are no answers; what a window lacks "
        "after that is mirrored. A whole window where left out",
    )
    preprocessing: tuple[Step, ...] = Field(
        min_length=1, title="Preprocessing", description="Filters, then one step of windows"
    )

    @model_validator(mode="after")
    def _check_grid(self) -> Self:
        if NANOSECONDS_PER_SECOND % self.rate_hz:
            raise ValueError(f"{self.rate_hz} Hz has no whole number of nanoseconds a sample")
        if seconds_to_ns(self.hop_s) % HOP_NS:
            raise ValueError(f"hop_s {self.hop_s} is no whole number of quarters of a second")
        if self.hop_s * self.rate_hz % 1:
            raise ValueError(f"hop_s {self.hop_s} at {self.rate_hz} Hz are no whole samples")
        if self.warm_up_s is not None and self.warm_up_s > self.window_s:
            raise ValueError(f"warm_up_s {self.warm_up_s} is longer than the {self.window_s} s")
        self.preparation()
        return self

    @property
    def window_s(self) -> float:
        """Length of a window, seconds."""
        return self.window_samples / self.rate_hz

    @property
    def warm_up_samples(self) -> int:
        """Samples after a start before the first answer."""
        seconds = self.window_s if self.warm_up_s is None else self.warm_up_s
        return max(1, round(seconds * self.rate_hz))

    def preparation(self) -> Preparation:
        """Return what makes the network's input of a trace.

        Raises:
            ValueError: The steps do not fit each other, the window or the rate.
        """
        return Preparation(self.preprocessing, self.rate_hz, self.window_samples, self.components)


class OutputFacts(Part):
    """What a network of streams says."""

    tensor: str = Field(title="Tensor", description="Output with the probabilities")
    labels: tuple[str, ...] = Field(min_length=2, title="Labels", description="In their order")
    states: dict[str, str] = Field(
        title="States", description="Output that holds the next value of each state input"
    )

    @property
    def reading(self) -> Literal["hop"]:
        """A probability of each label for one hop."""
        return "hop"

    @property
    def state_names(self) -> tuple[str, ...]:
        """Inputs that carry the past."""
        return tuple(self.states)


Reading = Literal["classes", "bins", "curve", "frames", "value"]
_QUIET: frozenset[Reading] = frozenset({"classes", "frames"})
_NEWEST: frozenset[Reading] = frozenset({"bins", "curve"})


class WindowOutputFacts(Part):
    """What a network of windows says."""

    tensor: str = Field(title="Tensor", description="The one output")
    reading: Reading = Field(
        title="Reading",
        description="classes: one probability a label for the window; bins and curve: a "
        "probability of each label along the window; frames: classes along the window; value: a "
        "number a label",
    )
    labels: tuple[str, ...] = Field(min_length=1, title="Labels", description="In their order")
    quiet: str | None = Field(
        default=None, title="Quiet", description="Label of classes and frames that means nothing"
    )
    newest_s: float | None = Field(
        default=None,
        gt=0,
        title="Newest",
        description="Seconds at the end of a window in which bins or curve count",
    )

    @model_validator(mode="after")
    def _fits_reading(self) -> Self:
        if (self.reading in _QUIET) != (self.quiet is not None):
            raise ValueError(f"quiet is {self.quiet!r}; {_only_of(_QUIET)}")
        if self.quiet is not None and self.quiet not in self.labels:
            raise ValueError(f"quiet is {self.quiet!r}, none of the labels {self.labels}")
        if (self.reading in _NEWEST) != (self.newest_s is not None):
            raise ValueError(f"newest_s is {self.newest_s}; {_only_of(_NEWEST)}")
        return self

    @property
    def state_names(self) -> tuple[str, ...]:
        """Inputs that carry the past: a window needs none."""
        return ()


def _only_of(readings: frozenset[Reading]) -> str:
    return f"readings {' and '.join(sorted(readings))} need it, no other takes it"


def _input_kind(value: Any) -> str:  # noqa: ANN401 - whatever a card holds
    kind = value.get("kind", "stream") if isinstance(value, dict) else getattr(value, "kind", "")
    return str(kind)


def _output_kind(value: Any) -> str:  # noqa: ANN401 - whatever a card holds
    holds = "reading" in value if isinstance(value, dict) else not hasattr(value, "states")
    return "window" if holds else "stream"


AnyInput = Annotated[
    Annotated[InputFacts, Tag("stream")] | Annotated[WindowInputFacts, Tag("window")],
    Discriminator(_input_kind),
]
AnyOutput = Annotated[
    Annotated[OutputFacts, Tag("stream")] | Annotated[WindowOutputFacts, Tag("window")],
    Discriminator(_output_kind),
]
