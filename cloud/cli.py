"""The centre's command line.

Exit codes: 0 all is well, 1 it could not be done, 2 wrong usage or configuration.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from cloud.acl_cli import acl
from cloud.catalogue import catalogue_cli
from cloud.commands.command_cli import command_app
from cloud.corrections_cli import corrections
from cloud.enrolment.ca_cli import ca_app
from cloud.release.release_cli import release_app
from cloud.repick import repick_cli
from cloud.rollout.rollout_cli import rollout_app
from cloud.station_cli import station_app
from cloud.token_cli import token_app
from edge.commandline import JsonOption, kit_app, run_app

app = kit_app(
    "cloud-aggregator",
    "The centre: triggers of many stations in, located events out, and a screen.",
)

app.add_typer(token_app, name="token")
app.add_typer(command_app, name="command")
app.add_typer(station_app, name="station")
app.add_typer(release_app, name="release")
app.add_typer(rollout_app, name="rollout")
app.add_typer(ca_app, name="ca")
app.command(epilog="Example: cloud-aggregator corrections --station XX.A01")(corrections)
app.command(epilog="Example: cloud-aggregator acl --stations stations.csv > tremorkit.acl")(acl)
app.command(epilog=repick_cli.EPILOG)(repick_cli.repick)
app.command(epilog=catalogue_cli.EPILOG)(catalogue_cli.associate)

StationsOption = Annotated[
    Path | None,
    typer.Option(
        "--stations",
        help="CSV of network,station,latitude,longitude,elevation_m that overrides coordinates",
    ),
]


@app.command(epilog="Example: cloud-aggregator replay openeew/2020_1_30 --out events.jsonl")
def replay(
    data: Annotated[Path, typer.Argument(help="Folder of recordings", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="One JSON object an event revision and line")
    ] = Path("events.jsonl"),
    quakeml: Annotated[
        Path | None, typer.Option("--quakeml", help="Write the events as QuakeML 1.2 too")
    ] = None,
    stations: StationsOption = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Bundle for every station; the shipped one where left out"),
    ] = None,
    sta_lta_only: Annotated[
        bool, typer.Option("--sta-lta-only", help="Run the stations without a network")
    ] = False,
    no_thorough: Annotated[
        bool,
        typer.Option("--no-thorough", help="Triggers only: no revisions from waveforms"),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run every station of a recording and the aggregator on the data's clock."""
    from cloud.replay_command import replay_command

    events = replay_command(
        data,
        out,
        station_table=stations,
        bundle=model,
        network=not sta_lta_only,
        thorough=not no_thorough,
        quiet=as_json,
    )
    if quakeml is not None:
        from cloud.quakeml import quakeml as document

        quakeml.write_bytes(document(events))
    if as_json:
        typer.echo(json.dumps([json.loads(event.to_wire()) for event in events], indent=2))
        return
    from cloud.summary import summarise

    for event in events:
        typer.echo(summarise(event))
    typer.echo(f"{len(events)} event{'' if len(events) == 1 else 's'}, all revisions in {out}")


@app.command(epilog="Example: cloud-aggregator run --config /etc/cloud-aggregator/centre.toml")
def run(
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Centre's file (TOML); defaults where left out"),
    ] = None,
    json_logs: Annotated[bool, typer.Option("--json-logs", help="Log as JSON lines")] = False,
) -> None:
    """Run the centre until it is stopped (SIGTERM or Ctrl-C ends it cleanly)."""
    from cloud.config import ServiceConfig, load_service_config
    from cloud.service import run_service
    from edge.logs import configure_logs

    configure_logs(as_json=json_logs)
    run_service(load_service_config(config) if config is not None else ServiceConfig())


def _broker_address(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise typer.BadParameter(f"{text!r} is not HOST:PORT, like 192.0.2.7:1883")
    return host, int(port)


@app.command(epilog="Example: cloud-aggregator demo --data openeew/2020_1_30 --speed 10")
def demo(
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Folder of recordings to replay; a made-up network without"),
    ] = None,
    stations: StationsOption = None,
    speed: Annotated[
        float, typer.Option("--speed", min=0.1, max=100, help="Times real time")
    ] = 1.0,
    broker: Annotated[
        str | None, typer.Option("--broker", help="HOST:PORT of a broker; an embedded one without")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Keeps configurations, logs, databases; temporary without"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Port of the page; 8080 or a free one"),
    ] = None,
    exit_after_event: Annotated[
        bool, typer.Option("--exit-after-event", help="End with one located event, print it")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", min=1, help="Most seconds from the start of the data to wait"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the real thing on this machine: broker, stations as processes, centre and page."""
    from cloud.demo import DemoOptions, run_demo
    from cloud.summary import summarise

    event = run_demo(
        DemoOptions(
            data=data,
            station_table=stations,
            speed=speed,
            broker=_broker_address(broker),
            folder=folder,
            port=port,
            exit_after_event=exit_after_event,
            timeout_s=timeout,
        )
    )
    if event is None:
        return
    typer.echo(json.dumps(json.loads(event.to_wire()), indent=2) if as_json else summarise(event))


@app.command(epilog="Example: cloud-aggregator simulate --stations 1000 --minutes 10 --seed 1")
def simulate(
    stations: Annotated[int, typer.Option("--stations", min=4, max=20_000)] = 100,
    minutes: Annotated[float, typer.Option("--minutes", min=0.5, max=1440)] = 5.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed, the same day")] = 1,
    spacing_km: Annotated[
        float, typer.Option("--spacing-km", min=1, max=200, help="Between neighbours")
    ] = 15.0,
    quakes_per_minute: Annotated[
        float, typer.Option("--quakes-per-minute", min=0.01, max=60, help="Of magnitude 4 to 7")
    ] = 1.0,
    broker: Annotated[
        str | None, typer.Option("--broker", help="HOST:PORT of a broker; a Mosquitto without")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Keeps logs and database; temporary without")
    ] = None,
    ingest: Annotated[
        int, typer.Option("--ingest", min=0, max=64, help="Processes that receive, see [ingest]")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Play virtual stations and earthquakes to a real centre through a real broker; score it."""
    from cloud.simulate.command import simulate_command
    from cloud.simulate.script import ScriptConfig

    script = ScriptConfig(
        stations=stations,
        minutes=minutes,
        seed=seed,
        spacing_km=spacing_km,
        quakes_per_minute=quakes_per_minute,
    )
    simulate_command(script, _broker_address(broker), folder, ingest, as_json=as_json)


def main() -> None:
    """Run the command line."""
    run_app(app, extra="cloud")


if __name__ == "__main__":
    main()
