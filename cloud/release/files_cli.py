"""`cloud-aggregator release`: the files: what may run, what is to run, what goes onto a stick."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cloud.release.shared_cli import (
    HERE,
    DryRunOption,
    FolderOption,
    OnlineKeyOption,
    PassphraseOption,
    open_repository,
    release_app,
    signer_of,
)
from edge.commandline import JsonOption
from edge.update.targets import Kind


@release_app.command(epilog="Example: cloud-aggregator release add quake_cnn-2.tremor")
def add(
    files: Annotated[
        list[Path], typer.Argument(help="Bundles, folders of wheels, files of settings (.toml)")
    ],
    repository: FolderOption = HERE,
    floor: Annotated[
        str | None,
        typer.Option("--floor", help="Stations that had it never run a version below"),
    ] = None,
    sensor: Annotated[
        list[str] | None, typer.Option("--sensor", help="Only for stations with it; repeat")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Of settings, where NAME-VERSION.toml says none")
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Of settings, the same")
    ] = None,
    min_agent: Annotated[
        str, typer.Option("--min-agent", help="Least edge-agent that knows these settings")
    ] = "0.0.0",
    dry_run: DryRunOption = False,
) -> None:
    """Draft that networks may run on stations, software be installed, settings hold."""
    from cloud.release.adding import Said, read_what
    from cloud.release.adding import add as draft

    if (name is not None or version is not None) and len(files) > 1:
        raise typer.BadParameter("--name and --version are of one file of settings; name one file")
    kept = open_repository(repository)
    said = Said(floor, tuple(sensor or ()), name, version, min_agent)
    for file in files:
        what = read_what(file, said)
        if dry_run:
            typer.echo(f"would draft {what.path}, {what.size_bytes} bytes")
            continue
        target = draft(kept, what)
        typer.echo(f"drafted {target.path}, sha256 {target.hashes['sha256']}")


@release_app.command(epilog="Example: cloud-aggregator release withdraw models/quake_cnn-2.tremor")
def withdraw(
    path: Annotated[str, typer.Argument(help="As `release list` shows it")],
    repository: FolderOption = HERE,
    dry_run: DryRunOption = False,
) -> None:
    """Draft that a file may not run any more; stations that run it go on until they get another."""
    from cloud.release.drafts import draft_without

    if dry_run:
        typer.echo(f"would draft that {path} may not run any more")
        return
    draft_without(open_repository(repository), path)
    typer.echo(f"drafted without {path}")


@release_app.command(
    epilog="Example: cloud-aggregator release assign canary models/quake_cnn-2.tremor "
    "--online-key centre.key"
)
def assign(
    ring: Annotated[str, typer.Argument(help="A ring, or NETWORK.STATION")],
    online_key: OnlineKeyOption,
    what: Annotated[
        str | None,
        typer.Argument(
            help="As `release list` shows it; software/tremorkit-1.2.0 stands for all platforms; "
            "nothing where left out"
        ),
    ] = None,
    repository: FolderOption = HERE,
    rollout: Annotated[
        str | None, typer.Option("--rollout", help="Its id; made of ring, name and day")
    ] = None,
    kind: Annotated[
        Kind, typer.Option("--kind", help="Of what, where no name tells it")
    ] = Kind.MODEL,
    returning: Annotated[
        bool, typer.Option("--returning", help="Back to what stations had before")
    ] = False,
    leaving: Annotated[
        list[str] | None,
        typer.Option(
            "--leaving",
            help="Who runs this goes back to what it had before: a name, or the sha256 of what is "
            "not listed any more; repeat",
        ),
    ] = None,
    passphrase_file: PassphraseOption = None,
    dry_run: DryRunOption = False,
) -> None:
    """Say what a ring of stations is to run, now."""
    from cloud.release.listing import assignment_of, leaving_of
    from cloud.release.online import Online
    from edge.update.targets import Order, kind_of

    kept = open_repository(repository)
    wanted: Order | None = None
    if what is not None:
        wanted = assignment_of(kept, ring, what, rollout, returning=returning)
    if leaving:
        wanted = leaving_of(kept, ring, wanted, leaving)
    named = next((one for one in (what, *(leaving or ())) if one is not None and "/" in one), None)
    of = kind if named is None else kind_of(named)
    if not dry_run:
        signer = signer_of(online_key, passphrase_file, plain=passphrase_file is None)
        Online(kept, signer).assign({ring: wanted}, of)
    typer.echo(f"{'would assign' if dry_run else 'assigned'} {what or 'nothing'} to {ring}")


@release_app.command("list", epilog="Example: cloud-aggregator release list --json")
def list_files(repository: FolderOption = HERE, as_json: JsonOption = False) -> None:
    """Show what may run, and what is to run where."""
    from cloud.release.listing import listing

    found = listing(open_repository(repository))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for path, facts in found["files"].items():
        typer.echo(f"{path}  {facts['length']} bytes  {facts['sha256'][:12]}")
    for ring, kinds in found["rings"].items():
        for order in kinds.values():
            what = ", ".join(order["named"]) or f"away from {order['leaving'][0][:12]}"
            typer.echo(f"ring {ring}: {what} by {order['rollout_id']}")


@release_app.command(epilog="Example: cloud-aggregator release export /media/usb/updates")
def export(
    folder: Annotated[Path, typer.Argument(help="New folder, on a stick say")],
    repository: FolderOption = HERE,
    dry_run: DryRunOption = False,
) -> None:
    """Copy what stations fetch; `edge-agent update --from FOLDER` takes it from there."""
    from cloud.release.request import export as copy

    if dry_run:
        typer.echo(f"would copy {repository} to {folder}")
        return
    typer.echo(f"{folder}: {copy(open_repository(repository), folder)} files")
