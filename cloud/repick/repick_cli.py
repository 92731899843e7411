"""`cloud-aggregator repick`: a whole archive through the deep picker."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from edge.commandline import JsonOption

EPILOG = "Example: cloud-aggregator repick /var/lib/cloud-aggregator/waveforms --out picks.jsonl"
_DAY = ["%Y-%m-%d"]


def repick(
    archive: Annotated[Path, typer.Argument(help="Root of an SDS tree", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="One JSON object a pick and line")
    ] = Path("picks.jsonl"),
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="Centre's file, for its section picking; defaults without"
        ),
    ] = None,
    engine: Annotated[
        Literal["local", "ray"] | None,
        typer.Option(help="Processes here, or Ray [default: as the file says, else local]"),
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Of a Ray cluster; a Ray of its own here without")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processes, or actors of Ray")
    ] = None,
    channels: Annotated[str, typer.Option(help="Pattern of channel codes")] = "?N?",
    start: Annotated[datetime | None, typer.Option(formats=_DAY, help="First day")] = None,
    end: Annotated[datetime | None, typer.Option(formats=_DAY, help="Last day")] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Begin from nothing; without, go on where it ended")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Pick P and S in every record of an archive.

    The file of picks grows a station's day at a time; the same command goes on after a kill.
    """
    from cloud.config import ServiceConfig, load_service_config
    from cloud.repick.command import Wanted, repick_command
    from edge.logs import configure_logs

    configure_logs(as_json=False)
    section = (load_service_config(config) if config is not None else ServiceConfig()).picking
    ray = {"actors": workers, "address": address}
    changes: dict[str, object] = {
        "engine": engine,
        "workers": workers,
        "ray": section.ray.model_copy(update={k: v for k, v in ray.items() if v is not None}),
        # Nobody waits for an answer: a slow machine may take its time.
        "deadline_s": 86_400.0,
    }
    chosen = section.model_copy(update={k: v for k, v in changes.items() if v is not None})
    wanted = Wanted(archive, channels, start.date() if start else None, end.date() if end else None)
    result = repick_command(wanted, out, chosen, anew=anew, quiet=as_json)
    if as_json:
        typer.echo(json.dumps(result, indent=2))
        return
    picks = result["picks"]
    typer.echo(f"{result['hours']} hours of record, {picks}, in {out}")
