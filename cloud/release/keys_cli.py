"""`cloud-aggregator release`: keys and signatures, from a holder's key to a publication."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cloud.release.shared_cli import (
    HERE,
    DryRunOption,
    FolderOption,
    OnlineKeyOption,
    PassphraseOption,
    open_repository,
    read_passphrase,
    release_app,
    signer_of,
)
from edge.commandline import EXIT_FAILED, JsonOption

if TYPE_CHECKING:
    from cloud.release.keys import PublicKey


@release_app.command(epilog="Example: cloud-aggregator release keys ana --out /media/usb")
def keys(
    holder: Annotated[str, typer.Argument(help="Whose key it is")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for both halves")] = Path(),
    passphrase_file: PassphraseOption = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="For the centre's own key, which runs alone")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a key: HOLDER.key stays with its holder, HOLDER.pub goes into the repository."""
    from cloud.release.keys import make_key

    if not holder.isidentifier():
        raise typer.BadParameter(f"{holder!r} is no name of letters, digits and _")
    word = None if no_passphrase else read_passphrase(passphrase_file, confirm=True)
    public = make_key(out / f"{holder}.key", out / f"{holder}.pub", holder, word)
    if as_json:
        typer.echo(json.dumps({"holder": holder, "keyid": public.key.keyid, "out": str(out)}))
        return
    advice = "keep it off line, twice, and its passphrase on paper"
    if no_passphrase:
        advice = "for the centre's machine alone, where only its user may read it"
    typer.echo(f"{out / holder}.key: {advice}")
    typer.echo(f"{out / holder}.pub: give it to who makes the repository [{public.key.keyid[:8]}]")


@release_app.command(
    epilog="Example: cloud-aggregator release init --root ana.pub --root ben.pub --models ana.pub "
    "--models ben.pub --online centre.pub"
)
def init(
    root: Annotated[list[Path], typer.Option("--root", help="A holder of root; once for each")],
    models: Annotated[
        list[Path], typer.Option("--models", help="A release manager; once for each")
    ],
    online: Annotated[Path, typer.Option("--online", help="The centre's key, public half")],
    repository: FolderOption = HERE,
    root_threshold: Annotated[
        int, typer.Option("--root-threshold", min=1, help="Signatures that root needs")
    ] = 2,
    models_threshold: Annotated[
        int, typer.Option("--models-threshold", min=1, help="Signatures that a network needs")
    ] = 2,
    dry_run: DryRunOption = False,
) -> None:
    """Begin a repository: drafts for holders to sign."""
    from cloud.release import audit
    from cloud.release.drafts import Founders, Holders, draft_first
    from cloud.release.keys import read_public
    from cloud.release.repository import Repository

    def holders(paths: list[Path], threshold: int) -> Holders:
        return Holders(tuple(read_public(path) for path in paths), threshold)

    founders = Founders(
        holders(root, root_threshold), holders(models, models_threshold), read_public(online)
    )
    if dry_run:
        typer.echo(f"would begin a repository in {repository}")
        return
    begun = Repository(repository)
    draft_first(begun, founders)
    audit.note(repository, "init", root=[str(p) for p in root], models=[str(p) for p in models])
    typer.echo(f"{repository}: `release sign` the drafts, then `release publish`")


@release_app.command(
    epilog="Example: cloud-aggregator release holders models --add fay.pub --remove eli"
)
def holders(
    role: Annotated[Literal["root", "models", "online"], typer.Argument(help="Whose")],
    add_key: Annotated[
        list[Path] | None, typer.Option("--add", help="Public half of a new key; repeat")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help="Name of a holder; repeat")
    ] = None,
    threshold: Annotated[
        int | None, typer.Option("--threshold", min=1, help="Signatures that are needed")
    ] = None,
    repository: FolderOption = HERE,
    dry_run: DryRunOption = False,
) -> None:
    """Draft who holds keys: after a loss, a theft, or a change of staff."""
    from cloud.release import audit
    from cloud.release.drafts import draft_holders
    from cloud.release.keys import read_public

    new: list[PublicKey] = [read_public(path) for path in add_key or ()]
    gone = list(remove or ())
    if dry_run:
        names = [one.holder for one in new]
        typer.echo(f"would draft {role} with {names or 'nobody'} and without {gone or 'nobody'}")
        return
    draft_holders(open_repository(repository), role, new, gone, threshold)
    audit.note(repository, "holders", role=role, add=[one.holder for one in new], remove=gone)
    typer.echo(f"drafted; `release sign` and `release publish` make it count for {role}")


@release_app.command(epilog="Example: cloud-aggregator release renew models")
def renew(
    roles: Annotated[
        list[str] | None, typer.Argument(help="root, targets, models; all where left out")
    ] = None,
    repository: FolderOption = HERE,
    dry_run: DryRunOption = False,
) -> None:
    """Draft roles as they are, before they run out."""
    from cloud.release.drafts import draft_again
    from cloud.release.roles import OFFLINE

    wanted = roles or list(OFFLINE)
    if unknown := set(wanted) - set(OFFLINE):
        raise typer.BadParameter(f"{', '.join(unknown)}: known are {', '.join(OFFLINE)}")
    if not dry_run:
        draft_again(open_repository(repository), wanted)
    typer.echo(f"{'would draft' if dry_run else 'drafted'} {', '.join(wanted)} anew")


