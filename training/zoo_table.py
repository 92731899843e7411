"""The networks as a table: what each one is, what it costs, what became of it when converted."""

import json
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from edge.bundle import load_bundle
from edge.detect.loading import shipped_bundle
from training.models.macs import count_macs
from training.models.recipe import Difference, InputSpec, Task
from training.zoo import ZooEntry, count_parameters, zoo
from training.zoo_conversions import Conversion, RuntimeResult, read_conversions

_MADE_OF_BUNDLE = "tremor_stream"
_BUNDLE_RUNTIME = "ai-edge-litert"


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
    schemes: dict[str, Conversion] = Field(
        title="Schemes", description="What became of it when converted, by scheme"
    )


def zoo_table() -> list[ZooRow]:
    """Return a row for each network; every network is built and counted."""
    conversions = [*read_conversions().results, *_shipped()]
    return [
        _row(entry, [found for found in conversions if found.network == name])
        for name, entry in zoo().items()
    ]


def table_to_json(rows: Sequence[ZooRow]) -> str:
    """Return the table for programs: a list of objects."""
    return json.dumps([row.model_dump(mode="json") for row in rows], indent=2)


def table_to_text(rows: Sequence[ZooRow]) -> str:
    """Return the table for a terminal."""
    lines = [f"{'network':<22}{'parameters':>12}{'MACs':>14}  {'per':<16}{'task':<17}sizes, kB"]
    for row in rows:
        sizes = ", ".join(f"{name} {_size(found)}" for name, found in row.schemes.items())
        lines.append(
            f"{row.name:<22}{row.parameters:>12,}{row.macs:>14,}  {row.macs_of:<16}"
            f"{row.task:<17}{sizes or '-'}"
        )
    return "\n".join(lines)


def _size(found: Conversion) -> str:
    return "not made" if found.size_bytes is None else f"{found.size_bytes / 1000:,.0f}"


def _row(entry: ZooEntry, conversions: Sequence[Conversion]) -> ZooRow:
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
        schemes={found.scheme: found for found in conversions},
    )


def _shipped() -> list[Conversion]:
    """Return what the card of the shipped bundle says of our own network."""
    card = load_bundle(shipped_bundle()).card
    metrics = {metric.name: metric.value for metric in card.metrics}
    result = RuntimeResult(
        mean_error=metrics.get("parity mean"), worst_error=metrics.get("parity worst")
    )
    return [
        Conversion(
            network=_MADE_OF_BUNDLE,
            scheme=card.quantisation.scheme,
            size_bytes=card.files["model.tflite"].size_bytes,
            runtimes={_BUNDLE_RUNTIME: result},
        )
    ]
