"""The centre's command line.

Exit codes: 0 all is well, 1 it could not be done, 2 wrong usage or configuration.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from edge import __version__
from edge.errors import ConfigError, TremorError

_EXIT_FAILED = 1
_EXIT_USAGE = 2

app = typer.Typer(
    name="cloud-aggregator",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="The centre: triggers of many stations in, located events out, and a screen.",
    epilog="Exit codes: 0 well, 1 it could not be done, 2 wrong usage or configuration.",
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs")]
StationsOption = Annotated[
    Path | None,
    typer.Option(
        "--stations",
        help="CSV of network,station,latitude,longitude,elevation_m that overrides coordinates",
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cloud-aggregator {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version")
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: cloud-aggregator replay openeew/2020_1_30 --out events.jsonl")
def replay(
    data: Annotated[Path, typer.Argument(help="Folder of recordings", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="One JSON object an event revision and line")
    ] = Path("events.jsonl"),
    stations: StationsOption = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Bundle for every station; the shipped one where left out"),
    ] = None,
    sta_lta_only: Annotated[
        bool, typer.Option("--sta-lta-only", help="Run the stations without a network")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run every station of a recording and the aggregator on the data's clock."""
    from cloud.replay_command import replay_command

    events = replay_command(
        data, out, station_table=stations, bundle=model, network=not sta_lta_only, quiet=as_json
    )
    if as_json:
        typer.echo(json.dumps([json.loads(event.to_wire()) for event in events], indent=2))
        return
    from cloud.summary import summarise

    for event in events:
        typer.echo(summarise(event))
    typer.echo(f"{len(events)} event{'' if len(events) == 1 else 's'}, all revisions in {out}")


def main() -> None:
    """Run the command line; errors of the kit are told in a sentence, not a traceback."""
    try:
        app()
    except TremorError as error:
        Console(stderr=True).print(f"[red]error:[/] {error}", highlight=False)
        sys.exit(_EXIT_USAGE if isinstance(error, ConfigError) else _EXIT_FAILED)
    except ModuleNotFoundError as error:
        typer.echo(
            f"error: {error.name!r} is not installed; pip install 'tremorkit[cloud]' mends it",
            err=True,
        )
        sys.exit(_EXIT_FAILED)
