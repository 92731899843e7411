"""`cloud-aggregator ca`: the authority for stations' certificates."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.commandline import JsonOption

if TYPE_CHECKING:
    from cloud.enrolment.authority import Authority

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
    if not 1 <= len(name) <= 64 or not name.isprintable():  # noqa: PLR2004 - of X.520's common name
        raise typer.BadParameter(f"{name!r} is not a name of 1 to 64 characters")
    if dry_run:
        typer.echo(f"would make {name!r}, for {days:g} days, in {folder}")
        return
    made = make_authority(folder, name, days, passphrase, time.time_ns(), tuple(within or ()))
    store = open_store(settings)
    office = Office(settings, store.engine)
    office.refresh()
    store.close()
    _show(made, folder, as_json=as_json)
    if not as_json:
        typer.echo(f"for Mosquitto: {office.lists.folder}")


@ca_app.command(epilog="Example: cloud-aggregator ca show --config centre.toml --json")
def show(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Show what the authority is called, its fingerprint, and how long it holds."""
    from cloud.config import load_service_config
    from cloud.enrolment.authority import load_authority
    from cloud.enrolment.office import authority_folder, passphrase_of, section_of

    settings = load_service_config(config)
    folder = authority_folder(settings)
    _show(load_authority(folder, passphrase_of(section_of(settings))), folder, as_json=as_json)


@ca_app.command(epilog="Example: cloud-aggregator ca publish --config centre.toml")
def publish(
    config: ConfigOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
) -> None:
    """Write anew what Mosquitto reads: rights, revoked certificates, certificates."""
    from cloud.config import load_service_config
    from cloud.enrolment.office import Office
    from cloud.holdings import open_store

    settings = load_service_config(config)
    store = open_store(settings)
    office = Office(settings, store.engine)
    let_in, gone = office.registry.let_in(), office.registry.revoked(time.time_ns())
    if not dry_run:
        office.refresh()
        office.publish()
    store.close()
    said = "would write" if dry_run else "wrote"
    typer.echo(f"{said} {office.lists.folder}: {len(let_in)} stations, {len(gone)} revoked")


def _show(authority: "Authority", folder: Path, *, as_json: bool) -> None:
    certificate = authority.certificate
    found = {
        "folder": str(folder),
        "name": certificate.subject.rfc4514_string(),
        "sha256": authority.fingerprint,
        "until": f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
    }
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for key, value in found.items():
        typer.echo(f"{key:7} {value}")
