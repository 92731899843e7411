"""`cloud-aggregator command`: tells stations to do something, and shows what they answer."""

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from edge.commandline import EXIT_FAILED, JsonOption

command_app = typer.Typer(
    no_args_is_help=True,
    help="Tell stations to do something, and show what they answer.",
)

StationsArgument = Annotated[
    list[str], typer.Argument(metavar="NETWORK.STATION...", help="Stations, like XX.KARA1")
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Centre's file (TOML), for its broker"),
]
WaitOption = Annotated[
    float, typer.Option("--wait", min=0, max=3600, help="Seconds to wait for answers; 0 for none")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing")
]


@command_app.command(
    epilog="Example: cloud-aggregator command waveform XX.KARA1 "
    "--start 2026-03-14T06:52:00Z --end 2026-03-14T06:53:00Z"
)
def waveform(
    stations: StationsArgument,
    start: Annotated[str, typer.Option("--start", help="First time wanted, ISO 8601")],
    end: Annotated[str, typer.Option("--end", help="Last time wanted, ISO 8601")],
    channels: Annotated[
        str, typer.Option("--channels", help="Pattern of channel codes, as HN? or *")
    ] = "*",
    config: ConfigOption = None,
    wait: WaitOption = 30.0,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Ask for a stretch of the archive; a running centre keeps what comes (fdsnws-dataselect)."""
    from cloud.commands.wanted import time_of

    arguments = {
        "start": time_of(start, "--start"),
        "end": time_of(end, "--end"),
        "channels": channels,
    }
    _send("waveform", stations, arguments, config, wait, dry_run=dry_run, as_json=as_json)


@command_app.command(
    epilog="Example: cloud-aggregator command configure XX.KARA1 --set archive.flush_s=10"
)
def configure(
    stations: StationsArgument,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting; the value is JSON or a text"),
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option("--unset", metavar="KEY", help="Count as left out")
    ] = None,
    reset: Annotated[
        list[str] | None,
        typer.Option("--reset", metavar="KEY", help="Follow the station file again; * for all"),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Only show what is in force")] = False,
    on_trial: Annotated[
        bool, typer.Option("--try", help="The station says what would change, and changes nothing")
    ] = False,
    config: ConfigOption = None,
    wait: WaitOption = 300.0,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Change settings from afar; a station keeps a change if it is well with it."""
    from cloud.commands.wanted import settings_of
    from cloud.errors import CommandUsageError

    if show == bool(changes or unset or reset):
        raise CommandUsageError("give --show, or one or more of --set, --unset and --reset")
    arguments: dict[str, Any] = {"show": True}
    if not show:
        arguments = {
            "set": settings_of(changes or []),
            "unset": unset or [],
            "reset": reset or [],
            "dry_run": on_trial,
        }
    _send("configure", stations, arguments, config, wait, dry_run=dry_run, as_json=as_json)


@command_app.command(epilog="Example: cloud-aggregator command drill XX.KARA1 XX.KARA2 --pd 0.001")
def drill(
    stations: StationsArgument,
    onset: Annotated[
        str | None, typer.Option("--onset", help="Of the P to play, ISO 8601; now where left out")
    ] = None,
    pd: Annotated[
        float | None, typer.Option("--pd", min=0, max=10, help="Peak displacement, m")
    ] = None,
    pga: Annotated[
        float | None, typer.Option("--pga", min=0, max=100, help="Peak acceleration, m/s2")
    ] = None,
    jma: Annotated[
        float | None, typer.Option("--jma", min=-3, max=8, help="JMA instrumental intensity")
    ] = None,
    config: ConfigOption = None,
    wait: WaitOption = 30.0,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Play a trigger that is marked as an exercise; it can never make a real event."""
    from cloud.commands.wanted import time_of

    wished = {
        "onset": None if onset is None else time_of(onset, "--onset"),
        "pd_m": pd,
        "pga_m_s2": pga,
        "jma_intensity": jma,
    }
    arguments = {key: value for key, value in wished.items() if value is not None}
    _send("drill", stations, arguments, config, wait, dry_run=dry_run, as_json=as_json)


@command_app.command(epilog="Example: cloud-aggregator command restart XX.KARA1")
def restart(
    stations: StationsArgument,
    config: ConfigOption = None,
    wait: WaitOption = 30.0,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Let agents end and start anew; what waits in their outboxes stays there."""
    _send("restart", stations, {}, config, wait, dry_run=dry_run, as_json=as_json)


def _send(
    name: str,
    stations: list[str],
    arguments: dict[str, Any],
    config: Path | None,
    wait_s: float,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send one command to each station, show the answers, and end with what became of them."""
    from cloud.commands.sending import send_commands
    from cloud.commands.showing import as_text, outcomes_as_json, waiting_bar
    from cloud.commands.wanted import command_of, stations_of
    from cloud.config import ServiceConfig, load_service_config
    from edge.messages.topics import station_topic

    settings = load_service_config(config) if config is not None else ServiceConfig()
    now_ns = time.time_ns()
    commands = {
        station: command_of(name, arguments, now_ns, wait_s) for station in stations_of(stations)
    }
    if dry_run:
        planned = [
            {
                "topic": station_topic(*station, "command"),
                "command": json.loads(command.to_wire()),
            }
            for station, command in commands.items()
        ]
        typer.echo(json.dumps(planned, indent=2))
        return
    with waiting_bar(len(commands), quiet=as_json or wait_s == 0) as heard:
        outcomes = asyncio.run(send_commands(settings.mqtt, commands, wait_s, heard))
    if as_json:
        typer.echo(json.dumps(outcomes_as_json(outcomes), indent=2))
    else:
        for line in as_text(outcomes, waited=wait_s > 0):
            typer.echo(line)
    if wait_s > 0 and not all(outcome.is_well for outcome in outcomes.values()):
        raise typer.Exit(EXIT_FAILED)
