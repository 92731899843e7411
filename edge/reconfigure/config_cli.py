"""`edge-agent config`: examples, schemas, what was changed from afar and taking it back."""

import json
from pathlib import Path
from typing import Annotated

import typer

from edge.commandline import JsonOption

config_app = typer.Typer(
    no_args_is_help=True,
    help="Examples, the configuration in force, and what was changed from afar.",
)

_ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="Station file (TOML)", show_default=False)
]


@config_app.command(epilog="Example: edge-agent config show -c /etc/edge-agent/station.toml")
def show(config: _ConfigOption, as_json: JsonOption = False) -> None:
    """Show what lies over the station file; with --json the whole configuration in force."""
    from edge.reconfigure.answers import shown
    from edge.reconfigure.effective import effective, read_station_file
    from edge.reconfigure.on_site import told

    held = effective(read_station_file(config))
    if as_json:
        typer.echo(json.dumps(shown(held), indent=2))
        return
    for line in told(held):
        typer.echo(line)


@config_app.command(epilog="Example: edge-agent config reset -c station.toml detection.sta_lta")
def reset(
    config: _ConfigOption,
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            help="Keys to follow the file again; all where left out", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take back what was changed from afar; a change on trial, too. Holds from the next start."""
    from edge.owner import as_owner_of
    from edge.reconfigure.effective import read_station_file
    from edge.reconfigure.on_site import take_back

    file = read_station_file(config)
    with as_owner_of(file.config.state_dir):
        taken = take_back(file, keys or [])
    if as_json:
        typer.echo(json.dumps({"taken_back": taken}))
        return
    if not taken:
        typer.echo("nothing was changed from afar")
        return
    typer.echo(f"taken back: {', '.join(taken)}")
    typer.echo("it holds from the next start of the agent: systemctl restart edge-agent")


@config_app.command(epilog="Example: edge-agent config schema station > station.schema.json")
def schema(
    name: Annotated[
        str, typer.Argument(help="Kind of file: station, settings, system, board or sensor")
    ] = "station",
) -> None:
    """Print the JSON Schema of a kind of file, for editors that complete and check it."""
    from edge.schemas import schema_text

    typer.echo(schema_text(name), nl=False)


@config_app.command(epilog="Example: edge-agent config example adxl355 > station.toml")
def example(
    name: Annotated[
        str | None, typer.Argument(help="Which one; a list where left out", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a file to begin with: a station, settings, a system, a systemd unit."""
    from edge.examples import examples, find_example

    if name is not None:
        typer.echo(find_example(name).text, nl=False)
        return
    found = examples()
    if as_json:
        typer.echo(json.dumps([{"name": one.name, "title": one.title} for one in found], indent=2))
        return
    width = max(len(one.name) for one in found)
    for one in found:
        typer.echo(f"{one.name:<{width}}  {one.title}")
