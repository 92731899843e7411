"""`cloud-aggregator station add|revoke|enrolments|audit`: who is let in."""

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.commandline import EXIT_FAILED, JsonOption
from edge.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloud.config import ServiceConfig
    from cloud.enrolment.office import Office
    from cloud.enrolment.registry import Names
    from edge.enrol.ticket import Ticket

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="Centre's file (TOML)", show_default=False)
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Change nothing")]
StationArgument = Annotated[str, typer.Argument(metavar="NETWORK.STATION", help="Which")]


def add(
    config: ConfigOption,
    station: Annotated[
        str | None, typer.Argument(metavar="NETWORK.STATION", help="Which; or --csv")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="CSV with the columns network and station")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="File for the token; with --csv a folder, a file STATION.token each"
        ),
    ] = None,
    expires_days: Annotated[
        float | None,
        typer.Option("--expires", min=0.01, max=365, help="Days; enrolment.token_days without"),
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Let stations in, and make the token file that goes onto each card.

    A token works once. An older token of the station that was not used is worth nothing any more;
    certificates that the station has end when it comes with the new one.
    """
    from cloud.config import load_service_config

    settings = _with_life(load_service_config(config), expires_days)
    wanted = _wanted(station, csv, out)
    with _office(settings) as office:
        if dry_run:
            typer.echo(f"would let in {', '.join('.'.join(names) for names in wanted)}")
            return
        tickets = []
        for names in _told(wanted):
            ticket = office.add(names)
            tickets.append(ticket)
            if out is not None:
                _write(out if csv is None else out / f"{names[1]}.token", ticket)
        # Before the broker is told, which may fail: an older token is worth nothing any more.
        _say(tickets, out, as_json=as_json)
        office.publish()


def revoke(
    station: StationArgument,
    config: ConfigOption,
    dry_run: DryRunOption = False,
) -> None:
    """Shut a station out: its rights, its certificates, its tokens."""
    from cloud.config import load_service_config
    from cloud.enrolment.office import now_ns

    names = _names(station)
    with _office(load_service_config(config)) as office:
        done = (
            office.registry.is_let_in(names) if dry_run else office.registry.revoke(names, now_ns())
        )
        if not done:
            typer.echo(
                f"{station} is not let in; `cloud-aggregator station enrolments` shows who is",
                err=True,
            )
            raise typer.Exit(EXIT_FAILED)
        if not dry_run:
            office.publish()
    typer.echo(f"{'would revoke' if dry_run else 'revoked'} {station}")


def enrolments(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Show who has a token, who a certificate and until when, and who was shut out."""
    from cloud.config import load_service_config
    from cloud.enrolment.office import now_ns
    from cloud.enrolment.registry import Registry
    from cloud.holdings import open_store
    from edge.timestamps import format_time

    store = open_store(load_service_config(config))
    found = Registry(store.engine).all(now_ns())
    store.close()
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
        return
    for one in found:
        until = "" if one.until is None else format_time(one.until)[:16] + "Z"
        typer.echo(f"{one.network}.{one.station:12}  {one.standing.value:13}  {until}")
    typer.echo(f"{len(found)} stations")


def audit(
    config: ConfigOption,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Newest")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show what was done: tokens, certificates, refusals, revocations, newest first."""
    from cloud.config import load_service_config
    from cloud.enrolment.registry import Registry
    from cloud.holdings import open_store
    from edge.timestamps import format_time

    store = open_store(load_service_config(config))
    found = Registry(store.engine).audit(limit)
    store.close()
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
        return
    for one in found:
        who = " ".join(text for text in (one.station, one.address) if text)
        typer.echo(f"{format_time(one.at)[:19]}Z  {one.action:7}  {who}  {one.detail}")


def add_enrolment(app: typer.Typer) -> None:
    """Add the commands to the group `station`."""
    one = "Example: cloud-aggregator station"
    app.command(epilog=f"{one} add XX.KARA1 -c centre.toml --out KARA1.token")(add)
    app.command(epilog=f"{one} revoke XX.KARA1 -c centre.toml")(revoke)
    app.command(epilog=f"{one} enrolments -c centre.toml")(enrolments)
    app.command(epilog=f"{one} audit -c centre.toml --limit 20")(audit)


@contextmanager
def _office(settings: "ServiceConfig") -> "Iterator[Office]":
    from cloud.enrolment.office import Office
    from cloud.holdings import open_store

    store = open_store(settings)
    try:
        yield Office(settings, store.engine)
    finally:
        store.close()


def _with_life(settings: "ServiceConfig", days: float | None) -> "ServiceConfig":
    from cloud.enrolment.office import section_of

    section = section_of(settings)
    if days is None:
        return settings
    changed = section.model_copy(update={"token_days": days})
    return settings.model_copy(update={"enrolment": changed})


def _wanted(station: str | None, csv: Path | None, out: Path | None) -> "list[Names]":
    from cloud.acl import read_station_names

    if (station is None) == (csv is None):
        raise typer.BadParameter("give a station, or --csv with many")
    if csv is None:
        return [_names(station or "")]
    if out is None:
        raise typer.BadParameter("--csv needs --out DIR for the token files")
    names = read_station_names(csv)
    codes = [code for _, code in names]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        problem = f"{', '.join(twice)}: more than once, so their files would have one name"
        raise ConfigError(csv, [problem])
    return names


def _names(text: str) -> "Names":
    from cloud.enrolment.office import names_of

    names = names_of(text)
    if names is None:
        raise typer.BadParameter(f"{text!r} is not NETWORK.STATION, such as XX.KARA1")
    return names


def _told(wanted: "list[Names]") -> "Iterator[Names]":
    """Yield the stations, with a bar where there are many."""
    from rich.console import Console
    from rich.progress import track

    err = Console(stderr=True)
    yield from track(wanted, "tokens", console=err, disable=len(wanted) == 1, transient=True)


def _write(path: Path, ticket: "Ticket") -> None:
    """Write a token file, for its owner alone; an older one is replaced: it is worth nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(ticket.to_bytes())
    except OSError as error:
        raise ConfigError(path, [f"cannot be written: {error}"]) from error


def _say(tickets: "list[Ticket]", out: Path | None, *, as_json: bool) -> None:
    from edge.timestamps import format_time

    if as_json:
        shown = [
            {
                "network": one.network,
                "station": one.station,
                "token_id": one.token_id,
                "expires": format_time(one.expires),
                **({} if out is not None else {"ticket": one.model_dump(mode="json")}),
            }
            for one in tickets
        ]
        typer.echo(json.dumps(shown, indent=2))
        return
    if out is None:
        typer.echo(tickets[0].to_bytes().decode(), nl=False)
        return
    typer.echo(
        f"{len(tickets)} token{'' if len(tickets) == 1 else 's'} in {out}, "
        f"until {format_time(tickets[0].expires)[:16]}Z"
    )
