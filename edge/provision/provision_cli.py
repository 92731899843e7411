"""`edge-agent provision`: a card, an image or an archive for one station."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from edge.commandline import JsonOption
from edge.errors import ConfigError

if TYPE_CHECKING:
    from edge.provision.order import Card
    from edge.provision.record import Record
    from edge.provision.tree import Tree
    from edge.provision.unpack import Progress

EPILOG = (
    "Example: edge-agent provision KARA1.toml --system system.toml --wheelhouse wheelhouse "
    "--image raspios-trixie-arm64-lite.img.xz --out KARA1.img"
)


StationArgument = Annotated[Path, typer.Argument(help="Station file (TOML)", show_default=False)]
WheelhouseOption = Annotated[
    Path, typer.Option("--wheelhouse", "-w", help="Folder made by `edge-agent wheelhouse`")
]
SystemOption = Annotated[
    Path | None,
    typer.Option(
        "--system",
        "-s",
        help="System file (TOML): board, user, wireless network; serves a whole fleet",
    ),
]
ImageOption = Annotated[
    Path | None,
    typer.Option("--image", "-i", help="The system's image, 64 bit: .img, .img.xz or .img.gz"),
]
HashOption = Annotated[
    str | None, typer.Option("--sha256", help="Hash of the image as its maker publishes it")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Image or archive that is made")
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--boot-dir", help="In place of an image: where a flashed card is mounted"),
]
TargetOption = Annotated[
    Literal["card", "jetson", "linux"],
    typer.Option("--target", help="card, or an archive with install.sh for a Jetson or PC"),
]
FormOption = Annotated[
    Literal["auto", "cloud-init", "firstrun", "preseed"],
    typer.Option("--format", help="How the image is told; seen in the image itself"),
]
TrustOption = Annotated[
    Path | None, typer.Option("--trust", help="Root of trust for updates (root.json)")
]
ModelOption = Annotated[
    Path | None, typer.Option("--model", help="A network of one's own (.tremor)")
]
TokenOption = Annotated[
    Path | None, typer.Option("--token", help="One-time enrolment token; wiped at first boot")
]
FileOption = Annotated[
    list[Path] | None,
    typer.Option("--file", help="One more file for /etc/edge-agent; may be repeated"),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be written, write nothing")
]


def provision(
    station: StationArgument,
    wheelhouse: WheelhouseOption = Path("wheelhouse"),
    system: SystemOption = None,
    image: ImageOption = None,
    sha256: HashOption = None,
    out: OutOption = None,
    boot_dir: FolderOption = None,
    target: TargetOption = "card",
    form: FormOption = "auto",
    trust: TrustOption = None,
    model: ModelOption = None,
    token: TokenOption = None,
    file: FileOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a card for one station: it starts, installs and enrols by itself. Needs no root.

    Everything is read back and compared. Systems of 64 bit only: there are no 32-bit wheels.
    """
    from edge.provision.order import Order, compose

    if out is None and boot_dir is None and not dry_run:
        raise ConfigError(None, ["--out: is missing; name the file to be made"])
    order = Order(station, wheelhouse, system, trust, model, token, files=tuple(file or ()))
    card = compose(order)
    with ExitStack() as stack:
        told = _silence if as_json or image is None else _bar(stack)
        if target == "card":
            wanted = None if form == "auto" else form
            place = None if dry_run else out
            made = _card(card, (image, sha256), boot_dir, place, wanted, told, dry_run=dry_run)
        else:
            made = _archive(card, None if dry_run else out)
    tree, record = made
    _tell(tree if dry_run else None, record, as_json=as_json)


def _archive(card: "Card", out: Path | None) -> "tuple[Tree, Record]":
    from edge.provision.archive import provision_archive
    from edge.provision.computer import KIT

    tree = {f"{KIT}/{path}": content for path, content in card.kit.items()}
    return tree, provision_archive(card, out)


def _card(
    card: "Card",
    image: tuple[Path | None, str | None],
    boot_dir: Path | None,
    out: Path | None,
    wanted: Literal["cloud-init", "firstrun", "preseed"] | None,
    told: "Progress",
    *,
    dry_run: bool,
) -> "tuple[Tree, Record]":
    """Write to an image or to a mounted card, or only say what would be written."""
    from edge.provision.card import Source, inspect_image, provision_folder, provision_image

    match image, boot_dir:
        case (None, _), Path() as folder:
            return provision_folder(card, folder, wanted=wanted, dry_run=dry_run)
        case (Path() as path, digest), None:
            source = Source(path, digest)
            if out is None:
                return inspect_image(card, source, wanted=wanted, told=told)
            return {}, provision_image(card, source, out, wanted=wanted, told=told)
    raise ConfigError(None, ["give --image and --out, or --boot-dir: one of the two"])


def _tell(tree: "Tree | None", record: "Record", *, as_json: bool) -> None:
    from edge.provision.card import summary
    from edge.provision.tree import hashes_of

    if as_json:
        files = {} if tree is None else {"tree": hashes_of(tree)}
        typer.echo(json.dumps({**record.as_dict(), **files}, indent=2))
        return
    for line in [] if tree is None else [*summary(tree), ""]:
        typer.echo(line)
    typer.echo(record.page(), nl=False)


def _silence(_read: int, _size: int) -> None:
    """Tell nobody."""


def _bar(stack: ExitStack) -> "Progress":
    from rich.console import Console
    from rich.progress import Progress

    bar = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
    task = bar.add_task("unpacking")
    return lambda read, size: bar.update(task, completed=read, total=size)
