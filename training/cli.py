"""The trainer's command line.

Exit codes: 0 all is well, 1 it could not be done, 2 wrong usage.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from edge.commandline import JsonOption, kit_app, run_app
from training.data.cli import data_app
from training.extra import training_extra
from training.quantise_cli import EPILOG, quantise
from training.reproduce_cli import reproduce
from training.retrain_cli import retrain
from training.score_cli import score, tune, tune_sta_lta
from training.train_cli import NAME, NetworkGroup, train_zoo_network
from training.zoo_cli import zoo

if TYPE_CHECKING:
    from training.run import RunConfig

app = kit_app("model-trainer", "The trainer: recordings in, quantised networks for stations out.")
train_app = typer.Typer(
    cls=NetworkGroup, no_args_is_help=True, help="Train a network of the zoo, by its name."
)
train_app.command(
    NAME,
    epilog="Example: model-trainer train quake_cnn --data sets/made --out runs/quake --epochs 5",
)(train_zoo_network)
app.add_typer(train_app, name="train")
app.add_typer(data_app, name="data")
app.command(epilog="Example: model-trainer zoo --json")(zoo)
app.command(epilog=EPILOG)(quantise)
app.command(epilog="Example: model-trainer tune bundles/tremor_stream-2.tremor --data recordings")(
    tune
)
app.command("tune-sta-lta", epilog="Example: model-trainer tune-sta-lta --data recordings")(
    tune_sta_lta
)
app.command(
    epilog="Example: model-trainer retrain runs/california --data mexico --old ncedc_windows "
    "--out runs/mexico --rehearsal 0.3"
)(retrain)
app.command(
    epilog="Example: model-trainer reproduce volcano_tcn --data volcano --out runs/volcano_tcn"
)(reproduce)
app.command(epilog="Example: model-trainer score --data recordings --out scoreboard")(score)

DataOption = Annotated[
    Path,
    typer.Option(
        "--data", "-d", help="Folder with openeew_mx/, ncedc_windows/, ...", show_default=False
    ),
]


@train_app.command(
    "tremor_stream",
    epilog="Example: model-trainer train tremor_stream --data recordings --out runs/first",
)
def train_tremor_stream(
    data: DataOption,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Run folder; an interrupted run goes on there")
    ],
    recipe: Annotated[
        Path | None, typer.Option(help="JSON file of parameters, as in training/recipes")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Start of every random draw [default: 1]")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Rounds [default: 40]")] = None,
    batches: Annotated[int | None, typer.Option(min=1, help="Steps a round [default: 120]")] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Examples a step [default: 32]")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="At the start; falls to zero [default: 0.002]")
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(help="Data set to train on, such as ncedc; repeatable [default: all]"),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="Run folder whose best weights to begin with")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Train the small streaming network; the best round by validation loss is kept."""
    with training_extra():
        from training.run import RunConfig, read_recipe

        given = {
            "seed": seed,
            "epochs": epochs,
            "batches": batches,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "sources": tuple(source) if source else None,
        }
        base = RunConfig() if recipe is None else read_recipe(recipe)
        changes = {name: value for name, value in given.items() if value is not None}
        config = base.model_copy(update=changes)
        lowest = _train_with_progress(config, data, out, start)
    if as_json:
        typer.echo(json.dumps({"out": str(out), "val_loss": lowest}, indent=2))
        return
    typer.echo(f"lowest validation loss {lowest:.4f}")
    # The agent comes with version 1 of this network.
    typer.echo(f"next: model-trainer quantise {out} --data {data} --out bundles --version 2")


def _train_with_progress(config: "RunConfig", data: Path, out: Path, start: Path | None) -> float:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from training.run import RunFolder
    from training.train import train

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[losses]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("training", total=config.epochs, losses="")

        def report(epoch: int, losses: dict[str, float]) -> None:
            text = " ".join(f"{name} {value:.4f}" for name, value in losses.items())
            progress.update(task, completed=epoch + 1, losses=text)

        begin_with = None if start is None else RunFolder(start)
        return train(config, data, RunFolder(out), report, start=begin_with)


def main() -> None:
    """Run the command line."""
    run_app(app, extra="training")


if __name__ == "__main__":
    main()
