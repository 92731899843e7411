"""`cloud-aggregator associate` on the command line."""

import json
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from edge.commandline import JsonOption

EPILOG: Final = "Example: cloud-aggregator associate picks.jsonl --stations stations.csv"


def associate(
    picks: Annotated[
        Path,
        typer.Argument(
            help="Picks: a JSON object a line with station, phase, time and, where known, "
            "probability and uncertainty_s",
            show_default=False,
        ),
    ],
    stations: Annotated[
        Path,
        typer.Option("--stations", help="CSV of network,station,latitude,longitude,elevation_m"),
    ],
    engine: Annotated[
        Literal["own", "pyocto"], typer.Option("--engine", help="Who puts the picks together")
    ] = "own",
    out: Annotated[Path, typer.Option("--out", "-o", help="One JSON object an event")] = Path(
        "events.jsonl"
    ),
    quakeml: Annotated[
        Path | None, typer.Option("--quakeml", help="Write the events as QuakeML 1.2 too")
    ] = None,
    least_picks: Annotated[
        int, typer.Option("--least-picks", min=3, help="P and S that an event has at least")
    ] = 6,
    least_probability: Annotated[
        float, typer.Option("--least-probability", min=0, max=1, help="Leave out picks below it")
    ] = 0.0,
    deepest_km: Annotated[
        float, typer.Option("--deepest-km", min=10, max=300, help="No source lies below it")
    ] = 120.0,
    velocity_model: Annotated[
        Path | None,
        typer.Option("--velocity-model", help="CSV of depth_km,vp_km_s,vs_km_s; iasp91 without"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a catalogue of a file of picks: days or months of them at one go."""
    from cloud.catalogue.command import AssociateOptions, associate_command
    from cloud.catalogue.config import CatalogueConfig
    from cloud.velocity import load_velocity_model

    options = AssociateOptions(
        engine=engine,
        least_probability=least_probability,
        config=CatalogueConfig(least_picks=least_picks, deepest_km=deepest_km),
        model=None if velocity_model is None else load_velocity_model(velocity_model),
        quiet=as_json,
    )
    events = associate_command(picks, stations, out, options)
    if quakeml is not None:
        from cloud.quakeml import quakeml as document

        quakeml.write_bytes(document(events))
    if as_json:
        typer.echo(json.dumps([json.loads(event.to_wire()) for event in events], indent=2))
        return
    typer.echo(f"{len(events)} event{'' if len(events) == 1 else 's'} in {out}")
