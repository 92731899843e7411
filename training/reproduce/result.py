"""What a reproduction gives: published figures, and the same figures of each run beside them."""

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measure(_Part):
    """One figure of one run."""

    value: float | None = Field(
        title="Value", description="None where the data have nothing to compute it from"
    )
    low: float | None = Field(default=None, title="Low", description="Lower end of its range")
    high: float | None = Field(default=None, title="High", description="Upper end of its range")
    of: int = Field(ge=0, title="Of", description="Frames, windows, picks or folds counted")


class Figure(_Part):
    """One row of the table: what is measured, and what was published."""

    key: str = Field(title="Key", description="Under which runs have their measure")
    title: str = Field(title="Title", description="What it is")
    unit: str = Field(default="%", title="Unit", description="% for shares, else s, or none")
    published: float | None = Field(
        default=None, title="Published", description="In the unit; none where nobody tells"
    )
    source: str = Field(default="", title="Source", description="Who reports the published value")
    honest: bool = Field(
        default=True,
        title="Honest",
        description="Misses count as misses; false for the authors' own way of counting",
    )


class Run(_Part):
    """One column of the table: a form of the network, trained and tested on a split."""

    key: str = Field(title="Key", description="Short name")
    title: str = Field(title="Title", description="Form and split")
    tested: int = Field(ge=0, title="Tested", description="Frames or windows of the test part")
    measures: dict[str, Measure] = Field(title="Measures", description="By key of the figure")
    confusion: tuple[tuple[int, ...], ...] = Field(
        default=(), title="Confusion", description="Rows: truth; columns: answer"
    )
    about: dict[str, str] = Field(
        default={}, title="About", description="Epochs, recordings and the like, by name"
    )


class Reproduction(_Part):
    """All of it."""

    network: str = Field(title="Network", description="Name in the zoo")
    citation: str = Field(title="Citation", description="Where the protocol was published")
    protocol: str = Field(title="Protocol", description="The published one, in a sentence")
    data: str = Field(title="Data", description="What was read, in words")
    sample: bool = Field(
        title="Sample", description="The data are not the published ones: figures do not compare"
    )
    quick: bool = Field(title="Quick", description="Trained for a moment, to try the machinery")
    labels: tuple[str, ...] = Field(
        default=(), title="Labels", description="Of rows and columns of the confusions"
    )
    figures: tuple[Figure, ...] = Field(title="Figures", description="Rows of the table")
    runs: tuple[Run, ...] = Field(title="Runs", description="Columns of the table")
    published_confusion: tuple[tuple[int, ...], ...] = Field(
        default=(), title="Published confusion", description="Likewise, of the authors' weights"
    )
    differs: tuple[str, ...] = Field(
        default=(), title="Differs", description="What is not as it was published, and why"
    )
