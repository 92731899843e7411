"""`cloud-aggregator token`: who may read what the centre serves, and who may give orders."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.commandline import EXIT_FAILED, JsonOption

if TYPE_CHECKING:
    from cloud.store import Store

_LONGEST_NAME = 64

token_app = typer.Typer(no_args_is_help=True, help="Tokens of those who may read or give orders.")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Centre's file (TOML); defaults where left out"),
]


@token_app.command(epilog="Example: cloud-aggregator token add wall-display")
def add(
    name: Annotated[str, typer.Argument(help="Whose it is, at most 64 characters")],
    operator: Annotated[
        bool, typer.Option("--operator", help="May acknowledge alarms and order rollouts, too")
    ] = False,
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it: it is kept as a hash and cannot be seen again."""
    from cloud.store.tokens import Role, Tokens

    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise typer.BadParameter(f"{name!r} is not a name of 1 to {_LONGEST_NAME} characters")
    store = _store(config)
    role = Role.OPERATOR if operator else Role.READER
    if dry_run:
        typer.echo(f"would add a token for {name!r}, {role}, to {store.where}")
        return
    token = Tokens(store.engine).add(name, time.time_ns(), role)
    store.close()
    if as_json:
        typer.echo(
            json.dumps({"id": token.partition(".")[0], "name": name, "role": role, "token": token})
        )
        return
    typer.echo(token)


@token_app.command(epilog="Example: cloud-aggregator token revoke 3f2a91c0")
def revoke(
    number: Annotated[str, typer.Argument(metavar="ID", help="Id, as `token list` shows it")],
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
) -> None:
    """Take a token back; within seconds it is refused."""
    from cloud.store.tokens import Tokens

    store = _store(config)
    tokens = Tokens(store.engine)
    if not any(one.id == number and one.revoked is None for one in tokens.all()):
        typer.echo(
            f"no token {number!r} that holds; `cloud-aggregator token list` shows all", err=True
        )
        raise typer.Exit(EXIT_FAILED)
    if not dry_run:
        tokens.revoke(number, time.time_ns())
    store.close()
    typer.echo(f"{'would revoke' if dry_run else 'revoked'} {number}")


@token_app.command("list", epilog="Example: cloud-aggregator token list --json")
def list_tokens(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show all tokens that were ever given, not the secrets."""
    from cloud.store.tokens import Tokens

    store = _store(config)
    found = Tokens(store.engine).all()
    store.close()
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
        return
    if not found:
        typer.echo("no token was given yet; `cloud-aggregator token add NAME` gives one")
    for one in found:
        shown = one.model_dump(mode="json")
        state = f"revoked {shown['revoked']}" if one.revoked is not None else "holds"
        typer.echo(f"{one.id}  {shown['created']}  {state}  {one.role}  {one.name}")


def _store(config: Path | None) -> "Store":
    from cloud.config import ServiceConfig, load_service_config
    from cloud.holdings import open_store

    return open_store(load_service_config(config) if config is not None else ServiceConfig())
