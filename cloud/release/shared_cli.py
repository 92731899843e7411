"""What the commands of `cloud-aggregator release` share: options, and what they stand for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

    from cloud.release.repository import Repository

release_app = typer.Typer(
    no_args_is_help=True, help="What stations may run: keys, signatures, publication."
)

FolderOption = Annotated[
    Path, typer.Option("--repository", "-r", help="Folder of the repository, or of a request")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be done")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="File whose first line it is; asked for where left out"),
]
OnlineKeyOption = Annotated[
    Path, typer.Option("--online-key", help="Secret half of the centre's key", show_default=False)
]
HERE = Path("updates")


def open_repository(folder: Path) -> "Repository":
    """Return the repository, or the request, in a folder.

    Raises:
        ReleaseError: There is no such folder.
    """
    from cloud.errors import ReleaseError
    from cloud.release.repository import Repository

    if not folder.is_dir():
        raise ReleaseError(
            str(folder),
            "is no folder; --repository says where the repository is, `cloud-aggregator release "
            "init` makes one",
        )
    return Repository(folder)


def signer_of(key: Path, passphrase_file: Path | None, *, plain: bool = False) -> "CryptoSigner":
    """Return who signs with a key; `plain`: it has no passphrase."""
    from cloud.release.keys import load_signer

    return load_signer(key, None if plain else read_passphrase(passphrase_file))


def read_passphrase(path: Path | None, *, confirm: bool = False) -> str:
    """Return the passphrase of a file, or ask for it."""
    if path is not None:
        return path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    word: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm)
    return word
