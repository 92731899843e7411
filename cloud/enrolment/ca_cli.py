"""`cloud-aggregator ca`: the authority for stations' certificates."""

import json
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cloud.errors import AuthorityError
from edge.commandline import JsonOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloud.config import ServiceConfig
    from cloud.enrolment.authority import Authority
    from cloud.enrolment.office import Office

_LONGEST_NAME: Final = 64
"""Of X.520's common name."""
_MOST_NAMES: Final = 10

ca_app = typer.Typer(
    no_args_is_help=True, help="The authority for the certificates of stations and broker."
)

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="Centre's file (TOML)", show_default=False)
]


@ca_app.command(epilog="Example: cloud-aggregator ca init --config centre.toml")
def init(
    config: ConfigOption,
    name: Annotated[
        str, typer.Option("--name", help="What it is called, at most 64 characters")
    ] = "tremorkit stations",
    days: Annotated[float, typer.Option("--days", min=1, max=36_500, help="It holds")] = 3650,
    within: Annotated[
        list[str] | None,
        typer.Option(
            "--within",
            help="Domain outside of which it can name no server, nor one by an IP address; may "
            "be given several times",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the authority, and all that Mosquitto reads.

    Its key is encrypted where `enrolment.passphrase_file` is given; else its mode protects it.
    """
    from cloud.config import load_service_config
    from cloud.enrolment.authority import make_authority
    from cloud.enrolment.office import Office, authority_folder, passphrase_of, section_of
    from cloud.holdings import open_store

    settings = load_service_config(config)
    passphrase = passphrase_of(section_of(settings))
    folder = authority_folder(settings)
    _checked_name(name)
    if dry_run:
        typer.echo(f"would make {name!r}, for {days:g} days, in {folder}")
        return
    made = make_authority(folder, name, days, passphrase, time.time_ns(), tuple(within or ()))
    store = open_store(settings)
    try:
        office = Office(settings, store.engine)
        _refresh(office)
    finally:
        store.close()
    found = {"folder": str(folder), **_shown(made)}
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for key, value in found.items():
        typer.echo(f"{key:7} {value}")
    typer.echo(f"for Mosquitto: {office.lists.folder}")


def _refresh(office: "Office") -> None:
    """Write what Mosquitto reads; one that is not there yet is set up with these very files."""
    from cloud.enrolment.lists import RELOAD

    try:
        office.refresh()
    except AuthorityError as error:
        if error.subject != RELOAD:
            raise
        typer.echo(f"{error}", err=True)


@ca_app.command(epilog="Example: cloud-aggregator ca show --config centre.toml --json")
def show(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Show what the authority is called, its fingerprint, and how long it holds.

    During a rotation also the authority before, and who still hangs on it.
    """
    from cloud.config import load_service_config

    with _office(load_service_config(config)) as office:
        found = _facts(office)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    previous = found.pop("previous")
    for key, value in found.items():
        typer.echo(f"{key:7} {value}")
    if previous is not None:
        typer.echo(f"before  {previous['name']}, until {previous['until']}")
        _tell_left(previous["stations"], previous["tokens"])


@ca_app.command(
    epilog="Example: cloud-aggregator ca rotate --config centre.toml\n\n"
    "Example: cloud-aggregator ca rotate --config centre.toml --name 'valley 2027' --dry-run"
)
def rotate(
    config: ConfigOption,
    name: Annotated[
        str | None, typer.Option("--name", help="What the next one is called; a number is added")
    ] = None,
    days: Annotated[float, typer.Option("--days", min=1, max=36_500, help="It holds")] = 3650,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the next authority; stations learn of it when they renew, and both count meanwhile.

    `ca show` says who has not yet. When nobody is left, `ca retire` ends it.
    """
    from cloud.config import load_service_config
    from cloud.enrolment.authorities import next_name
    from cloud.enrolment.authorities import rotate as make_next
    from cloud.enrolment.office import authority_folder, passphrase_of, section_of

    settings = load_service_config(config)
    folder, passphrase = authority_folder(settings), passphrase_of(section_of(settings))
    with _office(settings) as office:
        wanted = _checked_name(name or next_name(office.authorities.current.name))
        if dry_run:
            typer.echo(f"would make {wanted!r}, for {days:g} days, in {folder}")
            return
        made = make_next(folder, passphrase, days, wanted, time.time_ns())
        detail = f"authority {made.name!r}, sha256 {made.fingerprint}"
        office.registry.note(time.time_ns(), "rotate", None, "", detail)
        office.refresh()
        office.publish()
        found = _facts(office)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    typer.echo(f"{made.name}, until {found['until']}; stations learn of it when they renew")
    _tell_left(found["previous"]["stations"], found["previous"]["tokens"])


@ca_app.command(
    epilog="Example: cloud-aggregator ca retire --config centre.toml\n\n"
    "Example: cloud-aggregator ca retire --config centre.toml --force"
)
def retire(
    config: ConfigOption,
    force: Annotated[
        bool, typer.Option("--force", help="Shut out who has not renewed; they need new tokens")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
) -> None:
    """End a rotation: the authority before counts no more, and its key is wiped."""
    from cloud.config import load_service_config
    from cloud.enrolment.authorities import retire as remove
    from cloud.enrolment.handover import left_behind
    from cloud.enrolment.office import authority_folder, passphrase_of, section_of

    settings = load_service_config(config)
    with _office(settings) as office:
        left = left_behind(office.engine, office.authorities, time.time_ns())
        if left.names and not force:
            reason = (
                f"{len(left.names)} stations believe in it alone: {', '.join(left.names[:10])}; "
                "wait until they have renewed, or shut them out by --force"
            )
            raise AuthorityError("retire", reason)
        if dry_run:
            typer.echo(f"would retire the authority before; {len(left.names)} would be shut out")
            return
        gone = remove(authority_folder(settings), passphrase_of(section_of(settings)))
        shut = f"; shut out: {', '.join(left.names)}" if left.names else ""
        detail = f"authority {gone.name!r}, sha256 {gone.fingerprint}{shut}"
        office.registry.note(time.time_ns(), "retire", None, "", detail)
        office.refresh()
        office.publish()
    typer.echo(f"retired {gone.name}; {len(left.names)} stations need new tokens")


@ca_app.command(epilog="Example: cloud-aggregator ca publish --config centre.toml")
def publish(
    config: ConfigOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
) -> None:
    """Write anew what Mosquitto reads: rights, revoked certificates, certificates."""
    from cloud.config import load_service_config

    with _office(load_service_config(config)) as office:
        let_in, gone = office.registry.let_in(), office.registry.revoked(time.time_ns())
        if not dry_run:
            office.refresh()
            office.publish()
        folder = office.lists.folder
    said = "would write" if dry_run else "wrote"
    typer.echo(f"{said} {folder}: {len(let_in)} stations, {len(gone)} revoked")


@contextmanager
def _office(settings: "ServiceConfig") -> "Iterator[Office]":
    from cloud.enrolment.office import Office
    from cloud.holdings import open_store

    store = open_store(settings)
    try:
        yield Office(settings, store.engine)
    finally:
        store.close()


def _facts(office: "Office") -> dict[str, Any]:
    """Return what there is to show of the authorities."""
    from cloud.enrolment.handover import left_behind

    known = office.authorities
    previous = None
    if known.previous is not None:
        left = left_behind(office.engine, known, time.time_ns())
        previous = _shown(known.previous) | {
            "stations": [".".join(names) for names in left.stations],
            "tokens": [".".join(names) for names in left.tokens],
        }
    return {"folder": str(office.folder), **_shown(known.current), "previous": previous}


def _shown(authority: "Authority") -> dict[str, Any]:
    certificate = authority.certificate
    return {
        "name": certificate.subject.rfc4514_string(),
        "sha256": authority.fingerprint,
        "until": f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
    }


def _tell_left(stations: list[str], tokens: list[str]) -> None:
    if not stations and not tokens:
        typer.echo("nobody hangs on the one before: cloud-aggregator ca retire")
    for who, names in (("stations", stations), ("tokens", tokens)):
        if names:
            more = ", ..." if len(names) > _MOST_NAMES else ""
            typer.echo(f"{len(names)} {who} not yet: {', '.join(names[:_MOST_NAMES])}{more}")


def _checked_name(name: str) -> str:
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise typer.BadParameter(f"{name!r} is not a name of 1 to {_LONGEST_NAME} characters")
    return name