@release_app.command(epilog="Example: cloud-aggregator release request /media/usb/request")
def request(
    folder: Annotated[Path, typer.Argument(help="New folder, to be carried to holders")],
    repository: FolderOption = HERE,
) -> None:
    """Write the drafts for holders elsewhere; they `release sign -r` the folder."""
    from cloud.release.request import make_request

    roles = make_request(open_repository(repository), folder)
    typer.echo(f"{folder}: {', '.join(roles)}; bring it back to `release publish --with {folder}`")


@release_app.command(epilog="Example: cloud-aggregator release sign --key ana.key -r request")
def sign(
    key: Annotated[Path, typer.Option("--key", help="Secret half of a holder's key")],
    roles: Annotated[
        list[str] | None, typer.Argument(help="All that the key counts for where left out")
    ] = None,
    repository: FolderOption = HERE,
    passphrase_file: PassphraseOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; it was read before")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the change only")] = False,
) -> None:
    """Show what is to be signed, in words, and sign it."""
    from cloud.errors import ReleaseError
    from cloud.release import signing

    kept = open_repository(repository)
    wanted = roles or signing.drafts(kept)
    if not wanted:
        raise ReleaseError(str(repository), "nothing waits for signatures")
    for role in wanted:
        typer.echo("\n".join(signing.shown(kept, role)))
    if dry_run:
        return
    if not yes:
        typer.confirm("Sign this?", abort=True)
    signer = signer_of(key, passphrase_file)
    signed = 0
    for role in wanted:
        try:
            state = signing.sign(kept, role, signer)
        except ReleaseError as error:
            if roles or "does not count" not in error.reason:
                raise
            continue
        signed += 1
        needed = f"{state.missing} more needed" if state.missing else "complete"
        typer.echo(f"signed {role} version {state.version}: {needed}")
    if not signed:
        raise ReleaseError(str(key), "counts for none of the drafts")


@release_app.command(epilog="Example: cloud-aggregator release publish --online-key centre.key")
def publish(
    online_key: OnlineKeyOption,
    repository: FolderOption = HERE,
    carried: Annotated[
        list[Path] | None, typer.Option("--with", help="A request that came back; repeat")
    ] = None,
    passphrase_file: PassphraseOption = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase/--passphrase", help="The centre's key has none")
    ] = True,
    dry_run: DryRunOption = False,
) -> None:
    """Take carried signatures in, and publish what is fully signed."""
    from cloud.release import signing
    from cloud.release.publishing import publish as go_out
    from cloud.release.request import take_back

    kept = open_repository(repository)
    for folder in carried or ():
        take_back(kept, folder)
    if dry_run:
        for role in signing.drafts(kept):
            state = signing.standing(kept, role)
            typer.echo(f"{role} version {state.version}: {state.missing} signatures missing")
        return
    plain = no_passphrase and passphrase_file is None
    published = go_out(kept, signer_of(online_key, passphrase_file, plain=plain))
    typer.echo(f"published {', '.join(published) or 'what was there, signed anew'}")


@release_app.command(epilog="Example: cloud-aggregator release doctor --online-key centre.key")
def doctor(
    repository: FolderOption = HERE,
    online_key: Annotated[
        Path | None, typer.Option("--online-key", help="Look whether it still counts")
    ] = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what runs out, what is missing, and what to do; ends with 1 where something must."""
    from cloud.release.doctor import examine

    word = read_passphrase(passphrase_file) if passphrase_file is not None else None
    findings = examine(open_repository(repository), online_key, word)
    if as_json:
        typer.echo(json.dumps([one.as_dict() for one in findings], indent=2))
    else:
        for one in findings:
            typer.echo(f"{'ok  ' if one.ok else 'fail'} {one.subject}: {one.text}")
    if not all(one.ok for one in findings):
        raise typer.Exit(EXIT_FAILED)


@release_app.command(epilog="Example: cloud-aggregator release drill")
def drill(as_json: JsonOption = False) -> None:
    """Rehearse lost and stolen keys in a repository that goes afterwards."""
    from cloud.release.drill import drill as play

    scenes = play()
    if as_json:
        plain = [{"title": s.title, "ok": s.ok, "steps": list(s.steps)} for s in scenes]
        typer.echo(json.dumps(plain, indent=2))
    else:
        for scene in scenes:
            typer.echo(f"{'ok  ' if scene.ok else 'fail'} {scene.title}")
            for step in scene.steps:
                typer.echo(f"     {step}")
    if not all(scene.ok for scene in scenes):
        raise typer.Exit(EXIT_FAILED)
