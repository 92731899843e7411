"""`model-trainer reproduce NAME`: published figures beside what the protocol gives here."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from edge.commandline import JsonOption
from training.extra import training_extra
from training.train_cli import Backend, choose_backend

if TYPE_CHECKING:
    from training.reproduce.options import Options
    from training.reproduce.result import Reproduction


def reproduce(
    name: Annotated[str, typer.Argument(help="Network of the zoo", show_default=False)],
    data: Annotated[
        Path,
        typer.Option(
            "--data", "-d", help="Data set in any layout, whole or a sample", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder of the result; an interrupted run goes on there"),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Train for a moment, to see that all works")
    ] = False,
    backend: Annotated[
        Backend | None, typer.Option(help="Of Keras [default: KERAS_BACKEND, else tensorflow]")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder for the recordings at the network's rate, if larger than memory"),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="At most, where the protocol has more")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Start of every random draw")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Run a network's published protocol, and the sound one beside it; compare the figures."""
    chosen = choose_backend(backend)
    with training_extra(), TemporaryDirectory() as passing:
        from training.reproduce.options import Options
        from training.reproduce.text import to_markdown

        place = Path(passing) if out is None else out
        options = Options(
            data, place, quick=quick, seed=seed, cache=cache, backend=chosen, epochs=epochs
        )
        result = _with_status(name, options)
        typer.echo(result.model_dump_json(indent=2) if as_json else to_markdown(result))


def _with_status(name: str, options: "Options") -> "Reproduction":
    from training.reproduce.registry import reproduce as run

    with Console(stderr=True).status("reading") as status:
        return run(name, options, lambda text: status.update(f"{name}: {text}"))
