"""`cloud-aggregator station`: the stations as the centre's database knows them."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloud.enrolment.enrol_cli import add_enrolment
from edge.commandline import EXIT_FAILED, JsonOption

if TYPE_CHECKING:
    from cloud.board.alarm import FleetAlarm
    from cloud.config import ServiceConfig
    from cloud.store import Store

_LONGEST_NAME = 64

station_app = typer.Typer(no_args_is_help=True, help="Stations: how they do, and what ails them.")
add_enrolment(station_app)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Centre's file (TOML); defaults where left out"),
]


@station_app.command("list", epilog="Example: cloud-aggregator station list --ailing")
def list_stations(
    config: ConfigOption = None,
    ailing: Annotated[
        bool, typer.Option("--ailing", help="Only those with which something is wrong")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List all stations: condition, last heard, latency, noise, clock, version, what is wrong."""
    from cloud.fleetview.listing import Looking, listing, listing_text

    settings, store = _open(config)
    looking = Looking(settings.screen.condition, settings.updates_folder)
    found = listing(store, looking, time.time_ns())
    store.close()
    shown = [one for one in found if one.reasons or not ailing]
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in shown], indent=2))
        return
    typer.echo(listing_text(shown, len(found)))


@station_app.command(epilog="Example: cloud-aggregator station show MX.003 --hours 168")
def show(
    station: Annotated[str, typer.Argument(metavar="NETWORK.STATION", help="Which")],
    hours: Annotated[
        float, typer.Option("--hours", min=0.1, max=9_600, help="Hours of history")
    ] = 24.0,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one station: how it stands, what it is to run, its history in numbers, its alarms."""
    from cloud.fleetview.closeup import close_up, close_up_text
    from cloud.fleetview.listing import Looking

    settings, store = _open(config)
    looking = Looking(settings.screen.condition, settings.updates_folder)
    found = close_up(store, looking, station, hours, time.time_ns())
    where = store.where
    store.close()
    if found is None:
        typer.echo(
            f"no station {station!r} in {where}; `cloud-aggregator station list` shows all",
            err=True,
        )
        raise typer.Exit(EXIT_FAILED)
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), indent=2))
        return
    typer.echo(close_up_text(found))


@station_app.command(epilog="Example: cloud-aggregator station alarms --open")
def alarms(
    open_only: Annotated[bool, typer.Option("--open", help="Only those that go on")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Newest at most")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List alarms on stations, newest first."""
    from cloud.store.alarms import AlarmLog

    _, store = _open(config)
    log = AlarmLog(store.engine)
    found = log.open()[::-1][:limit] if open_only else log.latest(limit)
    store.close()
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
        return
    for one in found:
        typer.echo(_alarm_line(one))
    typer.echo(f"{len(found)} alarm{'' if len(found) == 1 else 's'}")


@station_app.command(
    epilog="Example: cloud-aggregator station acknowledge silent-20260314t065133-MX.003 --by ana"
)
def acknowledge(
    alarm: Annotated[str, typer.Argument(help="Id, as `station alarms` shows it")],
    by: Annotated[str, typer.Option("--by", help="Who has seen it, at most 64 characters")],
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
) -> None:
    """Say that somebody has seen an alarm; one about a moved station is over with it."""
    from cloud.store.alarms import AlarmLog

    if not by.strip() or len(by) > _LONGEST_NAME or not by.isprintable():
        raise typer.BadParameter(f"{by!r} is not a name of 1 to {_LONGEST_NAME} characters")
    _, store = _open(config)
    log = AlarmLog(store.engine)
    known = log.get(alarm)
    if known is None:
        store.close()
        typer.echo(
            f"no alarm {alarm!r}; `cloud-aggregator station alarms` shows the last ones", err=True
        )
        raise typer.Exit(EXIT_FAILED)
    if not dry_run:
        log.acknowledge(alarm, by, time.time_ns())
    store.close()
    typer.echo(f"{'would acknowledge' if dry_run else 'acknowledged'}: {known.headline}")


@station_app.command(epilog="Example: cloud-aggregator station export --out stations.csv")
def export(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV file; printed where left out")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write the inventory as CSV: place, channels, sensor, rate, version of every station."""
    from cloud.fleetview.inventory import inventory_csv

    _, store = _open(config)
    text = inventory_csv(store)
    store.close()
    if out is None:
        typer.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    typer.echo(f"{len(text.splitlines()) - 1} stations in {out}")


def _alarm_line(alarm: "FleetAlarm") -> str:
    from edge.timestamps import format_time

    state = "over" if alarm.ended is not None else "open"
    seen = f", seen by {alarm.acknowledged_by}" if alarm.acknowledged_by is not None else ""
    return f"{format_time(alarm.began)[:19]}Z  {state}{seen}  {alarm.headline}\n  {alarm.id}"


def _open(config: Path | None) -> "tuple[ServiceConfig, Store]":
    from cloud.config import ServiceConfig, load_service_config
    from cloud.holdings import open_store

    settings = load_service_config(config) if config is not None else ServiceConfig()
    return settings, open_store(settings)
