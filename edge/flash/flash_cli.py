"""`edge-agent flash`: a station's image to a memory card."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from edge.commandline import JsonOption

if TYPE_CHECKING:
    from edge.flash.device import Device
    from edge.flash.flash import Flash
    from edge.flash.writer import Told

EPILOG = "Example: sudo edge-agent flash KARA1.img /dev/sdb"


def flash(
    image: Annotated[
        Path, typer.Argument(help="Image made by `edge-agent provision`", show_default=False)
    ],
    device: Annotated[
        Path | None,
        typer.Argument(help="The card's device; left out: those that there are, and which will do"),
    ] = None,
    confirm: Annotated[
        str | None, typer.Option("--confirm", help="The station's name, in place of typing it")
    ] = None,
    largest: Annotated[
        float, typer.Option("--largest", min=1, help="Gigabytes up to which it may be a card")
    ] = 256.0,
    writer: Annotated[
        Literal["auto", "own", "rpi-imager"],
        typer.Option("--writer", help="auto: rpi-imager where it is installed"),
    ] = "auto",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check image and device, write nothing")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write an image to a memory card and read all of it back. Needs root.

    Refuses what is mounted, in use, built in or too large for a card; the station's name must be
    typed.
    """
    from edge.flash.device import Device, devices
    from edge.flash.flash import must_be_meant, plan, write

    if device is None:
        _list(devices(), largest, as_json=as_json)
        return
    planned = plan(image, Device.read(device), largest)
    if dry_run:
        _tell(planned, "nothing was written (dry run)", as_json=as_json)
        return
    typed = confirm if confirm is not None else _ask(planned)
    must_be_meant(planned, typed)
    with ExitStack() as stack:
        by = write(planned, writer, _silence if as_json else _bar(stack))
    _tell(planned, f"written and read back by {by}", as_json=as_json)


def _ask(planned: "Flash") -> str:
    shown = planned.device
    typer.echo(
        f"{shown.path}: {shown.model or 'a device'}, {shown.size_bytes / 1e9:.1f} GB. "
        "All that is on it will be lost.",
        err=True,
    )
    what = "station's" if planned.station else "device's"
    return str(typer.prompt(f"Type the {what} name ({planned.word}) to go on", err=True))


def _tell(planned: "Flash", outcome: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**planned.as_dict(), "outcome": outcome}, indent=2))
        return
    name = planned.station or "an image of no station"
    typer.echo(f"{planned.device.path}: {name}: {outcome}")


def _list(found: "list[Device]", largest: float, *, as_json: bool) -> None:
    rows = [(one, one.reasons_against(None, largest)) for one in found]
    if as_json:
        listed = [
            {
                "path": str(one.path),
                "model": one.model,
                "size_bytes": one.size_bytes,
                "against": why,
            }
            for one, why in rows
        ]
        typer.echo(json.dumps(listed, indent=2))
        return
    for one, why in rows:
        size = f"{one.size_bytes / 1e9:.1f} GB"
        typer.echo(f"{one.path}  {size:>10}  {one.model}  {'; '.join(why) or 'will do'}")


def _silence(_step: str, _done: int, _of: int) -> None:
    """Tell nobody."""


def _bar(stack: ExitStack) -> "Told":
    from rich.console import Console
    from rich.progress import Progress

    bar = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
    tasks = {step: bar.add_task(step, start=False) for step in ("writing", "reading back")}

    def told(step: str, done: int, of: int) -> None:
        bar.start_task(tasks[step])
        bar.update(tasks[step], completed=done, total=of)

    return told
