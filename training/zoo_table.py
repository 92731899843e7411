"""The networks as a table: what each one is, what it costs, what became of it when converted."""

import json
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from edge.bundle import load_bundle
from edge.bundle.shipped import shipped_bundles
from training.export.subject import CARD_SCHEMES, FORMATS, SCHEMES, Format, Scheme
from training.models.macs import count_macs
from training.models.recipe import Difference, InputSpec, Task
from training.zoo import ZooEntry, count_parameters, zoo
from training.zoo_conversions import Conversion, read_conversions

_SCHEME_OF_CARD = {card: scheme for scheme, card in CARD_SCHEMES.items()}


class Score(BaseModel):
    """One figure from the card of a bundle that the agent comes with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(title="Name", description="What was measured")
    value: float = Field(title="Value", description="The figure")
    data: str = Field(title="Data", description="On which data, which part")


class Shipped(BaseModel):
    """A bundle that the agent comes with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(title="Version", description="Of the bundle")
    scheme: Scheme = Field(title="Scheme", description="How its numbers are kept")
    size_bytes: int = Field(title="Size", description="Of the bundle, bytes")
    scores: tuple[Score, ...] = Field(title="Scores", description="What its card says")


class ZooRow(BaseModel):
    """One network of the table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(title="Name", description="In the zoo")
    summary: str = Field(title="Summary", description="In a sentence")
    task: Task = Field(title="Task", description="What it is for")
    input: InputSpec = Field(title="Input", description="What it is given")
    labels: tuple[str, ...] = Field(title="Labels", description="Of its output")
    parameters: int = Field(
        title="Parameters", description="Counted on the network, in the way of its authors"
    )
    macs: int = Field(
        title="MACs", description="Multiply-accumulates of one window, or of one step of a stream"
    )
    macs_of: str = Field(title="MACs of", description="Which of the two")
    citation: str = Field(title="Citation", description="Publication or repository")
    licence: str = Field(title="Licence", description="Of the authors' own code")
    published_result: str = Field(title="Result", description="What its authors report")
    differences: tuple[Difference, ...] = Field(
        title="Differences", description="Where sound and published form part"
    )
    schemes: dict[Scheme, dict[Format, Conversion]] = Field(
        title="Schemes", description="What became of it when converted, by scheme and format"
    )
    bundle: Shipped | None = Field(
        default=None, title="Bundle", description="The newest that the agent comes with"
    )


def zoo_table() -> list[ZooRow]:
    """Return a row for each network; every network is built and counted."""
    conversions = read_conversions().results
    shipped = shipped_by_name()
    return [
        _row(entry, [found for found in conversions if found.network == name], shipped.get(name))
        for name, entry in zoo().items()
    ]


def shipped_by_name() -> dict[str, Shipped]:
    """Return the newest bundle of each network that the agent comes with."""
    found = {}
    for path in shipped_bundles():
        card = load_bundle(path).card
        found[card.name] = Shipped(
            version=card.version,
            scheme=_SCHEME_OF_CARD[card.quantisation.scheme],
            size_bytes=path.stat().st_size,
            scores=tuple(Score(**metric.model_dump()) for metric in card.metrics),
        )
    return found


def table_to_json(rows: Sequence[ZooRow]) -> str:
    """Return the table for programs: a list of objects."""
    return json.dumps([row.model_dump(mode="json") for row in rows], indent=2)


def table_to_text(rows: Sequence[ZooRow]) -> str:
    """Return the table for a terminal: sizes in kB as TFLite, and as ONNX behind the stroke."""
    sizes = "".join(f"{scheme + ', kB':>18}" for scheme in SCHEMES)
    lines = [f"{'network':<22}{'parameters':>12}{'MACs':>14}  {'per':<16}{'task':<17}{sizes}"]
    for row in rows:
        shown = "".join(f"{_sizes(row, scheme):>18}" for scheme in SCHEMES)
        lines.append(
            f"{row.name:<22}{row.parameters:>12,}{row.macs:>14,}  {row.macs_of:<16}"
            f"{row.task:<17}{shown}"
        )
    return "\n".join(lines)


def _sizes(row: ZooRow, scheme: Scheme) -> str:
    formats = row.schemes.get(scheme, {})
    return " | ".join(_size(formats.get(file_format)) for file_format in FORMATS)


def _size(found: Conversion | None) -> str:
    if found is None:
        return "-"
    return "not made" if found.size_bytes is None else f"{found.size_bytes / 1000:,.0f}"


def _row(entry: ZooEntry, conversions: Sequence[Conversion], bundle: Shipped | None) -> ZooRow:
    recipe = entry.sound
    model = entry.build()
    if recipe.input.window_s is not None:
        macs_of = f"window of {recipe.input.window_s:g} s"
    else:
        rows = recipe.input.step_rows
        macs_of = "frame" if rows == 1 else f"hop of {rows}"
    return ZooRow(
        name=recipe.name,
        summary=recipe.summary,
        task=recipe.task,
        input=recipe.input,
        labels=recipe.labels,
        parameters=count_parameters(model, recipe),
        macs=count_macs(model, recipe.input.step_shape),
        macs_of=macs_of,
        citation=recipe.source.citation,
        licence=recipe.source.licence,
        published_result=recipe.source.result,
        differences=recipe.differences,
        schemes=_by_scheme(conversions),
        bundle=bundle,
    )


def _by_scheme(conversions: Sequence[Conversion]) -> dict[Scheme, dict[Format, Conversion]]:
    found: dict[Scheme, dict[Format, Conversion]] = {}
    for one in conversions:
        found.setdefault(one.scheme, {})[one.format] = one
    return found
