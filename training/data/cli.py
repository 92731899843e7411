"""`model-trainer data`: look into data sets, bring them into one form, make some."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.extra import training_extra

if TYPE_CHECKING:
    from training.data.inspection import Inspection

data_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="Look into data sets, convert, make some."
)

SetArgument = Annotated[Path, typer.Argument(help="Folder or file", show_default=False)]
LayoutOption = Annotated[
    str | None,
    typer.Option(
        help="openeew, ncedc, stead, seisbench, txed, volcano, sac, miniseed or tremorkit "
        "[default: by what the folder holds]"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs")]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="New folder", show_default=False)]


class StoredAs(StrEnum):
    """How samples are stored."""

    FLOAT32 = "float32"
    INT16 = "int16"


class MadeAs(StrEnum):
    """Layouts that can be made."""

    TREMORKIT = "tremorkit"
    OPENEEW = "openeew"


@data_app.command(
    "inspect", epilog="Example: model-trainer data inspect recordings/stead --plot stead.png"
)
def inspect_command(
    path: SetArgument,
    layout: LayoutOption = None,
    plot: Annotated[Path | None, typer.Option(help="PNG to write")] = None,
    as_json: JsonOption = False,
) -> None:
    """Count recordings, rates and labels, and say what is wrong with the set."""
    with training_extra():
        from training.data.drops import Drops
        from training.data.inspection import inspect_set
        from training.data.inspection_plot import plot_inspection
        from training.data.layouts import find_layout

        found, drops = find_layout(path, layout), Drops()
        inspection = inspect_set(found.read(path, drops), drops)
        if plot is not None:
            plot_inspection(inspection, f"{path.name} ({found.name})", plot)
    if as_json:
        facts = {"path": str(path), "layout": found.name, **inspection.summary()}
        typer.echo(json.dumps(facts, indent=2))
        return
    typer.echo(f"{path}: {found.title}")
    _print_inspection(inspection)
    if plot is not None:
        typer.echo(f"{'plot':<13}{plot}")


def _print_inspection(inspection: "Inspection") -> None:
    summary = inspection.summary()
    typer.echo(
        f"{summary['recordings']} recordings of {summary['events']} events "
        f"at {summary['stations']} stations"
    )
    for name, values in inspection.counts.items():
        if name != "station":
            counted = ", ".join(f"{value} {count}" for value, count in values.most_common(8))
            typer.echo(f"{name:<13}{counted}")
    for name in ("length_s", "p_s", "s_minus_p_s", "magnitude", "distance_km"):
        spread = summary[name]
        if isinstance(spread, dict):
            figures = ", ".join(f"{key} {spread[key]:.4g}" for key in ("least", "median", "most"))
            typer.echo(f"{name:<13}{figures} ({spread['count']})")
    findings = inspection.findings()
    for one in findings:
        more = ", ..." if one.count > len(one.examples) else ""
        examples = f" ({', '.join(one.examples)}{more})" if one.examples else ""
        typer.echo(f"{one.severity:<13}{one.count} {one.text}{examples}")
    if not findings:
        typer.echo("nothing wrong found")


@data_app.command(
    epilog="Example: model-trainer data convert recordings/stead --out sets/stead --as int16"
)
def convert(
    path: SetArgument,
    out: OutOption,
    layout: LayoutOption = None,
    stored_as: Annotated[
        StoredAs, typer.Option("--as", help="int16 halves the size and suits raw counts")
    ] = StoredAs.FLOAT32,
    as_json: JsonOption = False,
) -> None:
    """Bring a data set into the one form that training reads fast, larger than memory or not."""
    with training_extra():
        from training.data.drops import Drops
        from training.data.layouts import find_layout
        from training.data.store import StoreWriter

        found, drops = find_layout(path, layout), Drops()
        with StoreWriter(out, stored_as.value) as writer:
            for recording in found.read(path, drops):
                writer.append(recording)
        facts = {"out": str(out), "recordings": len(writer), "dropped": dict(drops.counts)}
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
    else:
        typer.echo(f"{len(writer)} recordings in {out}, {drops.total} left out")


@data_app.command(
    epilog="Example: model-trainer data synthesise --layout openeew --out recordings --events 30"
)
def synthesise(
    out: OutOption,
    layout: Annotated[
        MadeAs, typer.Option(help="Windows with labels, or event folders for train and score")
    ] = MadeAs.TREMORKIT,
    events: Annotated[int, typer.Option(min=1, help="Earthquakes")] = 30,
    stations: Annotated[int, typer.Option(min=1, help="Stations of each")] = 6,
    sensor: Annotated[str, typer.Option(help="Sensor profile: a name or a .toml file")] = "openeew",
    rate_hz: Annotated[float, typer.Option(min=1, help="Of windows, hertz")] = 100.0,
    length_s: Annotated[float, typer.Option(min=11, help="Of windows, seconds")] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="Start of every random draw")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Make a labelled data set of earthquakes and noise for those who have no recordings."""
    with training_extra():
        from training.synthesise import SynthesisConfig, synthesise_store
        from training.synthesise_openeew import synthesise_openeew

        config = SynthesisConfig(
            events=events,
            stations=stations,
            sensor=sensor,
            rate_hz=rate_hz,
            length_s=length_s,
            seed=seed,
        )
        make = synthesise_store if layout is MadeAs.TREMORKIT else synthesise_openeew
        count = make(config, out)
    if as_json:
        typer.echo(json.dumps({"out": str(out), "layout": layout.value, "recordings": count}))
    else:
        typer.echo(f"{count} recordings in {out}; next: model-trainer data inspect {_made(out)}")


def _made(out: Path) -> Path:
    events = out / "openeew_mx"
    return events if events.is_dir() else out
