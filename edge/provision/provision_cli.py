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

    if (image is None) == (boot_dir is None) and target == "card":
        raise ConfigError(None, ["give --image and --out, or --boot-dir: one of the two"])
    if out is None and boot_dir is None and not dry_run:
        raise ConfigError(None, ["--out: is missing; name the file to be made"])
    card = compose(Order(station, wheelhouse, system, trust, model, token, files=tuple(file or ())))
    wanted = None if form == "auto" else form
    with ExitStack() as stack:
        told = _bar(stack) if image is not None and not as_json else _silence
        tree, record = _made(card, target, (image, sha256), out, boot_dir, wanted, dry_run, told)
    _tell(tree if dry_run else None, record, as_json=as_json)


def _made(
    card: "Card",
    target: str,
    image: tuple[Path | None, str | None],
    out: Path | None,
    boot_dir: Path | None,
    wanted: Literal["cloud-init", "firstrun", "preseed"] | None,
    dry_run: bool,
    told: "Progress",
) -> "tuple[Tree, Record]":
    from edge.provision.archive import provision_archive
    from edge.provision.card import Source, inspect_image, provision_folder, provision_image
    from edge.provision.computer import KIT

    if target != "card":
        tree = {f"{KIT}/{path}": content for path, content in card.kit.items()}
        return tree, provision_archive(card, None if dry_run else out)
    if boot_dir is not None:
        return provision_folder(card, boot_dir, wanted=wanted, dry_run=dry_run)
    path, digest = image
    source = Source(path or Path(), digest)
    if dry_run or out is None:
        return inspect_image(card, source, wanted=wanted, told=told)
    return {}, provision_image(card, source, out, wanted=wanted, told=told)


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
